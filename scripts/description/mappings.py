"""Gives the generator the names of `names` where it would write others."""

from description.names import camel, field, generated, snake
from description.vocabulary import METHODS

SCHEMAS = "#/components/schemas/"


def options(document):
    """The options of the generator, as pairs of an option and its value."""
    schemas = document.get("components", {}).get("schemas", {})
    models = list(_models(schemas))
    members = {member for schema in schemas.values() for member in schema.get("properties", ())}
    operations = [item[method] for item in document["paths"].values() for method in METHODS if method in item]
    nodes = [*document.get("components", {}).get("parameters", {}).values()]
    nodes += [node for operation in operations for node in operation.get("parameters", ())]
    parameters = {node["name"]: field(node["name"]) for node in nodes if "name" in node}
    # The argument for a body has the name of its model.
    parameters |= {camel(name): field(name) for name in models}
    mappings = {
        "model-name": {snake(name): camel(name) for name in models},
        "name": {name: field(name) for name in members if _is_renamed(name)},
        "parameter-name": {name: to for name, to in parameters.items() if _is_renamed(name)},
        "operation-id-name": {each["operationId"]: snake(each["operationId"]) for each in operations if _is_renamed(each["operationId"])},
    }
    for kind, names in mappings.items():
        if names:
            yield f"--{kind}-mappings", ",".join(f"{name}={to}" for name, to in sorted(names.items()))


def rename(document):
    """Gives the models whose names are mapped the names of their files, which no option of the generator maps."""
    schemas = document.get("components", {}).get("schemas", {})
    renamed = {name: snake(name) for name in _models(schemas)}
    for name, to in renamed.items():
        schemas[to] = schemas.pop(name)
    _rename_references(document, {SCHEMAS + name: SCHEMAS + to for name, to in renamed.items()})


def _models(schemas):
    return (name for name, schema in schemas.items() if schema.get("type") == "object" and "OAuth" in camel(name))


def _is_renamed(name):
    return snake(name) != generated(name)


def _rename_references(node, renamed):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            node["$ref"] = renamed.get(node["$ref"], node["$ref"])
        for each in node.values():
            _rename_references(each, renamed)
    elif isinstance(node, list):
        for each in node:
            _rename_references(each, renamed)
