"""Writes the documentation of the generated functions, models and members as lines of Markdown."""

import json

from description import prose
from description.authorization import variant
from description.example import example
from description.names import camel, field, snake
from description.parameters import fields, form, parameters, type_of
from description.references import model_name, referred, resolve

# The widths of the comments of an item, and of a field in it, with their indentation and their slashes.
ITEM, FIELD = 96, 92


def model(schema, name):
    """The documentation of a model."""
    return _described(schema, name, ITEM) + _paragraph(_facts(schema), ITEM)


def member(document, schema, name):
    """The documentation of a property."""
    target = referred(document, schema)
    texts = {key: schema.get(key) or target.get(key) for key in ("title", "description")}
    return _described(texts, name, FIELD) + _paragraph(_facts({**target, **schema}), FIELD)


def parameter(document, node):
    """The documentation of the field for a query parameter."""
    return _described(node, node["name"], FIELD) + _paragraph(_parameter_facts(document, node), FIELD)


def constant(node, method, path):
    """The documentation of the constant for an operation."""
    return prose.paragraph(f"Describes the operation of [`{snake(node['operationId'])}`]: `{method.upper()} {path}`.", ITEM)


def operation(document, node, method, path):
    """The documentation of a function."""
    summary = prose.lines(node["summary"].rstrip("."), 10**6)
    result = [f"{' '.join(summary)} (`{method.upper()} {path}`)."]
    if node.get("description"):
        result += ["", *prose.lines(node["description"], ITEM)]
    if "externalDocs" in node:
        result += ["", *prose.paragraph(see(node["externalDocs"]), ITEM)]
    for title, section in [*_parameters(document, node), *sections(document, node, "[`{}`]", ITEM)]:
        result += ["", f"# {title}", *section]
    return result


def sections(document, node, link, width):
    """What the description says of an operation: pairs of a title and lines. `link` is the form of a link to an item."""
    body = resolve(document, node.get("requestBody"))
    if form(document, node):
        sent = ", ".join(f"`{each['name']}`" for each in fields(document, node) if each["in"] == "form")
        yield "Request body", prose.lines(body.get("description", ""), width, f"A form with {sent}.")
    elif body:
        schema = body["content"]["application/json"]["schema"]
        lead = f"`{field(model_name(schema))}`: {_model_link(link, model_name(schema))}, sent as JSON."
        yield "Request body", prose.lines(body.get("description", ""), width, lead)
    responses = {code: resolve(document, response) for code, response in sorted(node["responses"].items())}
    successes = [_response(document, code, each, link, width) for code, each in responses.items() if code[0] in "23"]
    yield "Responses", [line for lines in successes for line in lines]
    yield "Authorization", _authorization(document, node, link, width)
    errors = [_response(document, code, each, link, width) for code, each in responses.items() if code[0] not in "23"]
    lead = f"Returns an {link.format('Error')} with a variant for each phase of the call."
    if errors:
        lead += f" An error response is {link.format('Error::Server')}:"
    yield "Errors", prose.paragraph(lead, width) + [line for lines in errors for line in lines]
    yield "Example", example(document, node)


def _parameters(document, node):
    lines = []
    for each in (each for each in parameters(document, node) if each["in"] == "path"):
        lines += parameter_item(document, each, f"`{field(each['name'])}`:", ITEM)
    found = type_of(document, node)
    if found:
        names = ", ".join(f"`{each['title']}`" for each in found["fields"])
        lines += prose.item("", ITEM, f"`params`: the {found['places']} parameters {names}; see [`{found['type']}`].")
    if lines:
        yield "Parameters", lines


def parameter_item(document, node, lead, width):
    """A parameter as an item of a list."""
    facts = _paragraph(_parameter_facts(document, node), width - 2)
    return prose.item(node.get("description", ""), width, lead) + ["  " + line if line else "" for line in facts]


def _response(document, code, response, link, width):
    lines = prose.item(response["description"], width, f"`{code}`:" if code != "default" else "Any other status:")
    for media_type, media in response.get("content", {}).items():
        # A server may send another body than its own document says.
        schema = {"$ref": response["x-sent-schema"]} if "x-sent-schema" in response else media["schema"]
        target = referred(document, schema)
        if target.get("type") == "object":
            lead, facts = f"Body: `{media_type}`, {_model_link(link, model_name(schema))}.", _facts(_example(media))
        else:
            lead, facts = f"Body: `{media_type}`.", _facts({**target, **schema, **_example(media)})
        lines += _inner(schema.get("description", ""), lead, facts, width)
    for name, header in response.get("headers", {}).items():
        header = resolve(document, header)
        facts = _facts({**header.get("schema", {}), **_example(header)})
        lines += _inner(header.get("description", ""), f"Header {prose.code(name)}:", facts, width)
    return lines


def _inner(text, lead, facts, width):
    """A paragraph inside an item of a list."""
    paragraphs = prose.lines(text, width - 2, lead) + _paragraph(facts, width - 2)
    return ["", *("  " + line if line else "" for line in paragraphs)]


def _example(node):
    return {"example": node["example"]} if "example" in node else {}


def _authorization(document, node, link, width):
    schemes = document.get("components", {}).get("securitySchemes", {})
    alternatives = [(name, scopes) for each in node.get("security", ()) for name, scopes in each.items()]
    if not alternatives:
        return ["None is sent."]
    lines = prose.paragraph(f"One of these, or {link.format('Authorization::None')} to send none:", width)
    for name, scopes in alternatives:
        scheme = schemes[name]
        lead = link.format(f"Authorization::{variant(scheme)}")
        if scheme["type"] == "oauth2":
            lead += ", an OAuth 2.0 access token"
            if scopes:
                lead += f" with the scopes {', '.join(prose.code(scope) for scope in scopes)}"
        lines += prose.item(scheme.get("description", ""), width, lead + (":" if scheme.get("description") else "."))
    return lines


def _model_link(link, name):
    return link.format(f"models::{camel(name)}")


def _described(texts, name, width):
    if texts.get("description"):
        return prose.lines(texts["description"], width)
    if texts.get("title"):
        return prose.lines(texts["title"], width)
    return [f"`{name}`, which is not described further."]


def _paragraph(facts, width):
    return ["", *prose.paragraph(" ".join(facts), width)] if facts else []


def _parameter_facts(document, node):
    schema = node["schema"]
    facts = _facts({**referred(document, schema), **schema, **_example(node)})
    return ["Deprecated.", *facts] if node.get("deprecated") else facts


def see(node):
    """A sentence that refers to `externalDocs`."""
    text = " ".join(prose.lines(node.get("description", "").rstrip("."), 10**6))
    return f"See [{text}]({node['url']})." if text else f"See <{node['url']}>."


def _facts(schema):
    """What a schema says beside its type and its description, as sentences."""
    return [fact for fact in _all_facts(schema) if fact]


def _all_facts(schema):
    def value(key):
        found = schema[key]
        return prose.code(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))

    def bounds(least, most, what):
        if least in schema and most in schema:
            return f"{what}: {schema[least]} to {schema[most]}."
        if least in schema:
            return f"{what}: at least {schema[least]}."
        return f"{what}: at most {schema[most]}." if most in schema else ""

    yield "Deprecated." if schema.get("deprecated") else ""
    yield "May be `null`." if schema.get("nullable") else ""
    if "enum" in schema:
        yield f"Known values: {', '.join(prose.code(each) for each in schema['enum'])}. Others are kept as they are."
    yield f"Format: `{schema['format']}`." if schema.get("type") == "string" and "format" in schema else ""
    yield f"Pattern: {value('pattern')}." if "pattern" in schema else ""
    yield bounds("minLength", "maxLength", "Length in characters")
    yield bounds("minimum", "maximum", "Value")
    for key, which in (("exclusiveMinimum", "lower"), ("exclusiveMaximum", "upper")):
        yield f"The {which} limit is excluded." if schema.get(key) else ""
    yield f"A multiple of {schema['multipleOf']}." if "multipleOf" in schema else ""
    yield bounds("minItems", "maxItems", "Number of items")
    yield "Each item is unique." if schema.get("uniqueItems") else ""
    inner = _facts(schema["items"]) if isinstance(schema.get("items"), dict) else []
    yield f"Each item: {' '.join(inner)}" if inner else ""
    yield f"Default: {value('default')}." if "default" in schema else ""
    yield f"Example: {value('example')}." if "example" in schema else ""
    yield see(schema["externalDocs"]) if "externalDocs" in schema else ""
