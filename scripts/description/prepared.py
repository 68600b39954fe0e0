"""Turns a description into what the generator reads: with the documentation where the templates find it."""

import copy

from description import comments
from description.vocabulary import METHODS

# The keys under which a node carries its comment, and an operation its server.
COMMENT = "x-comment"
SERVER = "x-server"
# The formats whose types hold every value.
WIDEST = {"integer": "int64", "number": "double"}


def prepare(document):
    """A copy of a description that is not refused."""
    prepared = copy.deepcopy(document)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = prepared["paths"][path][method]
                if document.get("servers"):
                    # The template of the constant sees the operations, and a default in place of a missing server.
                    operation[SERVER] = document["servers"][0]["url"]
                operation[COMMENT] = _comment(comments.operation(document, item[method], method, path))
                for parameter in operation.get("parameters", ()):
                    _parameter(document, parameter)
    components = prepared.get("components", {})
    for parameter in components.get("parameters", {}).values():
        _parameter(document, parameter)
    for name, schema in components.get("schemas", {}).items():
        schema[COMMENT] = _comment(comments.model(schema, name))
        properties = schema.get("properties", {})
        for member, value in properties.items():
            comment = _comment(comments.member(document, value, member))
            if "$ref" in value:
                # Nothing can stand beside a reference.
                value = properties[member] = {"allOf": [value]}
            value[COMMENT] = comment
            if "x-secret" in value:
                schema["x-has-secrets"] = True
    _simplify(prepared)
    return prepared


def _parameter(document, parameter):
    if "$ref" not in parameter:
        parameter[COMMENT] = _comment(comments.parameter(document, parameter))


def _comment(lines):
    return [f"/// {line}".rstrip() for line in lines]


def _simplify(node):
    """Leaves out what is documented only, and would make the generator choose another type."""
    if isinstance(node, list):
        for each in node:
            _simplify(each)
    elif isinstance(node, dict):
        if node.get("type") == "string":
            # Other values than those listed are kept, and so are texts in another format.
            for key in ("enum", "format"):
                node.pop(key, None)
        elif isinstance(node.get("type"), str) and node["type"] in WIDEST:
            node["format"] = WIDEST[node["type"]]
        for each in node.values():
            _simplify(each)
