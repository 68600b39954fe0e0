"""The comparison behind check-upstream.sh, which says what it does and how to call it.

Both documents are cut down to the operations of ours and to what these refer to, side by side. Where both refer to the same
component, a marker stands for it, so that oasdiff reports a change in a schema once, at the schema. Where one of them refers to
a component and the other describes the same in place, what they say is compared. The report is then flattened into lines.

SILENT lists what is not compared.

Standard library only.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Keys that carry text for people; keys that begin with `x-` are left out too.
TEXT = {"description", "title", "summary", "example", "examples", "externalDocs", "xml"}
# Keys whose value maps names that others chose to objects, so that the names are no keywords.
NAMED = {"properties", "patternProperties", "responses", "content", "headers", "encoding", "callbacks", "scopes"}
# Keys whose value is data, not a part of the document's structure.
LITERAL = {"default", "enum", "const", "required", "security", "tags", "mapping"}
# Where the references of these components are followed, and how a line calls such a component.
COMPONENTS = {"schemas": "schema", "responses": "response", "headers": "header", "securitySchemes": "security scheme"}
# Says what a schema or response refers to.
REFERENCE = "x-reference"
# Tells apart the comparisons of one schema.
COPY = ".copy"
NAMES = ("our", "Ory's")
# Ory's documents.
DOCUMENTS = ("hydra", "network")
MAX_BYTES = 32 * 1024 * 1024


# What is not compared, and why no client notices it.
SILENT = {
    "unused": "paths, methods, components and servers that our operations do not use",
    "texts": "texts, examples, versions and `x-` extensions",
    "order": "the order of properties, parameters, required members and alternatives",
    "place": "whether something is described in place or in a component, and the names of components that are no schemas",
    "default": "values that hold anyway: the style of a parameter, `required: false`, `security: []`",
}


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


class Documents:
    """Cuts two documents down to some operations and what these refer to, side by side: ours and Ory's."""

    def __init__(self, ours, theirs):
        self.sides = (ours, theirs)
        self.wanted = []
        self.components = ({}, {})
        self.copies = 0
        # The references that are being replaced by what they refer to, against circles.
        self.open = []

    def target(self, side, reference):
        """What a reference refers to."""
        found = self.sides[side]
        for key in reference.removeprefix("#/").split("/"):
            key = key.replace("~1", "/").replace("~0", "~")
            if not reference.startswith("#/") or not isinstance(found, dict) or key not in found:
                raise CannotCompare(f"{NAMES[side]} document: cannot follow the reference {reference}")
            found = found[key]
        return found

    def both(self, ours, theirs):
        """Two nodes that stand at the same place."""
        if isinstance(ours, dict) and isinstance(theirs, dict):
            ours, theirs = plain(ours), plain(theirs)
            named = [component(node) for node in (ours, theirs)]
            if all(named) and named[0] == named[1]:
                self.want(*named[0])
                return marker(*named[0]), marker(*named[1])
            # The names of schemas are types in clients. Those of other components say nothing to a client.
            if all(named) and {kind for kind, _ in named} == {"schemas"}:
                return marker(*named[0]), marker(*named[1])
            # What one of them describes in place is compared with the schema that the other refers to, and said of that schema.
            if schema := next((name for name in named if name and name[0] == "schemas"), None):
                self.copies += 1
                self.wanted.append((*schema, f"{schema[1]}{COPY}{self.copies}", (ours, theirs)))
                return marker(*schema), marker(*schema)
            return self.inside(ours, theirs)
        if isinstance(ours, list) and isinstance(theirs, list):
            pairs = [self.both(*pair) for pair in zip(ours, theirs)]
            return (
                [our for our, _ in pairs] + [self.alone(0, each) for each in ours[len(pairs) :]],
                [their for _, their in pairs] + [self.alone(1, each) for each in theirs[len(pairs) :]],
            )
        return self.alone(0, ours), self.alone(1, theirs)

    def inside(self, ours, theirs):
        """Two nodes, each described in place or by a reference: what counts is what they say."""
        opened = [node["$ref"] for node in (ours, theirs) if "$ref" in node]
        if any(reference in self.open for reference in opened):
            return self.alone(0, ours), self.alone(1, theirs)
        self.open += opened
        ours, theirs = self.followed(0, ours), self.followed(1, theirs)
        results = ({}, {})
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            nodes = [node[key] for node in (ours, theirs) if key in node]
            if len(nodes) == 1:
                side = 0 if key in ours else 1
                results[side][key] = self.value(side, key, nodes[0])
            else:
                for side, value in enumerate(self.values(key, *nodes)):
                    results[side][key] = value
        del self.open[len(self.open) - len(opened) :]
        return results

    def followed(self, side, node):
        while "$ref" in node:
            node = plain(self.target(side, node["$ref"]))
        return node

    def values(self, key, ours, theirs):
        """The values that two nodes have for a key."""
        if key in LITERAL:
            return ours, theirs
        if key in NAMED and isinstance(ours, dict) and isinstance(theirs, dict):
            results = ({}, {})
            for name in ours.keys() & theirs.keys():
                results[0][name], results[1][name] = self.both(ours[name], theirs[name])
            for side, nodes in enumerate((ours, theirs)):
                results[side].update({name: self.alone(side, nodes[name]) for name in nodes if name not in results[side]})
            return results
        return self.both(ours, theirs)

    def alone(self, side, node):
        """A node that the other document does not have."""
        if isinstance(node, list):
            return [self.alone(side, each) for each in node]
        if not isinstance(node, dict):
            return node
        node = plain(node)
        if component(node):
            return marker(*component(node))
        if "$ref" in node:
            raise CannotCompare(f"{NAMES[side]} document: cannot follow the reference {node['$ref']}")
        return {key: self.value(side, key, value) for key, value in node.items()}

    def value(self, side, key, value):
        if key in LITERAL:
            return value
        if key in NAMED and isinstance(value, dict):
            return {name: self.alone(side, each) for name, each in value.items()}
        return self.alone(side, value)

    def want(self, kind, name):
        if name not in self.components[0].setdefault(kind, {}):
            self.components[0][kind][name] = self.components[1].setdefault(kind, {})[name] = None
            reference = {"$ref": f"#/components/{kind}/{name}"}
            self.wanted.append((kind, name, name, (reference, reference)))

    def operation(self, side, path, method):
        """An operation with the parameters of its path, each described in place, and its security apart."""
        document = self.sides[side]
        operation = dict(document["paths"][path][method])
        parameters = {}
        for each in [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
            each = self.followed(side, plain(each))
            parameters[each.get("in"), each.get("name")] = without_defaults(each)
        operation["parameters"] = parameters
        security = operation.pop("security", document.get("security"))
        return operation, alternatives(security)

    def compare(self, path, method):
        """The operation in both documents, and the lines about its security."""
        (ours, our_security), (theirs, their_security) = (self.operation(side, path, method) for side in (0, 1))
        parameters = [node.pop("parameters") for node in (ours, theirs)]
        results = self.both(ours, theirs)
        lists = ([], [])
        for name in sorted({*parameters[0], *parameters[1]}, key=str):
            if name in parameters[0] and name in parameters[1]:
                for side, node in enumerate(self.both(parameters[0][name], parameters[1][name])):
                    lists[side].append(node)
            else:
                side = 0 if name in parameters[0] else 1
                lists[side].append(self.alone(side, parameters[side][name]))
        for side, result in enumerate(results):
            if lists[side]:
                result["parameters"] = lists[side]
        place = f"{method.upper()} {path}: security"
        lines = [f"{place}: only in ours: {each}" for each in sorted(our_security - their_security)]
        lines += [f"{place}: only in Ory's: {each}" for each in sorted(their_security - our_security)]
        for scheme in schemes(our_security) & schemes(their_security):
            if all(scheme in document.get("components", {}).get("securitySchemes", {}) for document in self.sides):
                self.want("securitySchemes", scheme)
        return results, lines

    def prune(self, operations):
        """Both documents with these operations, and the lines about security."""
        paths, lines = ({}, {}), []
        for path, method in sorted(operations):
            results, found = self.compare(path, method)
            lines += found
            for side, result in enumerate(results):
                paths[side].setdefault(path, {})[method] = result
        while self.wanted:
            kind, name, label, nodes = self.wanted.pop()
            self.open = []
            for side, node in enumerate(self.inside(*nodes)):
                self.components[side].setdefault(kind, {})[label] = node
        heads = [{"openapi": document["openapi"], "info": {"title": "", "version": ""}} for document in self.sides]
        return [{**heads[side], "paths": paths[side], "components": self.components[side]} for side in (0, 1)], lines


def plain(node):
    """A node without what is text for people. A reference alone in `allOf` is that reference."""
    kept = {key: value for key, value in node.items() if key not in TEXT and not key.startswith("x-")}
    alone = kept.get("allOf")
    if isinstance(alone, list) and len(alone) == 1 and len(kept) == 1 and isinstance(alone[0], dict):
        return plain(alone[0])
    if "$ref" in kept:
        return {"$ref": kept["$ref"]}
    if isinstance(kept.get("scopes"), dict):
        kept["scopes"] = dict.fromkeys(kept["scopes"], "")
    if kept.get("additionalProperties") == {}:
        kept["additionalProperties"] = True
    return kept


def component(node):
    """The kind and the name of the component that a node refers to; None if it refers to none."""
    parts = str(node.get("$ref", "")).split("/")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["#", "components"] and parts[2] in COMPONENTS else None


def marker(kind, name):
    """What stands for a reference."""
    return {REFERENCE: f"{COMPONENTS[kind]} {name}"}


def without_defaults(parameter):
    """A parameter without a style that it would have anyway."""
    style = "form" if parameter.get("in") in ("query", "cookie") else "simple"
    defaults = {"style": style, "explode": style == "form", "required": False}
    return {key: value for key, value in parameter.items() if key not in defaults or value != defaults[key]}


def alternatives(security):
    """The alternatives of a security requirement as texts. None and an empty list say the same."""
    return {show(each) for each in (security if isinstance(security, list) else [security]) if each is not None}


def schemes(found):
    return {name for each in map(json.loads, found) for name in (each if isinstance(each, dict) else ())}


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
                for name in sorted(value) if isinstance(value, dict) else ():
                    yield from flatten(value[name], [*where, name])
                if not isinstance(value, dict):
                    yield f"{place}: {show(value)}"
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


def compare(oasdiff, ours, upstream, security):
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, document in (("upstream", upstream), ("ours", ours)):
            file = pathlib.Path(folder, f"{name}.json")
            file.write_text(json.dumps(document), encoding="utf-8")
            files.append(str(file))
        report = run([oasdiff, "diff", "--allow-external-refs=false", "--format", "json", *files])
    lines = [*security, *lines_of(json.loads(report or b"{}") or {})]
    lines = (re.sub(rf"{COPY}\d+:", ":", line.replace(f"extensions: {REFERENCE}", "reference")) for line in lines)
    return sorted(set(lines))


def declared_in(file, of, go_yaml):
    """The changes that a file declares of a document."""
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
        if entry.get("of") not in (None, *DOCUMENTS):
            raise CannotCompare(f"{file}: entry {number}: `of` is one of {', '.join(DOCUMENTS)}")
        declared += changes if entry.get("of") in (None, of) else []
    for change in sorted(set(declared)):
        if declared.count(change) > 1:
            raise CannotCompare(f"{file}: declared twice: {change}")
    return declared


def main():
    options = argparse.ArgumentParser(description="Called by check-upstream.sh.")
    for option in ("--oasdiff", "--go-yaml", "--spec", "--deviations"):
        options.add_argument(option, required=True)
    options.add_argument("document", choices=DOCUMENTS)
    options.add_argument("upstream")
    given = options.parse_args()

    ours = parse_document(given.spec, given.go_yaml)
    upstream = parse_document(given.upstream, given.go_yaml)
    operations = operations_of(ours)
    shared = operations & operations_of(upstream)
    if not shared:
        raise CannotCompare(f"{given.upstream}: it has none of our {len(operations)} operations")
    declared = declared_in(given.deviations, given.document, given.go_yaml)
    (ours, theirs), security = Documents(ours, upstream).prune(shared)
    found = compare(given.oasdiff, ours, theirs, security)
    found = sorted([*found, *(f"{method.upper()} {path}: only in ours" for path, method in operations - shared)])

    file = pathlib.Path(given.deviations).name
    undeclared = [change for change in found if change not in declared]
    stale = [change for change in declared if change not in found]
    for change in undeclared:
        print(f"undeclared: {change} -- follow Ory in {pathlib.Path(given.spec).name}, or declare this line in {file}")
    for change in stale:
        print(f"stale: {change} -- this difference no longer exists; remove the line from {file}")
    if undeclared or stale:
        print(f"check-upstream: {given.document}: {len(undeclared)} undeclared, {len(stale)} stale", file=sys.stderr)
        return 1
    schemas = len({name.split(COPY)[0] for name in ours["components"].get("schemas", {})})
    agreed = f"{len(operations)} operations and {schemas} schemas agree"
    print(f"check-upstream: {given.document}: {agreed}, with {len(declared)} declared deviations")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotCompare as problem:
        print(f"check-upstream: {problem}", file=sys.stderr)
        sys.exit(2)
