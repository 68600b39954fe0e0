"""Follows references inside a description."""


def resolve(document, node, kind=None):
    """What a node refers to, or the node itself; None if that is no component, or not of this kind."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    parts = str(node["$ref"]).split("/")
    if len(parts) != 4 or parts[:2] != ["#", "components"] or kind not in (None, parts[2]):
        return None
    found = document.get("components", {}).get(parts[2], {})
    found = found.get(parts[3]) if isinstance(found, dict) else None
    # One component that is only another one's name would hide what it is.
    return found if isinstance(found, dict) and "$ref" not in found else None


def part(node, *keys):
    """What is at a path below a node, or None."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def reference(schema):
    """What a schema refers to, alone or in `allOf`; None if it refers to nothing."""
    if not isinstance(schema, dict):
        return None
    alone = schema.get("allOf")
    if isinstance(alone, list) and len(alone) == 1 and isinstance(alone[0], dict):
        schema = alone[0]
    return schema["$ref"] if isinstance(schema.get("$ref"), str) else None


def referred(document, schema):
    """The schema that a schema refers to; empty if it refers to none."""
    return resolve(document, {"$ref": reference(schema)}, "schemas") or {}


def model_name(schema):
    """The name of the schema that a schema refers to."""
    return (reference(schema) or "").split("/")[-1] or None
