"""Changes of the description that can be generated, but make the crate wrong: a test fails for each."""

from description.tests import SOURCE
from description.tests.changes import LOGOUT, nodes, put, remove

SECRETS = "test_refusals.TestRefusals.test_each_secret_is_marked"
RECORDED = "test_recorded.TestRecorded.test_each_recorded_body_is_as_described"
EXAMPLES = "test_recorded.TestRecorded.test_each_example_is_as_described"
CLIENT = ("components", "schemas", "oAuth2Client")
METADATA = ("components", "schemas", "oidcConfiguration")


def _secrets():
    """The removal of each mark of a secret."""
    for where in nodes(SOURCE.document):
        if where[-1] == "x-secret":
            name = where[-2] if where[0] == "components" else f"a parameter of {where[1]}"
            if where[0] == "components":
                yield f"{name} is no secret", remove(*where), f"pub {name}: Option<String>", SECRETS
            else:
                yield _parameter(where)


def _parameter(where):
    node = SOURCE.document
    for key in where[:-1]:
        node = node[key]
    name = node["name"]
    return f"{name} is no secret", remove(*where), f'.field("{name}", &self.{name})', SECRETS


# The name of a change, the change, a text that the generated code has with it, and the test that fails. Without a text, the
# documentation changes.
NOTICED = [
    *_secrets(),
    ("a list is never null", remove(*CLIENT, "properties", "redirect_uris", "nullable"), None, RECORDED),
    ("a lifespan is never null", remove("components", "schemas", "NullDuration", "nullable"), None, RECORDED),
    ("a text is a number", put(*CLIENT, "properties", "scope", "type", "integer"), "pub scope: Option<i64>", RECORDED),
    ("a list is a text", put(*METADATA, "properties", "scopes_supported", {"type": "string"}), "pub scopes_supported: Option<String>", RECORDED),
    ("a switch is a text", put(*METADATA, "properties", "backchannel_logout_supported", "type", "string"), "pub backchannel_logout_supported: Option<String>", RECORDED),
    ("a member that may be absent is required", put("components", "schemas", "errorOAuth2", "required", ["error_hint"]), "pub error_hint: String", RECORDED),
    ("a pattern that real values do not match", put(*CLIENT, "properties", "client_name", "pattern", "^never$"), "Pattern: `^never$`.", RECORDED),
    ("listed values that lack a real one", put(*CLIENT, "properties", "subject_type", "enum", ["pairwise"]), "Known values: `pairwise`. Others are kept as they are.", RECORDED),
    ("an example of another type", put("components", "schemas", "oidcUserInfo", "properties", "nickname", "example", 5), "Example: `5`.", EXAMPLES),
]
