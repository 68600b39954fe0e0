"""What the templates cannot generate is refused, and the node named."""

import copy
import re
import unittest
from random import Random

from description.prepared import prepare
from description.refusals import Refusals
from description.source import Source, Unreadable, pointer
from description.tests import ROOT, SOURCE, changed
from description.tests.accepted import ACCEPTED, change_all
from description.tests.changes import LOGOUT, nodes, operation, put, schemas
from description.tests.noticed import NOTICED
from description.tests.refused import REFUSED
from description.vocabulary import RESERVED_MEMBERS, RESERVED_METHODS, RESERVED_MODELS

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

    def test_what_would_be_wrong_fails_the_test_that_is_named(self):
        for name, change, _, test in NOTICED:
            with self.subTest(name):
                self.assertTrue(fails(test, changed(change)))

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

    def test_names_that_generated_models_use_are_reserved(self):
        for file in (ROOT / "crates/ory-oidc-gen/src/models").glob("*.rs"):
            code = file.read_text(encoding="utf-8")
            types = re.findall(r"\b[A-Z]\w*", " ".join(re.findall(r"^use [^;]*;", code, re.MULTILINE)))
            methods = set(re.findall(r"^    (?:pub )?fn (?:r#)?(\w+)", code, re.MULTILINE))
            setters = set(re.findall(r"^    pub (?:r#)?(\w+):", code, re.MULTILINE))
            if file.name != "mod.rs":
                with self.subTest(file.name):
                    self.assertLessEqual(set(types), RESERVED_MODELS)
                    self.assertLessEqual(methods - setters, RESERVED_METHODS | RESERVED_MEMBERS)
                    self.assertGreater(len(types), 5)

    def test_each_secret_is_marked(self):
        marked = {
            name: {member for member, value in schema.get("properties", {}).items() if "x-secret" in value}
            for name, schema in schemas(SOURCE.document).items()
        }
        parameters = operation(SOURCE.document, LOGOUT, "get")["parameters"]
        marked["logout"] = {each["name"] for each in parameters if "x-secret" in each}
        self.assertEqual({name: secrets for name, secrets in marked.items() if secrets}, SECRETS)


def fails(test, document):
    """Whether a test fails if our description is this document."""
    ours, SOURCE.document = SOURCE.document, document
    try:
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromName(f"description.tests.{test}").run(result)
    finally:
        SOURCE.document = ours
    return result.testsRun == 1 and not result.wasSuccessful()


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
