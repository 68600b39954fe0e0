"""Changes of the description that can be generated, but make the crate wrong: a test fails for each."""

from description.tests import SOURCE
from description.tests.changes import LOGOUT, USERINFO, nodes, put, remove

SECRETS = "test_refusals.TestRefusals.test_each_secret_is_marked"
RECORDED = "test_recorded.TestRecorded.test_each_recorded_body_is_as_described"
OPERATIONS = "test_operations.TestOperations.test_the_operations_are_those_that_the_facade_calls"
PARAMETERS = "test_operations.TestOperations.test_the_logout_has_the_parameters_of_the_standard"
MANAGED = "test_operations.TestOperations.test_what_only_the_server_sets_is_marked"
REQUIRED = "test_operations.TestOperations.test_only_what_safety_depends_on_is_required"
EXAMPLES = "test_recorded.TestRecorded.test_each_example_is_as_described"
CLIENT = ("components", "schemas", "oAuth2Client")
METADATA = ("components", "schemas", "oidcConfiguration")


def _move(path, to):
    def change(document):
        document["paths"][to] = document["paths"].pop(path)
    return change


def _swap(path, method, to):
    def change(document):
        document["paths"][path][to] = document["paths"][path].pop(method)
    return change


def _swap_response(path, method, code, to):
    def change(document):
        responses = document["paths"][path][method]["responses"]
        responses[to] = responses.pop(code)
    return change


def _mark(member, mark, to):
    def change(document):
        marked = document["components"]["schemas"]["oAuth2Client"]["properties"][member]
        marked[to] = marked.pop(mark)
    return change


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
    ("another name of an operation", put("paths", USERINFO, "get", "operationId", "getUser"), "pub async fn get_user(", OPERATIONS),
    ("another path of an operation", _move(USERINFO, "/oauth2/userinfo"), '"GET", "/oauth2/userinfo"', OPERATIONS),
    ("another method of an operation", _swap("/oauth2/register", "post", "patch"), '"createOidcDynamicClient", "PATCH", "/oauth2/register"', OPERATIONS),
    ("another success", _swap_response("/oauth2/register/{id}", "delete", "204", "202"), "- `202`: Success without a body.", OPERATIONS),
    ("no redirect of the logout", remove("paths", LOGOUT, "get", "responses", "302"), '"GET", "/oauth2/sessions/logout") .with_media_types("application/json, text/html");', OPERATIONS),
    ("no authorization", put("paths", "/oauth2/register/{id}", "get", "security", []), "pub async fn get_oidc_dynamic_client( configuration: &Configuration, id: &str,", OPERATIONS),
    ("a parameter of the logout with another name", put("paths", LOGOUT, "get", "parameters", 5, "name", "ui_locale"), "pub ui_locale: Option<&'a str>", PARAMETERS),
    ("a secret that a client may set", _mark("client_secret", "x-server-managed", "x-settable"), '"client_name", "client_secret", "client_uri",', MANAGED),
    ("a member that a client may no longer set", _mark("scope", "x-settable", "x-server-managed"), '"request_uris", "response_types", "sector_identifier_uri",', MANAGED),
    ("metadata without an issuer", put(*METADATA, "required", ["jwks_uri"]), "pub issuer: Option<String>", REQUIRED),
    ("keys without a type", remove("components", "schemas", "jsonWebKey", "required"), "pub kty: Option<String>", REQUIRED),
    ("an example of another type", put("components", "schemas", "oidcUserInfo", "properties", "nickname", "example", 5), "Example: `5`.", EXAMPLES),
]
