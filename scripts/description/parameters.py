"""What the parameters of an operation become in Rust.

Path parameters are arguments. All others, and the members of a form, are the fields of one type: `params`.
"""

from description.names import field, params
from description.references import referred, resolve

FORM = "application/x-www-form-urlencoded"
# The Rust types of the values that a parameter can have.
TYPES = {"string": "&'a str", "integer": "i64", "boolean": "bool"}
PLACES = ("query", "header", "form")


def parameters(document, operation):
    """All parameters of an operation, described in place."""
    return [resolve(document, each) for each in operation.get("parameters", ())] + _members(document, operation)


def fields(document, operation):
    """The parameters that are fields of `params`."""
    return [each for each in parameters(document, operation) if each["in"] != "path"]


def form(document, operation):
    """The description of the form that an operation sends, or None."""
    body = resolve(document, operation.get("requestBody")) or {}
    return body.get("content", {}).get(FORM)


def _members(document, operation):
    schema = (form(document, operation) or {}).get("schema", {})
    required = schema.get("required", ())
    return [
        {"name": name, "in": "form", "required": name in required, "schema": member, **_beside(member)}
        for name, member in schema.get("properties", {}).items()
    ]


def _beside(member):
    return {key: member[key] for key in ("description", "x-secret") if key in member}


def kind(document, parameter):
    """The JSON type of a parameter."""
    schema = parameter["schema"]
    return {**referred(document, schema), **schema}.get("type")


def type_of(document, operation):
    """What the templates write of `params`; None if an operation has none."""
    found = fields(document, operation)
    if not found:
        return None
    borrows = any(kind(document, each) == "string" for each in found)
    described = [_field(document, each) for each in found]
    places = [place for place in PLACES if any(each["in"] == place for each in found)]
    return {
        "type": params(operation["operationId"]),
        "places": ", ".join(places[:-1]) + (" and " if places[:-1] else "") + places[-1],
        "fields": described,
        "hasRequired": any(each["required"] for each in described),
        "required": [each for each in described if each["required"]],
        "optional": [each for each in described if not each["required"]],
        # How the type is written where it is declared, and where it is used.
        "declared": "<'a>" if borrows else "",
        "used": "<'_>" if borrows else "",
        **{place: [one for one, each in zip(described, found) if each["in"] == place] for place in places},
    }


def _field(document, parameter):
    name, of, title = field(parameter["name"]), kind(document, parameter), parameter["name"]
    required = bool(parameter.get("required"))
    shown = f"self.{name}"
    if "x-secret" in parameter:
        secret = "ory_oidc_core::Secret::default()"
        shown = secret if required else f"self.{name}.map(|_| {secret})"
    return {
        "name": name,
        "title": title,
        "of": TYPES[of],
        "required": required,
        "shown": shown,
        # Names of headers are constants in lower case.
        "sent": title.lower() if parameter["in"] == "header" else title,
        "value": _value(f"params.{name}", of, required),
    }


def _value(name, of, required):
    if of == "string":
        return f"Some({name})" if required else name
    return f"Some({name}.to_string().as_str())" if required else f"{name}.map(|value| value.to_string()).as_deref()"


def argument(document, parameter):
    """The type of the argument for a path parameter, and how it is sent."""
    name, of = field(parameter["name"]), kind(document, parameter)
    return ("&str", name) if of == "string" else (TYPES[of], f"&{name}.to_string()")
