"""What the description says reaches the readers of the generated code and of the page."""

import copy
import unittest

from description.page import page
from description.prepared import COMMENT, prepare
from description.tests import SOURCE, changed
from description.tests.changes import CLIENT, JSON, LOGOUT, OK, REGISTER, USERINFO, nodes, operation, put

TEXTS = ("description", "summary", "title", "example", "default", "pattern", "url", "operationId")


def at(document, where):
    for key in where:
        document = document[key]
    return document


def comment(document, path, method):
    return "\n".join(operation(prepare(document), path, method)[COMMENT])


class TestComments(unittest.TestCase):
    maxDiff = None

    def test_every_text_of_the_description_reaches_a_reader(self):
        document = copy.deepcopy(SOURCE.document)
        marked = {}
        for number, where in enumerate(list(nodes(document))):
            if where[-1] in TEXTS and isinstance(at(document, where), str):
                marked[f"marker{number}x"] = where
                put(*where, f"https://a.example/marker{number}x" if where[-1] == "url" else f"marker{number}x")(document)
        prepared = prepare(document)
        shown = page(document)
        for where in nodes(prepared):
            if where[-1] == COMMENT:
                shown += at(prepared, where)
        shown = "\n".join(shown)
        self.assertGreater(len(marked), 150)
        # License and contact are those of the crate.
        unshown = [where for marker, where in marked.items() if marker not in shown]
        self.assertEqual([where for where in unshown if where[:2] not in (("info", "license"), ("info", "contact"))], [])

    def test_a_function_documents_its_call(self):
        text = comment(SOURCE.document, CLIENT, "put")
        sections = [line for line in text.splitlines() if line.startswith("/// # ") and "fn" not in line and "()" not in line]
        self.assertEqual(
            [line[6:] for line in sections if line != "/// # }"],
            ["Parameters", "Request body", "Responses", "Authorization", "Errors", "Example"],
        )
        for part in (
            "Replaces a client registration (`PUT /oauth2/register/{id}`).",
            "- `id`: The `client_id` of the client",
            "`oauth2_client`: [`models::OAuth2Client`], sent as JSON.",
            "- `200`: The updated client",
            "- [`Authorization::ClientSecretBasic`]: The client's own",
            "- `404`: Dynamic client registration is disabled.",
            "Body: `application/json`, [`models::ErrorOAuth2`].",
            'let authorization = Authorization::Bearer("ory_at_example");',
        ):
            self.assertIn(part, text)

    def test_the_body_that_is_really_sent_is_documented(self):
        text = comment(SOURCE.document, CLIENT, "delete")
        self.assertIn("[`models::ErrorOAuth2`]", text)
        self.assertNotIn("[`models::GenericError`]", text)

    def test_an_optional_authorization_is_left_out_of_the_example(self):
        self.assertIn("let authorization = Authorization::None;", comment(SOURCE.document, REGISTER, "post"))

    def test_examples_of_the_description_are_in_the_code(self):
        document = changed(put("paths", LOGOUT, "get", "parameters", 2, "example", 'a"b'))
        self.assertIn('.state("a\\"b")', comment(document, LOGOUT, "get"))
        self.assertIn('.client_name("My App")', comment(document, REGISTER, "post"))

    def test_an_operation_without_json_has_no_decoded_response(self):
        self.assertIn("response.status()", comment(SOURCE.document, LOGOUT, "get"))
        self.assertIn("response.decode()?", comment(SOURCE.document, USERINFO, "get"))
        document = changed(put(*OK, {"description": "x", "content": {"text/html": {"schema": {"type": "string"}}}}))
        self.assertNotIn("decode", comment(document, USERINFO, "get").split("# Example")[1])

    def test_listed_values_are_documented_and_generated_as_any_text(self):
        document = changed(put("components", "schemas", "oidcUserInfo", "properties", "gender", "enum", ["a", "b"]))
        member = prepare(document)["components"]["schemas"]["oidcUserInfo"]["properties"]["gender"]
        self.assertNotIn("enum", member)
        self.assertIn("/// Known values: `a`, `b`. Others are kept as they are.", member[COMMENT])

    def test_the_page_has_a_section_for_each_operation(self):
        lines = page(SOURCE.document)
        for path, item in SOURCE.document["paths"].items():
            for method, each in item.items():
                self.assertIn(f"### {each['operationId']}", lines)
                self.assertIn(f"`{method.upper()} {path}`", "\n".join(lines))
        self.assertIn("- `id_token_hint` (query, secret):", " ".join(lines))
        self.assertIn('  "client_name": "My App",', lines)
        self.assertIn(JSON, " ".join(lines))
