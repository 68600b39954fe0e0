"""Checks of one node of a description, which those of the whole document are made of."""

from description import vocabulary as can
from description.names import KEYWORDS, snake
from description.references import resolve
from description.vocabulary import EXTEND, NUMBER


class Checks:
    """Collects `(where, problem, advice)` of a document."""

    def __init__(self, document):
        self.document = document
        self.found = []

    def refuse(self, where, problem, advice):
        refusal = (tuple(where), problem, advice)
        if refusal not in self.found:
            self.found.append(refusal)

    def _keys(self, node, where, what, allowed, needed=()):
        """Refuses the keys that are not allowed, and values of the wrong kind. Returns what is left."""
        if not isinstance(node, dict):
            self.refuse(where, f"{what} must be an object", "write it as one")
            return None
        left = {}
        for key, value in node.items():
            place = (*where, key)
            if key in allowed:
                if self._is(value, allowed[key], place, key):
                    left[key] = value
            elif key.startswith("x-"):
                if key not in can.IGNORED:
                    self.refuse(place, f"unknown extension of {what}", "correct its name, or remove it")
            else:
                self.refuse(place, f"`{key}` of {what} cannot be generated", can.ADVICE.get(key, EXTEND))
        for key in needed:
            if key not in node:
                self.refuse(where, f"{what} has no `{key}`", f"add `{key}`")
        return left

    def _is(self, value, kind, where, key):
        right = isinstance(value, kind) and not (kind is NUMBER and isinstance(value, bool))
        if not right:
            self.refuse(where, f"`{key}` is not {can.TYPES[kind]}", "correct it")
        elif key.startswith("x-") and value is False:
            self.refuse(where, f"`{key}` is false", "remove it")
        return right

    def _matches(self, pattern, text, where, what, form):
        if not pattern.fullmatch(text):
            self.refuse(where, f"{what} {text!r} cannot be generated", f"use {form}")

    def _link(self, node, where):
        if node and "externalDocs" in node:
            where = (*where, "externalDocs")
            link = self._keys(node["externalDocs"], where, "a link", can.LINK, needed=("url",)) or {}
            self._matches(can.URL, link.get("url", "https://a"), (*where, "url"), "the URL", "an http(s) URL without brackets")

    def _referred(self, node, where, kind):
        """Follows a reference to a component, which is checked where it is. Returns it and whether it was one."""
        if not isinstance(node, dict) or "$ref" not in node:
            return node, False
        for key in node:
            if key != "$ref":
                self.refuse((*where, key), f"`{key}` beside a `$ref` has no effect", "write `allOf` with the reference in it")
        found = resolve(self.document, node, kind)
        if found is None:
            self.refuse((*where, "$ref"), f"it does not refer to one of components/{kind}", "correct it")
        elif where[:2] == ("components", kind) and len(where) == 3:
            self.refuse((*where, "$ref"), "a component cannot be another name of one", "remove it")
        return found, True

    def _required(self, schema, where):
        """The names of the required members."""
        names = [name for name in schema.get("required", ()) if isinstance(name, str)]
        if len(names) != len(schema.get("required", ())):
            self.refuse((*where, "required"), "it is not a list of names", "correct it")
        for name in names:
            if name not in schema.get("properties", {}):
                self.refuse((*where, "required"), f"it names `{name}`, which is not a property", "describe or remove it")
        return names

    def _name(self, name, where):
        self._matches(can.NAME, name, where, "the name", "letters, digits, `_`, `-` and `.`, beginning with a letter")
        if snake(name) in KEYWORDS:
            self.refuse(where, f"`{snake(name)}` is a keyword of Rust", "leave it out")

    def _value(self, node, where, what, allowed):
        """Checks the schema of one value. Returns it with all references followed, as far as it goes."""
        node, is_reference = self._referred(node, where, "schemas")
        if is_reference:
            return node or {}
        schema = self._keys(node, where, what, allowed)
        if schema is None:
            return {}
        self._link(schema, where)
        if "allOf" in schema:
            alone = schema["allOf"][0] if len(schema["allOf"]) == 1 else None
            if not isinstance(alone, dict) or "$ref" not in alone:
                self.refuse((*where, "allOf"), "only one reference can stand in `allOf`", "describe the schema in components/schemas")
                return schema
            for key in ("type", "format", "items", "enum"):
                if key in schema:
                    self.refuse((*where, key), f"`{key}` beside `allOf` has no effect", "describe it in the schema referred to")
            return {**self._value(alone, (*where, "allOf", "0"), what, can.VALUE), **schema}
        of = schema.get("type")
        if of is None:
            for key in ("format", "items", "enum", "pattern"):
                if key in schema:
                    self.refuse((*where, key), f"`{key}` without `type` has no effect", "add the type")
        elif of not in ("string", "integer", "number", "boolean", "array", "object"):
            self.refuse((*where, "type"), f"the type `{of}` is unknown", "correct it")
        elif "format" in schema and schema["format"] not in can.FORMATS.get(of, ()):
            self.refuse((*where, "format"), f"the format `{schema['format']}` of {of} is unknown", "remove it, or " + EXTEND.split(", or ")[1])
        values = schema.get("enum", ["x"])
        if (of != "string" and "enum" in schema) or not values or not all(isinstance(value, str) for value in values):
            self.refuse((*where, "enum"), "only strings can be listed", "list the values in the description")
        if of == "array":
            if "items" not in schema:
                self.refuse(where, "a list has no `items`", "add `items`")
            else:
                items = self._value(schema["items"], (*where, "items"), "an item", can.VALUE)
                if items.get("nullable"):
                    self.refuse((*where, "items", "nullable"), "an item cannot be null", "remove it, or leave the type of the items out")
        return schema
