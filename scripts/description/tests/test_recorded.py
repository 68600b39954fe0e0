"""The recorded responses of Ory Hydra and the examples are as the description says."""

import json
import re
import unittest

from description.references import reference, resolve
from description.tests import ROOT, SOURCE

RECORDED = ROOT / "crates/ory-oidc-mock/tests/recorded/hydra.json"
KINDS = {"string": str, "array": list, "object": dict, "boolean": bool, "integer": int, "number": (int, float)}


def problems(document, schema, value, where=""):
    """What of a value is not as a schema says."""
    found = []
    if reference(schema):
        target = resolve(document, {"$ref": reference(schema)})
        nullable = schema.get("nullable") or target.get("nullable")
        return [] if value is None and nullable else problems(document, target, value, where)
    if value is None:
        return [] if schema.get("nullable") or "type" not in schema else [f"{where} is null"]
    if "type" in schema:
        kind = KINDS[schema["type"]]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return [f"{where} is not of type {schema['type']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where} does not match {schema['pattern']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where} is not one of {schema['enum']}")
    if isinstance(value, list):
        for index, each in enumerate(value):
            found += problems(document, schema["items"], each, f"{where}/{index}")
    for name in schema.get("required", ()):
        if name not in value:
            found.append(f"{where} has no {name}")
    for name, member in schema.get("properties", {}).items():
        if name in value:
            found += problems(document, member, value[name], f"{where}/{name}")
    return found


def described(document, exchange):
    """The description of a recorded response, or None if its operation is not described."""
    path = exchange["request"]["path"].split("?")[0]
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path):
            operation = item.get(exchange["request"]["method"].lower())
            responses = operation["responses"] if operation else {}
            status = str(exchange["response"]["status"])
            return resolve(document, responses.get(status) or responses.get("default"))
    return None


def examples(node, where=()):
    """The examples below a node: for each its place, its schema and its value."""
    if isinstance(node, dict):
        if "example" in node:
            yield where, node.get("schema", node), node["example"]
        for key, value in node.items():
            yield from examples(value, (*where, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from examples(value, (*where, index))


class TestRecorded(unittest.TestCase):
    def test_each_recorded_body_is_as_described(self):
        document = SOURCE.document
        checked = 0
        for exchange in json.loads(RECORDED.read_text(encoding="utf-8")):
            response = described(document, exchange)
            body = exchange["response"]["body"]
            headers = {name.lower(): value for name, value in exchange["response"]["headers"]}
            media_type = headers.get("content-type", "").split(";")[0]
            if response is None or not body or media_type not in response.get("content", {}):
                continue
            schema = response["content"][media_type]["schema"]
            if "x-sent-schema" in response:
                schema = {"$ref": response["x-sent-schema"]}
            with self.subTest(exchange["name"]):
                value = json.loads(body) if media_type == "application/json" else body
                self.assertEqual(problems(document, schema, value), [])
            checked += 1
        self.assertGreater(checked, 40)

    def test_each_example_is_as_described(self):
        found = list(examples(SOURCE.document))
        self.assertGreater(len(found), 70)
        for where, schema, value in found:
            with self.subTest(where):
                self.assertEqual(problems(SOURCE.document, schema, value), [])
                # A media type's example has only members that the model has.
                properties = resolve(SOURCE.document, {"$ref": reference(schema)} if reference(schema) else schema).get("properties")
                if properties:
                    self.assertLessEqual(set(value), set(properties))
