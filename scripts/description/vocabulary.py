"""What the templates can generate: the keywords of each node, and the kinds of their values."""

import re

ANY, TEXT, BOOL, LIST, OBJECT, NUMBER = object, str, bool, list, dict, (int, float)
TYPES = {TEXT: "a text", BOOL: "true or false", LIST: "a list", OBJECT: "an object", NUMBER: "a number"}

# The extensions that change what is generated are named where they may stand; these change nothing.
IGNORED = {"x-ory-ratelimit-bucket", "x-originalParamName"}

LINK = {"description": TEXT, "url": TEXT}
INFO = {"title": TEXT, "version": TEXT, "description": TEXT, "license": OBJECT, "contact": OBJECT, "termsOfService": TEXT}
ROOT = {
    **{"openapi": TEXT, "info": OBJECT, "externalDocs": OBJECT, "servers": LIST, "tags": LIST},
    **{"paths": OBJECT, "components": OBJECT},
}
COMPONENTS = ("schemas", "parameters", "responses", "requestBodies", "headers", "securitySchemes")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
BODY_METHODS = ("put", "post", "patch")
OPERATION = {
    **{"operationId": TEXT, "summary": TEXT, "description": TEXT, "tags": LIST, "externalDocs": OBJECT},
    **{"parameters": LIST, "requestBody": OBJECT, "responses": OBJECT, "security": LIST, "deprecated": BOOL},
}
PARAMETER = {
    **{"name": TEXT, "in": TEXT, "description": TEXT, "required": BOOL, "deprecated": BOOL},
    **{"schema": OBJECT, "example": ANY, "x-secret": BOOL},
}
FORM = {"type": TEXT, "required": LIST, "properties": OBJECT}
BODY = {"description": TEXT, "required": BOOL, "content": OBJECT}
RESPONSE = {"description": TEXT, "content": OBJECT, "headers": OBJECT, "x-sent-schema": TEXT}
HEADER = {"description": TEXT, "required": BOOL, "deprecated": BOOL, "schema": OBJECT, "example": ANY}
MEDIA = {"schema": OBJECT, "example": ANY}

# Facts that are documented, and change nothing else.
FACTS = {
    **{"title": TEXT, "description": TEXT, "example": ANY, "default": ANY, "externalDocs": OBJECT, "deprecated": BOOL},
    **{"pattern": TEXT, "minLength": NUMBER, "maxLength": NUMBER, "minimum": NUMBER, "maximum": NUMBER},
    **{"exclusiveMinimum": BOOL, "exclusiveMaximum": BOOL, "multipleOf": NUMBER},
    **{"minItems": NUMBER, "maxItems": NUMBER, "uniqueItems": BOOL},
}
VALUE = {**FACTS, "type": TEXT, "format": TEXT, "nullable": BOOL, "items": OBJECT, "enum": LIST, "allOf": LIST}
FORM_MEMBER = {**VALUE, "x-secret": BOOL}
MEMBER = {**VALUE, "x-secret": BOOL, "x-settable": BOOL, "x-server-managed": BOOL}
MODEL = {
    **FACTS,
    **{"type": TEXT, "required": LIST, "properties": OBJECT, "additionalProperties": BOOL},
    **{"x-registration": BOOL, "x-has-secrets": BOOL},
}
FORMATS = {
    "string": {
        *("date", "date-time", "email", "hostname", "ipv4", "ipv6", "password", "uri", "uri-reference", "url", "uuid")
    },
    "integer": {"int32", "int64"},
    "number": {"double", "float"},
}

# MAX_MEMBERS of the runtime.
MAX_MEMBERS = 128

# What the generated types have already.
RESERVED_MEMBERS = {"additional_properties"}
RESERVED_METHODS = {
    *("borrow", "clear", "clear_secrets", "clear_server_managed", "clone", "clone_from", "clone_into", "decode", "default"),
    *("deserialize", "eq", "fmt", "from", "from_members", "has", "into", "ne", "new", "serialize", "to_members"),
    *("decode_beside", "decode_member", "encode", "is_set", "number", "swap_member"),
    *("to_owned", "try_from", "try_into", "type_id", "unexpected_members"),
}
RESERVED_MODELS = {
    *("AdditionalProperties", "Absent", "As", "Clone", "Debug", "Decode", "Default", "Deserialize", "Err", "Into", "None"),
    *("Changes", "Clip", "Decoded", "Deserializer", "Encode", "MapAccess", "Model", "Value"),
    *("Ok", "Option", "PartialEq", "Result", "Self", "Serialize", "Some", "String", "Undecodable", "Vec"),
}
# What the runtime sends.
RESERVED_HEADERS = {"accept", "authorization", "content-length", "content-type", "host", "user-agent"}
RESERVED_ARGUMENTS = {"configuration", "authorization", "params"}

# What stands in the generated code as it is: in strings, paths and names.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.#-]*")
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
VERSION = re.compile(r"[A-Za-z0-9.+-]*")
URL = re.compile(r"https?://[^\s<>()\[\]`\"\\]+")
SERVER = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*/?")
PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[A-Za-z][A-Za-z0-9_]*\}))+")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
STATUS = re.compile(r"[1-5]\d\d|default")

ADVICE = {
    "parameters": "list them at each operation",
    "oneOf": "describe one schema, or leave the type out for any JSON value",
    "anyOf": "describe one schema, or leave the type out for any JSON value",
    "not": "say it in the description",
    "discriminator": "describe one schema",
    "readOnly": "use x-server-managed",
    "writeOnly": "say it in the description",
    "callbacks": "say it in the description",
    "links": "say it in the description",
    "servers": "name the server once, at the top of the document",
    "style": "remove it: a parameter is one text",
    "explode": "remove it: a parameter is one text",
    "allowReserved": "remove it: reserved characters are always encoded",
    "allowEmptyValue": "remove it: an empty text is sent like any other",
    "patternProperties": "remove it: members that are not described are kept",
    "properties": "move the schema to components/schemas and refer to it",
    "examples": "use one example",
    "security": "name the security at each operation",
    "$ref": "describe it here",
}
EXTEND = "remove it, or extend scripts/description and scripts/templates"
