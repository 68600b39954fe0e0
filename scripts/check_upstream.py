"""The comparison behind check-upstream.sh, which says what it does and how to call it.

Both documents are cut down to the operations of ours and to what these refer to, and freed of everything that is text
only. Each reference is replaced by a marker that names its target, so that oasdiff reports a change in a schema once,
at the schema, and not at every place that uses it. Its report is then flattened into lines.

Standard library only.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Keys that carry text for people; keys that begin with `x-` are left out too.
TEXT = {"description", "title", "summary", "example", "examples", "externalDocs", "xml"}
# Keys whose value maps names that others chose to objects, so that the names are no keywords.
NAMED = {"properties", "patternProperties", "responses", "content", "headers", "encoding", "callbacks"}
# Keys whose value is data, not a part of the document's structure.
LITERAL = {"default", "enum", "const", "required", "security", "tags", "mapping"}
# Where the references of these components are followed, and how a line calls such a component.
COMPONENTS = {"schemas": "schema", "responses": "response", "headers": "header", "securitySchemes": "security scheme"}
# Says what a schema or response refers to, or that it stands for itself.
REFERENCE = "x-reference"
INLINE = "inline"
MAX_BYTES = 32 * 1024 * 1024


class CannotCompare(Exception):
    """Says in one line why the check could not run."""


def run(command, data=None):
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        text = done.stderr.decode(errors="replace").strip() or "it failed without a word"
        raise CannotCompare(f"{pathlib.Path(command[0]).name}: {text.splitlines()[-1]}")
    return done.stdout


def read(source):
    if not source.startswith(("http://", "https://")):
        try:
            return pathlib.Path(source).read_bytes()
        except OSError as error:
            raise CannotCompare(f"{source}: {error.strerror}") from error
    request = urllib.request.Request(source, headers={"User-Agent": "check-upstream", "Accept": "*/*"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            data = answer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CannotCompare(f"{source}: {getattr(error, 'reason', error)}") from error
    if len(data) > MAX_BYTES:
        raise CannotCompare(f"{source}: more than {MAX_BYTES} bytes")
    return data


def parse(source, go_yaml):
    """Reads JSON or YAML."""
    data = read(source)
    try:
        return json.loads(data)
    except ValueError:
        pass
    try:
        return json.loads(run([go_yaml, "-j"], data))
    except (CannotCompare, ValueError):
        return None


def parse_document(source, go_yaml):
    document = parse(source, go_yaml)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise CannotCompare(f"{source}: not an OpenAPI document")
    if not str(document.get("openapi", "")).startswith("3."):
        raise CannotCompare(f"{source}: not an OpenAPI 3 document")
    return document


def operations_of(document):
    return {
        (path, method)
        for path, item in document["paths"].items()
        if isinstance(item, dict)
        for method in METHODS
        if method in item
    }


class Pruner:
    """Cuts a document down to some operations and what they refer to."""

    def __init__(self, document, name):
        self.document = document
        self.name = name
        self.wanted = []
        self.components = {}

    def target(self, reference):
        found = self.document
        for part in reference.removeprefix("#/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not reference.startswith("#/") or not isinstance(found, dict) or part not in found:
                raise CannotCompare(f"{self.name}: cannot follow the reference {reference}")
            found = found[part]
        return found

    def refer(self, reference):
        """The marker that stands for a reference."""
        parts = reference.split("/")
        if len(parts) != 4 or parts[:2] != ["#", "components"] or parts[2] not in COMPONENTS:
            raise CannotCompare(f"{self.name}: cannot follow the reference {reference}")
        self.want(parts[2], parts[3])
        return {REFERENCE: f"{COMPONENTS[parts[2]]} {parts[3]}"}

    def want(self, kind, name):
        if name not in self.components.setdefault(kind, {}):
            self.components[kind][name] = None
            self.wanted.append((kind, name))

    def inline(self, node):
        """What a reference stands for; for the kinds whose names say nothing to a client."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.target(node["$ref"])
        return node

    def node(self, node):
        if isinstance(node, list):
            return [self.node(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return self.refer(node["$ref"])
        kept = {key: value for key, value in node.items() if key not in TEXT and not key.startswith("x-")}
        # OpenAPI 3.0 allows no text beside a reference, so `allOf` with nothing but one reference is that reference.
        alone = kept.get("allOf")
        if isinstance(alone, list) and len(alone) == 1 and len(kept) == 1:
            return self.node(alone[0])
        result = {REFERENCE: INLINE}
        for key, value in kept.items():
            if key == "parameters" and isinstance(value, list):
                result[key] = [self.node(self.inline(item)) for item in value]
            elif key == "requestBody":
                result[key] = self.node(self.inline(value))
            elif key in NAMED and isinstance(value, dict):
                result[key] = {name: self.node(item) for name, item in value.items()}
            elif key == "scopes" and isinstance(value, dict):
                result[key] = dict.fromkeys(value, "")
            elif key in LITERAL:
                result[key] = value
            else:
                result[key] = self.node(value)
        return result

    def operation(self, path, method):
        item = self.document["paths"][path]
        operation = dict(item[method])
        own = [self.inline(parameter) for parameter in operation.get("parameters", [])]
        named = {(parameter.get("in"), parameter.get("name")) for parameter in own}
        for parameter in map(self.inline, item.get("parameters", [])):
            if (parameter.get("in"), parameter.get("name")) not in named:
                own.append(parameter)
        if own:
            operation["parameters"] = own
        # An empty list says the same as none.
        security = operation.pop("security", self.document.get("security"))
        if security:
            operation["security"] = security
            for alternative in security:
                for scheme in alternative:
                    self.want("securitySchemes", scheme)
        return self.node(operation)

    def prune(self, operations):
        paths = {}
        for path, method in sorted(operations):
            paths.setdefault(path, {})[method] = self.operation(path, method)
        while self.wanted:
            kind, name = self.wanted.pop()
            self.components[kind][name] = self.node(self.target(f"#/components/{kind}/{name}"))
        return {
            "openapi": self.document["openapi"],
            "info": {"title": "", "version": ""},
            "paths": paths,
            "components": self.components,
        }


def show(value):
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def flatten(node, where):
    """The lines of a part of oasdiff's report; `where` is the list of names that lead to it."""
    place = ": ".join(where)
    if isinstance(node, dict) and set(node) == {"from", "to"}:
        yield f"{place}: Ory's {show(node['from'])}, ours {show(node['to'])}"
    elif isinstance(node, dict):
        for key in sorted(node):
            value = node[key]
            if key in ("added", "deleted"):
                side = "only in ours" if key == "added" else "only in Ory's"
                for name in names(value):
                    yield f"{place}: {side}: {name}"
            elif key == "modified":
                for name in sorted(value):
                    yield from flatten(value[name], [*where, name])
            else:
                yield from flatten(value, [*where, key])
    elif isinstance(node, list) and where[-1] == REFERENCE:
        # oasdiff reports changes of extensions as a JSON patch.
        for patch in node:
            yield f"{place}: Ory's {show(patch.get('oldValue'))}, ours {show(patch.get('value'))}"
    elif isinstance(node, bool) and where[-1].endswith(("Added", "Deleted")):
        side = "ours" if where[-1].endswith("Added") else "Ory's"
        yield f"{': '.join(where[:-1])}: only in {side}: {where[-1].removesuffix('Added').removesuffix('Deleted')}"
    else:
        yield f"{place}: {show(node)}"


def names(added):
    """The names in an `added` or `deleted` entry, which is a list, or a map from a place to a list."""
    if isinstance(added, dict):
        for place in sorted(added):
            for name in names(added[place]):
                yield f"{place} {name}"
    elif isinstance(added, list):
        for item in added:
            if isinstance(item, dict):
                # Security alternatives come with their position, which says nothing.
                yield show(item.get("schemes", item))
            else:
                yield item if isinstance(item, str) else show(item)
    else:
        yield show(added)


def lines_of(report):
    for path, operations in report.get("paths", {}).get("modified", {}).items():
        inner = operations.pop("operations", {})
        yield from flatten(operations, [path])
        for side, key in (("only in ours", "added"), ("only in Ory's", "deleted")):
            for method in inner.get(key, []):
                yield f"{method} {path}: {side}"
        for method, change in inner.get("modified", {}).items():
            yield from flatten(change, [f"{method} {path}"])
    for side, key in (("only in ours", "added"), ("only in Ory's", "deleted")):
        for path in report.get("paths", {}).get(key, []):
            yield f"{path}: {side}"
    for kind, change in report.get("components", {}).items():
        noun = COMPONENTS.get(kind, kind)
        for side, key in (("only in ours", "added"), ("only in Ory's", "deleted")):
            for name in change.get(key, []):
                yield f"{noun} {name}: {side}"
        for name, inner in change.get("modified", {}).items():
            yield from flatten(inner, [f"{noun} {name}"])
    for key in sorted(set(report) - {"paths", "components", "endpoints"}):
        yield from flatten(report[key], [key])


def compare(oasdiff, ours, upstream):
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, document in (("upstream", upstream), ("ours", ours)):
            file = pathlib.Path(folder, f"{name}.json")
            file.write_text(json.dumps(document), encoding="utf-8")
            files.append(str(file))
        report = run([oasdiff, "diff", "--allow-external-refs=false", "--format", "json", *files])
    lines = list(lines_of(json.loads(report or b"{}") or {}))
    return sorted(line.replace(f"extensions: {REFERENCE}", "reference") for line in lines)


def declared_in(file, go_yaml):
    entries = parse(file, go_yaml)
    if not isinstance(entries, list):
        raise CannotCompare(f"{file}: not a list of deviations")
    declared = []
    for number, entry in enumerate(entries, 1):
        reason = entry.get("reason") if isinstance(entry, dict) else None
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(reason, str) or not reason.strip():
            raise CannotCompare(f"{file}: entry {number} has no `reason`")
        if not isinstance(changes, list) or not changes or not all(isinstance(change, str) for change in changes):
            raise CannotCompare(f"{file}: entry {number} needs `changes`, a list of texts")
        declared += changes
    for change in sorted(set(declared)):
        if declared.count(change) > 1:
            raise CannotCompare(f"{file}: declared twice: {change}")
    return declared


def main():
    options = argparse.ArgumentParser(description="Called by check-upstream.sh.")
    for option in ("--oasdiff", "--go-yaml", "--spec", "--deviations"):
        options.add_argument(option, required=True)
    options.add_argument("upstream")
    given = options.parse_args()

    ours = parse_document(given.spec, given.go_yaml)
    upstream = parse_document(given.upstream, given.go_yaml)
    operations = operations_of(ours)
    shared = operations & operations_of(upstream)
    if not shared:
        raise CannotCompare(f"{given.upstream}: it has none of our {len(operations)} operations")
    declared = declared_in(given.deviations, given.go_yaml)
    ours = Pruner(ours, given.spec).prune(operations)
    found = compare(given.oasdiff, ours, Pruner(upstream, given.upstream).prune(shared))

    file = pathlib.Path(given.deviations).name
    undeclared = [change for change in found if change not in declared]
    stale = [change for change in declared if change not in found]
    for change in undeclared:
        print(f"undeclared: {change} -- follow Ory in {pathlib.Path(given.spec).name}, or declare this line in {file}")
    for change in stale:
        print(f"stale: {change} -- this difference no longer exists; remove the line from {file}")
    if undeclared or stale:
        print(f"check-upstream: {len(undeclared)} undeclared, {len(stale)} stale", file=sys.stderr)
        return 1
    schemas = len(ours["components"].get("schemas", {}))
    agreed = f"{len(operations)} operations and {schemas} schemas agree"
    print(f"check-upstream: {agreed}, with {len(declared)} declared deviations")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotCompare as problem:
        print(f"check-upstream: {problem}", file=sys.stderr)
        sys.exit(2)
