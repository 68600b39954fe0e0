"""Turns a description into what the generator reads: with the documentation where the templates find it."""

import copy

from description import comments
from description.mappings import rename
from description.names import field
from description.parameters import argument, fields, form, parameters, type_of
from description.references import model_name, part, referred, resolve
from description.vocabulary import METHODS

# The keys under which a node carries its comment, and an operation that of its constant and its server.
COMMENT = "x-comment"
CONSTANT_COMMENT = "x-constant-comment"
SERVER = "x-server"
# The formats whose types hold every value.
WIDEST = {"integer": "int64", "number": "double"}


def prepare(document):
    """A copy of a description that is not refused."""
    prepared = copy.deepcopy(document)
    modules = _modules(document)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = prepared["paths"][path][method]
                if document.get("servers"):
                    # The template of the constant sees the operations, and a default in place of a missing server.
                    operation[SERVER] = document["servers"][0]["url"]
                operation.update(modules[operation["tags"][0]])
                operation[COMMENT] = _comment(comments.operation(document, item[method], method, path))
                operation[CONSTANT_COMMENT] = _comment(comments.constant(item[method], method, path))
                operation.update(_constant(document, item[method]))
                _parameters(document, item[method], operation)
    components = prepared.get("components", {})
    components.pop("parameters", None)
    sent = _sent(document)
    for name, schema in components.get("schemas", {}).items():
        schema[COMMENT] = _comment(comments.model(schema, name))
        schema["x-sent"] = name in sent
        properties = schema.get("properties", {})
        for member, value in properties.items():
            comment = _comment(comments.member(document, value, member))
            if "$ref" in value:
                # Nothing can stand beside a reference.
                value = properties[member] = {"allOf": [value]}
            value[COMMENT] = comment
            if field(member).removeprefix("r#") != member:
                value["x-rename"] = member
            if "x-secret" in value:
                schema["x-has-secrets"] = True
            if _refers(document, value):
                schema["x-refers"] = True
    _simplify(prepared)
    rename(prepared)
    return prepared


def _modules(document):
    """What the functions of each module need."""
    modules = {}
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            needs = modules.setdefault(operation["tags"][0], {})
            bodies = [resolve(document, operation.get("requestBody")) or {}]
            bodies += [resolve(document, each) for code, each in operation["responses"].items() if code[0] in "23"]
            if any("application/json" in body.get("content", ()) for body in bodies):
                needs["x-module-has-models"] = True
            if operation.get("security"):
                needs["x-module-has-authorization"] = True
    return modules


def _sent(document):
    """The names of the models that are the bodies of requests."""
    operations = (item[method] for item in document["paths"].values() for method in METHODS if method in item)
    bodies = (resolve(document, operation.get("requestBody")) for operation in operations)
    schemas = (part(body, "content", "application/json", "schema") for body in bodies)
    return {model_name(schema) for schema in schemas if schema}


def _constant(document, operation):
    """What the constant of an operation says beside its method and path."""
    responses = {code: resolve(document, each) for code, each in operation["responses"].items()}
    media_types = list(dict.fromkeys(each for response in responses.values() for each in response.get("content", ())))
    redirects = sorted(code for code in responses if code[0] == "3")
    return {
        **({"x-media-types": ", ".join(media_types)} if media_types not in ([], ["application/json"]) else {}),
        **({"x-redirects": ", ".join(redirects)} if redirects else {}),
    }


def _refers(document, value):
    """Whether the type of a property is or contains a model."""
    if referred(document, value).get("type") == "object":
        return True
    items = referred(document, value).get("items") or value.get("items")
    return bool(items) and _refers(document, items)


def _parameters(document, operation, prepared):
    """Leaves the path parameters to the generator, and describes the type that has all others."""
    prepared["parameters"] = []
    for parameter in parameters(document, operation):
        if parameter["in"] == "path":
            parameter = copy.deepcopy(parameter)
            parameter["x-type"], parameter["x-value"] = argument(document, parameter)
            prepared["parameters"].append(parameter)
    type_of_params = type_of(document, operation)
    if type_of_params:
        prepared["x-params"] = type_of_params
        for described, parameter in zip(type_of_params["fields"], fields(document, operation)):
            described["comment"] = _comment(comments.parameter(document, parameter))
    if form(document, operation):
        del prepared["requestBody"]


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
