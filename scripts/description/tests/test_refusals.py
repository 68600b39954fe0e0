"""What the templates cannot generate is refused, and the node named."""

import copy
import unittest
from random import Random

from description.prepared import prepare
from description.refusals import Refusals
from description.source import Source, Unreadable, pointer
from description.tests import SOURCE, changed
from description.tests.accepted import ACCEPTED, change_all
from description.tests.changes import CLIENT, JSON, LOGOUT, OK, REGISTER, USERINFO, add, nodes, operation, parameter, put, remove, schemas



QUERY = "#/paths/~1userinfo/get/parameters/0"
INFO = "#/components/schemas/oidcUserInfo"
BODY = ("paths", REGISTER, "post", "requestBody")

# The name of a change, the change, the node that the refusal names, and a part of what it says.
REFUSED = [
    # parameters
    ("a header parameter", parameter(**{"in": "header"}), f"{QUERY}/in", "a header parameter cannot be generated"),
    ("a cookie parameter", parameter(**{"in": "cookie"}), f"{QUERY}/in", "a cookie parameter"),
    ("a required query parameter", parameter(required=True), f"{QUERY}/required", "make it optional"),
    ("an integer query parameter", parameter(schema={"type": "integer"}), f"{QUERY}/schema", "only a string"),
    ("a query parameter that is a list", parameter(schema={"type": "array", "items": {"type": "string"}}), f"{QUERY}/schema", "only a string"),
    ("a query parameter that is an object", parameter(schema={"type": "object"}), f"{QUERY}/schema", "only a string"),
    ("a query parameter without a type", parameter(schema={}), f"{QUERY}/schema", "only a string"),
    ("a parameter with a style", parameter(style="form"), f"{QUERY}/style", "`style` of a parameter"),
    ("a parameter with content", parameter(content={}), f"{QUERY}/content", "`content` of a parameter"),
    ("a parameter that allows reserved characters", parameter(allowReserved=True), f"{QUERY}/allowReserved", "always encoded"),
    ("a parameter that can be null", parameter(schema={"type": "string", "nullable": True}), f"{QUERY}/schema/nullable", "cannot be null"),
    ("a parameter with a method's name", parameter(name="clone"), f"{QUERY}/name", "a method `clone` already"),
    ("a parameter with a keyword's name", parameter(name="self"), f"{QUERY}/name", "a keyword of Rust"),
    ("a parameter with quotes in its name", parameter(name='a"b'), f"{QUERY}/name", "cannot be generated"),
    ("two parameters with one field", put("paths", LOGOUT, "get", "parameters", 1, {"name": "idTokenHint", "in": "query", "schema": {"type": "string"}}), "#/paths/~1oauth2~1sessions~1logout/get/parameters/1", "`id_token_hint` is also the name of id_token_hint"),
    ("an integer path parameter", put("components", "parameters", "id", "schema", {"type": "integer"}), "#/components/parameters/id/schema", "only a string"),
    ("a secret path parameter", put("components", "parameters", "id", "x-secret", True), "#/components/parameters/id/x-secret", "cannot be secret"),
    ("an optional path parameter", remove("components", "parameters", "id", "required"), "#/components/parameters/id", "must be required"),
    ("a path parameter that is not described", remove("paths", CLIENT, "get", "parameters"), "#/paths/~1oauth2~1register~1{id}/get", "not those of the path"),
    ("a path parameter with an argument's name", put("components", "parameters", "id", "name", "configuration"), "#/paths/~1oauth2~1register~1{id}/get/parameters/0", "an argument of every function"),
    ("parameters of a path", put("paths", CLIENT, "parameters", []), "#/paths/~1oauth2~1register~1{id}/parameters", "list them at each operation"),
    # bodies
    ("a form body", put(*BODY, "content", {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}), "#/paths/~1oauth2~1register/post/requestBody/content/application~1x-www-form-urlencoded", "cannot be generated"),
    ("a second kind of body", put(*BODY, "content", "text/plain", {"schema": {"type": "string"}}), "#/paths/~1oauth2~1register/post/requestBody/content/text~1plain", "cannot be generated"),
    ("a body without a media type", put(*BODY, "content", {}), "#/paths/~1oauth2~1register/post/requestBody/content", "no media type"),
    ("an optional body", remove(*BODY, "required"), "#/paths/~1oauth2~1register/post/requestBody", "add `required: true`"),
    ("a body of GET", put("paths", USERINFO, "get", "requestBody", {"$ref": "#/components/requestBodies/none"}), "#/paths/~1userinfo/get/requestBody", "a body of GET"),
    ("a body that is a list", put(*BODY, "content", JSON, "schema", {"type": "array", "items": {}}), "#/paths/~1oauth2~1register/post/requestBody/content/application~1json/schema", "must refer to a schema"),
    ("a body that is described in place", put(*BODY, "content", JSON, "schema", {"type": "object", "properties": {}}), "#/paths/~1oauth2~1register/post/requestBody/content/application~1json/schema", "must refer to a schema"),
    ("a response that is a list", put(*OK, "content", JSON, "schema", {"type": "array", "items": {}}), "#/paths/~1userinfo/get/responses/200/content/application~1json/schema", "must refer to a schema"),
    ("a response of bytes", put(*OK, "content", "image/png", {"schema": {"type": "string", "format": "binary"}}), "#/paths/~1userinfo/get/responses/200/content/image~1png/schema/format", "the format `binary`"),
    ("two successes with different bodies", put("paths", USERINFO, "get", "responses", "201", {"description": "x", "content": {JSON: {"schema": {"$ref": "#/components/schemas/jsonWebKey"}}}}), "#/paths/~1userinfo/get/responses", "different bodies"),
    ("a success whose JSON is not listed first", put(*OK, "content", {"application/jwt": {"schema": {"type": "string"}}, JSON: {"schema": {"$ref": "#/components/schemas/oidcUserInfo"}}}), "#/paths/~1userinfo/get/responses/200/content/application~1json", "list it first"),
    ("no success", remove(*OK), "#/paths/~1userinfo/get/responses", "no response is a success"),
    ("an error that would be taken for the success", put("paths", LOGOUT, "get", "responses", {"302": {"description": "x"}, "default": {"description": "x", "content": {JSON: {"schema": {"$ref": "#/components/schemas/errorOAuth2"}}}}}), "#/paths/~1oauth2~1sessions~1logout/get/responses", "taken for that of the success"),
    ("a status for many", put("paths", USERINFO, "get", "responses", "4XX", {"description": "x"}), "#/paths/~1userinfo/get/responses/4XX", "three digits"),
    ("links of a response", put(*OK, "links", {}), "#/paths/~1userinfo/get/responses/200/links", "`links` of a response"),
    # schemas
    ("oneOf", add("x", oneOf=[{"type": "string"}, {"type": "integer"}]), f"{INFO}/properties/x/oneOf", "leave the type out"),
    ("anyOf", add("x", anyOf=[{"type": "string"}]), f"{INFO}/properties/x/anyOf", "leave the type out"),
    ("not", add("x", **{"not": {"type": "string"}}), f"{INFO}/properties/x/not", "cannot be generated"),
    ("a discriminator", put("components", "schemas", "oidcUserInfo", "discriminator", {"propertyName": "sub"}), f"{INFO}/discriminator", "cannot be generated"),
    ("allOf with two schemas", add("x", allOf=[{"$ref": "#/components/schemas/jsonWebKey"}, {"$ref": "#/components/schemas/jsonWebKeySet"}]), f"{INFO}/properties/x/allOf", "only one reference"),
    ("allOf with a schema in place", add("x", allOf=[{"type": "string"}]), f"{INFO}/properties/x/allOf", "only one reference"),
    ("a model made by allOf", put("components", "schemas", "oidcUserInfo", "allOf", [{"$ref": "#/components/schemas/jsonWebKey"}]), f"{INFO}/allOf", "cannot be generated"),
    ("an enum of numbers", add("x", type="integer", enum=[1, 2]), f"{INFO}/properties/x/enum", "only strings"),
    ("an enum without a type", add("x", enum=["a"]), f"{INFO}/properties/x/enum", "add the type"),
    ("a model without unknown members", put("components", "schemas", "oidcUserInfo", "additionalProperties", False), f"{INFO}/additionalProperties", "always kept"),
    ("a model whose unknown members have a type", put("components", "schemas", "oidcUserInfo", "additionalProperties", {"type": "string"}), f"{INFO}/additionalProperties", "not true or false"),
    ("a map", add("x", type="object", additionalProperties={"type": "string"}), f"{INFO}/properties/x/additionalProperties", "cannot be generated"),
    ("an object in place", add("x", type="object", properties={"y": {"type": "string"}}), f"{INFO}/properties/x/properties", "components/schemas"),
    ("a required member that can be null", add("x", required=True, type="string", nullable=True), f"{INFO}/properties/x/nullable", "cannot be null"),
    ("a required member that refers to null", lambda d: (add("x", required=True, allOf=[{"$ref": "#/components/schemas/NullDuration"}])(d), put("components", "schemas", "NullDuration", "nullable", True)(d)), f"{INFO}/properties/x/nullable", "cannot be null"),
    ("a required secret", add("x", required=True, type="string", **{"x-secret": True}), f"{INFO}/properties/x/x-secret", "cannot be secret"),
    ("a secret that is a number", add("x", type="integer", **{"x-secret": True}), f"{INFO}/properties/x/x-secret", "only a string"),
    ("a secret list", add("x", type="array", items={"type": "string"}, **{"x-secret": True}), f"{INFO}/properties/x/x-secret", "only a string"),
    ("a required number", add("x", required=True, type="number"), f"{INFO}/properties/x", "cannot be a number"),
    ("a required member that is not described", put("components", "schemas", "oidcUserInfo", "required", ["nowhere"]), f"{INFO}/required", "not a property"),
    ("an item that can be null", add("x", type="array", items={"type": "string", "nullable": True}), f"{INFO}/properties/x/items/nullable", "cannot be null"),
    ("a list without items", add("x", type="array"), f"{INFO}/properties/x", "no `items`"),
    ("an empty list of values", add("x", type="string", enum=[]), f"{INFO}/properties/x/enum", "only strings"),
    ("a required member without a name", put("components", "schemas", "oidcUserInfo", "required", [1]), f"{INFO}/required", "not a list of names"),
    ("a schema that is another one's name", put("components", "schemas", "x", {"$ref": "#/components/schemas/jsonWebKey"}), "#/components/schemas/x/$ref", "another name"),
    ("an unknown type", add("x", type="integr"), f"{INFO}/properties/x/type", "is unknown"),
    ("the type null of OpenAPI 3.1", add("x", type=["string", "null"]), f"{INFO}/properties/x/type", "not a text"),
    ("const of OpenAPI 3.1", add("x", type="string", const="a"), f"{INFO}/properties/x/const", "cannot be generated"),
    ("an unknown format", add("x", type="string", format="binary"), f"{INFO}/properties/x/format", "is unknown"),
    ("readOnly", add("x", type="string", readOnly=True), f"{INFO}/properties/x/readOnly", "x-server-managed"),
    ("text beside a reference", add("x", **{"$ref": "#/components/schemas/jsonWebKey", "description": "x"}), f"{INFO}/properties/x/description", "has no effect"),
    ("a reference to nothing", add("x", **{"$ref": "#/components/schemas/nowhere"}), f"{INFO}/properties/x/$ref", "does not refer"),
    ("a reference to another file", add("x", **{"$ref": "other.yaml#/x"}), f"{INFO}/properties/x/$ref", "does not refer"),
    ("a schema that contains itself", add("x", **{"$ref": "#/components/schemas/oidcUserInfo"}), INFO, "contains itself"),
    ("a property with the field of all others", add("additional_properties", type="string"), f"{INFO}/properties/additional_properties", "already"),
    ("a property with a method's name", add("clear", type="string"), f"{INFO}/properties/clear", "already"),
    ("a property with a constructor's name", add("new", type="string"), f"{INFO}/properties/new", "already"),
    ("two properties with one field", add("givenName", type="string"), f"{INFO}/properties/givenName", "has the same field"),
    ("two schemas with one model", put("components", "schemas", "ErrorOAuth2", {"type": "object", "properties": {}}), "#/components/schemas/ErrorOAuth2", "its model ErrorOAuth2"),
    ("a schema with the name of a model's file", put("components", "schemas", "oauth2_client", {"type": "string"}), "#/components/schemas/oAuth2Client", "the name of the schema `oauth2_client`"),
    ("a schema with the name of a Rust type", put("components", "schemas", "option", {"type": "object", "properties": {}}), "#/components/schemas/option", "a type named Option already"),
    ("a model without properties", put("components", "schemas", "empty", {"type": "object"}), "#/components/schemas/empty", "no `properties`"),
    ("a member of a registration that is neither settable nor managed", remove("components", "schemas", "oAuth2Client", "properties", "scope", "x-settable"), "#/components/schemas/oAuth2Client/properties/scope", "add one of"),
    ("a required member of a registration", put("components", "schemas", "oAuth2Client", "required", ["scope"]), "#/components/schemas/oAuth2Client/properties/scope", "cannot be required"),
    ("a misspelled extension", add("x", type="string", **{"x-secrets": True}), f"{INFO}/properties/x/x-secrets", "unknown extension"),
    ("an extension that is false", add("x", type="string", **{"x-secret": False}), f"{INFO}/properties/x/x-secret", "is false"),
    ("a forbidden character", put("paths", USERINFO, "get", "summary", "a\u202eb"), "#/paths/~1userinfo/get/summary", "U+202E"),
    # authorization
    ("an unknown authorization", put("components", "securitySchemes", "digest", {"type": "http", "scheme": "digest"}), "#/components/securitySchemes/digest", "does not know"),
    ("an API key in a header", put("components", "securitySchemes", "key", {"type": "apiKey", "in": "header", "name": "X-Key"}), "#/components/securitySchemes/key", "does not know"),
    ("two authorizations at once", put("paths", USERINFO, "get", "security", [{"oauth2": [], "basic": []}]), "#/paths/~1userinfo/get/security/0", "two authorizations"),
    ("an authorization that is not described", put("paths", USERINFO, "get", "security", [{"nowhere": []}]), "#/paths/~1userinfo/get/security/0/nowhere", "does not name"),
    ("security of the whole document", put("security", [{"bearer": []}]), "#/security", "at each operation"),
    ("scopes that are not a list", put("paths", USERINFO, "get", "security", [{"oauth2": None}]), "#/paths/~1userinfo/get/security/0/oauth2", "not a list"),
    # the document
    ("a tag that no operation has", put("tags", 1, {"name": "admin"}), "#/tags/1", "no operation"),
    ("a component that is not used", put("components", "headers", {"x": {"schema": {"type": "string"}}}), "#/components/headers/x", "not used"),
    ("OpenAPI 3.1", put("openapi", "3.1.0"), "#/openapi", "only OpenAPI 3.0"),
    ("webhooks", put("webhooks", {}), "#/webhooks", "cannot be generated"),
    ("callbacks", put("paths", USERINFO, "get", "callbacks", {}), "#/paths/~1userinfo/get/callbacks", "cannot be generated"),
    ("a server of an operation", put("paths", USERINFO, "get", "servers", []), "#/paths/~1userinfo/get/servers", "at the top"),
    ("a second server", put("servers", 1, {"url": "https://id.example"}), "#/servers/1", "a second server"),
    ("a server with variables", put("servers", 0, {"url": "https://{slug}.example"}), "#/servers/0/url", "cannot be generated"),
    ("a path with a part of a segment", put("paths", "/x{id}", {}), "#/paths/~1x{id}", "cannot be generated"),
    ("two operations with one function", put("paths", USERINFO, "get", "operationId", "get_oidc_dynamic_client"), "#/paths/~1userinfo/get/operationId", "has the same function"),
    ("an operation that a module cannot have", put("paths", USERINFO, "get", "tags", ["Not a name"]), "#/paths/~1userinfo/get/tags", "one tag"),
    ("an operation without a summary", remove("paths", USERINFO, "get", "summary"), "#/paths/~1userinfo/get", "no `summary`"),
    ("a trace", put("paths", USERINFO, "trace", {}), "#/paths/~1userinfo/trace", "`trace` of a path"),
]

# What must never be shown: RFC 7591 §3.2.1, RFC 7592 §3, RFC 7518 §6, and what names a user.
SECRETS = {
    "oAuth2Client": {"client_secret", "registration_access_token"},
    "jsonWebKey": {"d", "dp", "dq", "k", "p", "q", "qi"},
    "logout": {"id_token_hint", "logout_hint", "state"},
}


class TestRefusals(unittest.TestCase):
    maxDiff = None

    def test_the_description_is_not_refused(self):
        self.assertEqual(Refusals(SOURCE.document).found, [])

    def test_what_cannot_be_generated_is_refused_with_its_node(self):
        for name, change, node, text in REFUSED:
            with self.subTest(name):
                found = [(pointer(where), f"{problem}: {advice}") for where, problem, advice in Refusals(changed(change)).found]
                self.assertTrue(any(where == node and text in said for where, said in found), found)

    def test_what_can_be_generated_is_not_refused(self):
        self.assertEqual(Refusals(changed(change_all)).found, [])
        self.assertGreater(len(ACCEPTED), 40)

    def test_a_node_of_any_kind_is_refused_or_prepared(self):
        """A node that is not what it should be must not end the check with a traceback."""
        everything = changed(change_all)
        random = Random(7)
        for where in random.sample(list(nodes(everything)), 50):
            for value in random.sample([None, "x", 5, True, [], {}, [None], {"x": 1}, {"$ref": 5}], 2):
                with self.subTest(where, value=value):
                    document = copy.deepcopy(everything)
                    put(*where, value)(document)
                    if not Refusals(document).found:
                        prepare(document)

    def test_each_secret_is_marked(self):
        marked = {
            name: {member for member, value in schema.get("properties", {}).items() if "x-secret" in value}
            for name, schema in schemas(SOURCE.document).items()
        }
        parameters = operation(SOURCE.document, LOGOUT, "get")["parameters"]
        marked["logout"] = {each["name"] for each in parameters if "x-secret" in each}
        self.assertEqual({name: secrets for name, secrets in marked.items() if secrets}, SECRETS)


class TestSource(unittest.TestCase):
    def place(self, text, *where):
        return Source(text, "a.yaml").place(where)

    def test_a_node_is_named_by_line_and_pointer(self):
        text = "paths:\n  /a/{b}:\n    get:\n      tags:\n      - x\n      - y\n"
        self.assertEqual(self.place(text, "paths", "/a/{b}", "get", "tags", "1"), "a.yaml:6: #/paths/~1a~1{b}/get/tags/1")

    def test_a_node_that_is_missing_is_named_by_the_line_above_it(self):
        self.assertEqual(self.place("a:\n  b: 1\n", "a", "c"), "a.yaml:1: #/a/c")

    def test_what_is_not_yaml_is_named_by_its_line(self):
        for text, said in (
            ("a: [1\nb: {", "a.yaml:2: "),
            ("a: b\n c: d\n", "a.yaml:2: "),
            ("a: 1\na: 2\n", 'a.yaml:2: found duplicate key "a"'),
            ("- a\n", "a.yaml: not an OpenAPI description"),
            ("", "a.yaml: not an OpenAPI description"),
        ):
            with self.subTest(text), self.assertRaises(Unreadable) as raised:
                Source(text, "a.yaml")
            self.assertTrue(str(raised.exception).startswith(said), raised.exception)
            self.assertNotIn("\n", str(raised.exception))
