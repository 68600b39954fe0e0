"""Lists the nodes of a description that the templates cannot generate.

`vocabulary` lists what they can: a keyword that is not named there is refused, also one that a later OpenAPI adds.
"""

import re

from description import vocabulary as can
from description.authorization import KNOWN, variant
from description.checks import Checks
from description.names import KEYWORDS, RAW, camel, snake
from description.parameters import FORM, TYPES
from description.prose import FORBIDDEN
from description.references import model_name, part, reference, referred, resolve
from description.vocabulary import EXTEND, LIST, OBJECT, TEXT


class Refusals(Checks):
    """Collects `(where, problem, advice)` of a document."""

    def __init__(self, document):
        super().__init__(document)
        self._characters(document, ())
        self._root()

    def _characters(self, node, where):
        if isinstance(node, dict):
            for key, value in node.items():
                self._characters(key, (*where, key))
                self._characters(value, (*where, key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self._characters(value, (*where, str(index)))
        elif isinstance(node, str) and (match := FORBIDDEN.search(node)):
            self.refuse(where, f"the character U+{ord(match[0]):04X} cannot stand in Rust code", "remove it")

    # --- the document ----------------------------------------------------------------------------------------------

    def _root(self):
        root = self._keys(self.document, (), "the description", can.ROOT, needed=("openapi", "info", "paths"))
        if root is None:
            return
        if not root.get("openapi", "").startswith("3.0."):
            self.refuse(("openapi",), "only OpenAPI 3.0 can be generated", "write `openapi: 3.0.3`")
        info = self._keys(root.get("info", {}), ("info",), "the information", can.INFO)
        self._matches(can.VERSION, (info or {}).get("version", ""), ("info", "version"), "the version", "a version such as 1.0.0")
        self._link(root, ())
        for index, server in enumerate(root.get("servers", ())):
            where = ("servers", str(index))
            server = self._keys(server, where, "a server", {"url": TEXT, "description": TEXT}, needed=("url",)) or {}
            self._matches(can.SERVER, server.get("url", "https://a"), (*where, "url"), "the URL", "http(s), a host and perhaps a path")
            if index:
                self.refuse(where, "a second server cannot be generated", "name one; users configure theirs")
        for index, tag in enumerate(root.get("tags", ())):
            where = ("tags", str(index))
            allowed = {"name": TEXT, "description": TEXT, "externalDocs": OBJECT}
            tag = self._keys(tag, where, "a tag", allowed, needed=("name",)) or {}
            self._link(tag, where)
            if tag.get("name") not in _tags(root.get("paths", {})):
                self.refuse(where, "no operation has this tag", "remove it")
        components = self._keys(
            root.get("components", {}), ("components",), "the components", dict.fromkeys(can.COMPONENTS, OBJECT)
        )
        self._components(components or {})
        self._operations(root.get("paths", {}))

    def _components(self, components):
        checks = {
            **{"schemas": self._component_schema, "parameters": self._parameter, "responses": self._response},
            **{"requestBodies": self._body, "headers": self._header, "securitySchemes": self._scheme},
        }
        used = set(_references(self.document))
        for kind, named in components.items():
            for name, node in named.items():
                where = ("components", kind, name)
                if kind not in ("schemas", "securitySchemes") and f"#/components/{kind}/{name}" not in used:
                    self.refuse(where, "it is not used", "remove it")
                self._matches(can.NAME, name, where, "the name", "letters, digits and underscores")
                checks[kind](node, where)
        models = {}
        for name, schema in components.get("schemas", {}).items():
            if isinstance(schema, dict) and schema.get("type") == "object":
                where, model = ("components", "schemas", name), camel(name)
                if model in can.RESERVED_MODELS or snake(name) in KEYWORDS | RAW:
                    self.refuse(where, f"the generated code has a type named {model} already", "rename the schema")
                if model in models:
                    self.refuse(where, f"its model {model} is also that of {models[model]}", "rename one of them")
                if snake(name) != name and snake(name) in components["schemas"]:
                    self.refuse(where, f"its file has the name of the schema `{snake(name)}`", "rename one of them")
                models[model] = name
                self._cycle(name, where)

    def _cycle(self, name, where):
        """A model cannot contain itself other than in a list."""
        seen, wanted = set(), [name]
        while wanted:
            schema = self.document["components"]["schemas"].get(wanted.pop())
            properties = schema.get("properties") if isinstance(schema, dict) else None
            for member in properties.values() if isinstance(properties, dict) else ():
                target = model_name(member)
                if target == name:
                    self.refuse(where, "the schema contains itself", "refer to it in a list, or leave the type out")
                    return
                if target and target not in seen:
                    seen.add(target)
                    wanted.append(target)

    # --- operations ------------------------------------------------------------------------------------------------

    def _operations(self, paths):
        functions = {}
        for path, item in paths.items():
            where = ("paths", path)
            self._matches(can.PATH, path, where, "the path", "segments, each a text or one parameter in braces")
            operations = self._keys(item, where, "a path", dict.fromkeys(can.METHODS, OBJECT)) or {}
            for method, operation in operations.items():
                place = (*where, method)
                operation = self._keys(operation, place, "an operation", can.OPERATION, ("operationId", "summary", "tags", "responses"))
                if operation is None:
                    continue
                name = operation.get("operationId", "x")
                self._matches(can.IDENTIFIER, name, (*place, "operationId"), "the operationId", "letters and digits")
                if snake(name) in functions:
                    self.refuse((*place, "operationId"), f"`{functions[snake(name)]}` has the same function", "rename it")
                if snake(name) in KEYWORDS | RAW:
                    self.refuse((*place, "operationId"), f"`{snake(name)}` is a keyword of Rust", "rename it")
                functions[snake(name)] = name
                self._operation(operation, place, path, method)

    def _operation(self, operation, where, path, method):
        self._link(operation, where)
        tags = operation.get("tags", ["x"])
        if len(tags) != 1 or not isinstance(tags[0], str) or not re.fullmatch("[a-z][a-z0-9_]*", tags[0]):
            self.refuse((*where, "tags"), "an operation needs one tag, in lower case", "name the module that it belongs to")
        arguments = dict.fromkeys(can.RESERVED_ARGUMENTS, "an argument of every function")
        in_path, fields = [], {}
        for index, node in enumerate(operation.get("parameters", ())):
            place = (*where, "parameters", str(index))
            parameter = self._parameter(node, place)
            name = parameter.get("name", "x")
            if parameter.get("in") == "path":
                in_path.append(name)
                self._unique(name, place, arguments)
            else:
                self._unique(name, place, fields)
        if in_path != re.findall(r"\{([^}]*)\}", path):
            self.refuse(where, "its path parameters are not those of the path, in that order", "list them in that order")
        if "requestBody" in operation:
            place = (*where, "requestBody")
            if method not in can.BODY_METHODS:
                self.refuse(place, f"a body of {method.upper()} cannot be generated", "remove it")
            self._body(operation["requestBody"], place)
            content = part(resolve(self.document, operation["requestBody"]), "content")
            schema = part(content, "application/json", "schema")
            if reference(schema):
                self._unique(model_name(schema), place, arguments)
            members = part(content, FORM, "schema", "properties")
            for name in members if isinstance(members, dict) else ():
                self._unique(name, (*place, "content", FORM, "schema", "properties", name), fields)
        self._responses(operation.get("responses", {}), where)
        self._security(operation.get("security", ()), where)

    def _unique(self, name, where, taken):
        argument = snake(name)
        if argument in taken:
            self.refuse(where, f"`{argument}` is also the name of {taken[argument]}", "rename one of them")
        taken[argument] = f"{name}"

    def _parameter(self, node, where):
        node, is_reference = self._referred(node, where, "parameters")
        if is_reference:
            return {key: value for key, value in (node or {}).items() if isinstance(value, can.PARAMETER.get(key, ()))}
        parameter = self._keys(node, where, "a parameter", can.PARAMETER, needed=("name", "in", "schema")) or {}
        name, place = parameter.get("name", "x"), parameter.get("in")
        self._name(name, (*where, "name"))
        if place == "path":
            if parameter.get("required") is not True:
                self.refuse(where, "a path parameter must be required", "add `required: true`")
            if "x-secret" in parameter:
                self.refuse((*where, "x-secret"), "a path parameter cannot be secret", "remove it: paths are logged")
        elif place == "header" and name.lower() in can.RESERVED_HEADERS:
            self.refuse((*where, "name"), f"the runtime sets the header {name}", "remove it")
        elif place not in (None, "query", "header"):
            self.refuse((*where, "in"), f"a {place} parameter cannot be generated", "use a path, query or header parameter")
        if place != "path":
            self._setter(name, (*where, "name"))
        if parameter.get("schema") is not None:
            schema = self._sent(parameter["schema"], (*where, "schema"), "a parameter", can.VALUE)
            example = {**schema, **parameter}.get("example")
            if example is not None and not self._suits(example, schema):
                self.refuse(where, "its example is not of its type", "correct it")
        return parameter

    def _sent(self, node, where, what, allowed):
        """Checks the schema of a value that is sent as a text."""
        schema = self._value(node, where, what, allowed)
        if schema.get("type") not in TYPES:
            self.refuse(where, f"only a text, an integer or a boolean can be generated as {what}", "correct its type")
        if schema.get("nullable"):
            self.refuse((*where, "nullable"), f"{what} cannot be null", "remove it: it can be left out")
        return schema

    def _suits(self, example, schema):
        kinds = {"string": str, "integer": int, "boolean": bool}
        return type(example) is kinds.get(schema.get("type"), type(example))

    def _setter(self, name, where):
        if snake(name) in can.RESERVED_METHODS:
            self.refuse(where, f"the generated code has a method `{snake(name)}` already", "rename it")

    def _body(self, node, where):
        node, is_reference = self._referred(node, where, "requestBodies")
        if is_reference:
            return
        body = self._keys(node, where, "a request body", can.BODY, needed=("content",)) or {}
        if body.get("required") is not True:
            self.refuse(where, "an optional request body cannot be generated", "add `required: true`")
        if len(body.get("content", ["x"])) != 1:
            self.refuse((*where, "content"), "a request body needs one media type", "leave application/json")
        for media_type, media in body.get("content", {}).items():
            place = (*where, "content", media_type)
            if media_type == FORM:
                media = self._keys(media, place, "a form", {"schema": OBJECT}, needed=("schema",)) or {}
                self._form(media.get("schema", {}), (*place, "schema"))
            elif media_type != "application/json":
                self.refuse(place, f"a body of {media_type} cannot be generated", "use application/json, or " + EXTEND)
            else:
                media = self._keys(media, place, "a body", can.MEDIA, needed=("schema",)) or {}
                self._is_model(media.get("schema"), (*place, "schema"))
                self._example(media.get("example", {}), (*place, "example"))

    def _form(self, node, where):
        schema = self._keys(node, where, "the schema of a form", can.FORM, needed=("type", "properties")) or {}
        if schema.get("type", "object") != "object":
            self.refuse((*where, "type"), "a form must be an object", "write `type: object`")
        self._required(schema, where)
        for name, member in schema.get("properties", {}).items():
            place = (*where, "properties", name)
            self._name(name, place)
            self._setter(name, place)
            self._sent(member, place, "a member of a form", can.FORM_MEMBER)

    def _example(self, example, where):
        if not isinstance(example, dict):
            self.refuse(where, "the example of a body must be an object", "write it as one")
            return
        for name, value in example.items():
            values = value if isinstance(value, list) else [value]
            if not all(isinstance(each, str) for each in values) and not (
                isinstance(value, (bool, int)) and not isinstance(value, list)
            ):
                self.refuse((*where, name), "it cannot stand in an example", "use texts, lists of texts, numbers and booleans")

    def _is_model(self, schema, where):
        """The body must be one of the models."""
        if schema is None:
            return
        self._value(schema, where, "a body", {"allOf": LIST})
        if referred(self.document, schema).get("type") != "object":
            self.refuse(where, "a JSON body must refer to a schema of type object", "move the schema to components/schemas")

    def _responses(self, responses, where):
        success = {}
        for status, node in responses.items():
            place = (*where, "responses", status)
            if status.startswith("x-") and status in can.IGNORED:
                continue
            self._matches(can.STATUS, status, place, "the status", "three digits or `default`")
            response = self._response(node, place)
            if status.startswith("2"):
                success[status] = reference(part(response, "content", "application/json", "schema"))
        place = (*where, "responses")
        bodies = [success[status] for status in sorted(success)]
        if not any(status[:1] in "23" for status in responses):
            self.refuse(place, "no response is a success", "describe one of 2xx or 3xx")
        elif not success and part(resolve(self.document, responses.get("default")), "content"):
            # The generator would take the body of the error for that of the success.
            self.refuse(place, "the body of `default` would be taken for that of the success", "describe the errors by status")
        elif any(body not in (None, bodies[0]) for body in bodies):
            self.refuse(place, "the successes have different bodies", "describe one body, that of the lowest status")

    def _response(self, node, where):
        node, is_reference = self._referred(node, where, "responses")
        if is_reference:
            return node or {}
        response = self._keys(node, where, "a response", can.RESPONSE, needed=("description",)) or {}
        for name, header in response.get("headers", {}).items():
            self._header(header, (*where, "headers", name))
        content = response.get("content", {})
        for index, (media_type, media) in enumerate(content.items()):
            place = (*where, "content", media_type)
            self._matches(can.MEDIA_TYPE, media_type, place, "the media type", "a type without parameters, in lower case")
            media = self._keys(media, place, "a body", can.MEDIA, needed=("schema",)) or {}
            schema = media.get("schema")
            if schema is None:
                continue
            if media_type == "application/json" or media_type.endswith("+json"):
                self._is_model(schema, (*place, "schema"))
                if index:
                    self.refuse(place, "the JSON body must be the first of its response", "list it first")
            elif self._value(schema, (*place, "schema"), "a body", can.VALUE).get("type") != "string":
                self.refuse((*place, "schema"), f"a body of {media_type} must be a string", "write `type: string`")
        if "x-sent-schema" in response:
            self._is_model({"$ref": response["x-sent-schema"]}, (*where, "x-sent-schema"))
        return response

    def _header(self, node, where):
        node, is_reference = self._referred(node, where, "headers")
        if not is_reference:
            header = self._keys(node, where, "a header", can.HEADER) or {}
            if "schema" in header:
                self._value(header["schema"], (*where, "schema"), "a header", can.VALUE)

    # --- authorization ---------------------------------------------------------------------------------------------

    def _security(self, security, where):
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        for index, alternative in enumerate(security):
            place = (*where, "security", str(index))
            if not isinstance(alternative, dict) or len(alternative) > 1:
                self.refuse(place, "two authorizations at once cannot be generated", "list them as alternatives")
                continue
            for name, scopes in alternative.items():
                if name not in schemes:
                    self.refuse((*place, name), "it does not name one of components/securitySchemes", "correct it")
                if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
                    self.refuse((*place, name), "the scopes are not a list of texts", "correct them")

    def _scheme(self, node, where):
        allowed = {"type": TEXT, "description": TEXT, "scheme": TEXT, "bearerFormat": TEXT}
        scheme = self._keys(node, where, "a security scheme", {**allowed, "in": TEXT, "name": TEXT, "flows": OBJECT})
        if scheme is not None and variant(scheme) is None:
            self.refuse(where, "the runtime does not know this authorization", "use one of those that it knows: " + KNOWN)
        for name, flow in (scheme or {}).get("flows", {}).items():
            place = (*where, "flows", name)
            urls = dict.fromkeys(("authorizationUrl", "tokenUrl", "refreshUrl"), TEXT)
            self._keys(flow, place, "a flow", {**urls, "scopes": OBJECT})

    # --- schemas ---------------------------------------------------------------------------------------------------

    def _component_schema(self, schema, where):
        if not isinstance(schema, dict) or schema.get("type") != "object":
            self._value(schema, where, "a schema", can.VALUE)
            return
        model = self._keys(schema, where, "a model", can.MODEL, needed=("properties",)) or {}
        self._link(model, where)
        if model.get("additionalProperties") is False:
            self.refuse((*where, "additionalProperties"), "unknown members are always kept", "remove it")
        fields, properties = {}, model.get("properties", {})
        if len(properties) > can.MAX_MEMBERS:
            problem = f"a model can have {can.MAX_MEMBERS} properties"
            self.refuse((*where, "properties"), problem, "leave some out: they are kept in `additional_properties`")
        required = self._required(model, where)
        for name, member in properties.items():
            place = (*where, "properties", name)
            self._name(name, place)
            field = snake(name)
            if field in can.RESERVED_MEMBERS or field in can.RESERVED_METHODS:
                self.refuse(place, f"the model has `{field}` already", "leave it out: it is kept in `additional_properties`")
            elif field in fields:
                self.refuse(place, f"`{fields[field]}` has the same field", "leave it out: it is kept in `additional_properties`")
            fields[field] = name
            self._member(member, place, name in required)
            if "x-registration" in model:
                self._registered(member, place, name in required)

    def _registered(self, member, where, required):
        marks = [mark for mark in ("x-settable", "x-server-managed") if isinstance(member, dict) and mark in member]
        if len(marks) != 1:
            self.refuse(where, "a member of a registration is settable or server-managed", "add one of x-settable, x-server-managed")
        if required:
            self.refuse(where, "a member of a registration cannot be required", "make it optional")

    def _member(self, member, where, required):
        found = self._value(member, where, "a property", can.MEMBER)
        if "x-secret" in (member if isinstance(member, dict) else {}):
            if found.get("type") != "string":
                self.refuse((*where, "x-secret"), "only a string can be secret", "remove it, or write `type: string`")
            if required:
                self.refuse((*where, "x-secret"), "a required member cannot be secret", "make it optional")
        if required and found.get("nullable"):
            self.refuse((*where, "nullable"), "a required member cannot be null", "make it optional")
        if required and found.get("type") == "number":
            self.refuse(where, "a required member cannot be a number", "make it optional")


def _references(node):
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(each)


def _tags(paths):
    operations = [part(item, method) for item in paths.values() for method in can.METHODS]
    return [tag for each in operations if isinstance(part(each, "tags"), list) for tag in each["tags"]]
