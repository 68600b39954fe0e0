"""Writes the page about all operations in docs/."""

import json

from description import comments, prose
from description.example import example
from description.names import snake
from description.parameters import parameters
from description.references import part, resolve
from description.vocabulary import METHODS

WIDTH = 120


def page(document):
    """The lines of the page."""
    info = document["info"]
    lines = ["<!-- Generated from openapi.yaml by `make generate`. Do not edit. -->", "", f"# {_one_line(info['title'])}", ""]
    lines += prose.lines(info.get("description", ""), WIDTH)
    if "externalDocs" in document:
        lines += ["", comments.see(document["externalDocs"])]
    for server in document.get("servers", ()):
        lines += ["", *prose.lines(server.get("description", ""), WIDTH, f"Server: <{server['url']}>.")]
    tags = {tag["name"]: tag for tag in document.get("tags", ())}
    for name in sorted({operation["tags"][0] for operation, _, _ in _operations(document)}):
        lines += ["", f"## {name}"]
        if name in tags:
            lines += ["", *prose.lines(tags[name].get("description", ""), WIDTH)]
            lines += ["", comments.see(tags[name]["externalDocs"])] if "externalDocs" in tags[name] else []
        lines += ["", "| Operation | Request | Summary |", "|---|---|---|"]
        of_tag = [each for each in _operations(document) if each[0]["tags"][0] == name]
        for operation, method, path in of_tag:
            summary = _one_line(operation["summary"]).replace("|", "\\|")
            identifier = operation["operationId"]
            lines.append(f"| [{identifier}](#{identifier.lower()}) | `{method.upper()} {path}` | {summary} |")
        for operation, method, path in of_tag:
            lines += _operation(document, operation, method, path)
    return lines + _schemes(document) + _values(document)


def _operation(document, node, method, path):
    lines = ["", f"### {node['operationId']}", "", f"{_one_line(node['summary'].rstrip('.'))}: `{method.upper()} {path}`"]
    if node.get("description"):
        lines += ["", *prose.lines(node["description"], WIDTH)]
    if "externalDocs" in node:
        lines += ["", comments.see(node["externalDocs"])]
    if node.get("deprecated"):
        lines += ["", "Deprecated."]
    lines += ["", f"In Rust: `ory_oidc_gen::apis::{snake(node['tags'][0])}_api::{snake(node['operationId'])}`"]
    found = parameters(document, node)
    if found:
        lines += ["", "#### Parameters", ""]
    for each in found:
        marks = [each["in"], *(["required"] if each.get("required") else []), *(["secret"] if "x-secret" in each else [])]
        lines += comments.parameter_item(document, each, f"`{each['name']}` ({', '.join(marks)}):", WIDTH)
    for title, section in comments.sections(document, node, "`{}`", WIDTH):
        if title != "Example":
            lines += ["", f"#### {title}", "", *section]
    body = resolve(document, node.get("requestBody"))
    if "example" in (part(body, "content", "application/json") or {}):
        sent = json.dumps(body["content"]["application/json"]["example"], indent=2, ensure_ascii=False)
        lines += ["", "#### Example of the body", "", "```json", *sent.splitlines(), "```"]
    # What rustdoc hides begins with a `#`.
    code = [line for line in example(document, node)[1:-1] if not line.startswith("# ")]
    return [*lines, "", "#### Example", "", "```rust", *code, "```"]


def _schemes(document):
    lines = ["", "## Authorization"]
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        lines += ["", f"### {name}", "", *prose.lines(scheme.get("description", ""), WIDTH), ""]
        for key in ("type", "scheme", "bearerFormat", "in", "name"):
            lines += [f"- {key}: {prose.code(scheme[key])}"] if key in scheme else []
        for flow, parts in scheme.get("flows", {}).items():
            for key in ("authorizationUrl", "tokenUrl", "refreshUrl"):
                lines += [f"- {key} of {prose.code(flow)}: {prose.code(parts[key])}"] if key in parts else []
            for scope, text in parts.get("scopes", {}).items():
                lines += prose.item(text, WIDTH, f"scope {prose.code(scope)}:")
    return lines


def _values(document):
    """The schemas that have no model of their own."""
    schemas = document.get("components", {}).get("schemas", {})
    values = [(name, schema) for name, schema in schemas.items() if schema.get("type") != "object"]
    lines = ["", "## Values"] if values else []
    for name, schema in values:
        lines += ["", f"### {name}", "", *comments.model(schema, name)]
    return lines


def _operations(document):
    return [
        (item[method], method, path)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _one_line(text):
    return " ".join(prose.lines(text, 10**6))
