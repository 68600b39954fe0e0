"""The description says what the facade and its users rely on."""

import unittest

from description.references import resolve
from description.tests import SOURCE

PROOFS = ["bearer", "basic", "clientSecretPost"]
# operationId: method, path, successes, authorization, and the media type of the request.
OPERATIONS = {
    "discoverOidcConfiguration": ("get", "/.well-known/openid-configuration", ["200"], [], None),
    "createOidcDynamicClient": ("post", "/oauth2/register", ["201"], [None, "bearer"], "application/json"),
    "getOidcDynamicClient": ("get", "/oauth2/register/{id}", ["200"], PROOFS, None),
    "setOidcDynamicClient": ("put", "/oauth2/register/{id}", ["200"], PROOFS, "application/json"),
    "deleteOidcDynamicClient": ("delete", "/oauth2/register/{id}", ["204"], PROOFS, None),
    "revokeOidcSession": ("get", "/oauth2/sessions/logout", ["200", "302"], [], None),
    "getOidcUserInfo": ("get", "/userinfo", ["200"], ["oauth2"], None),
}
LOGOUT = ["id_token_hint", "post_logout_redirect_uri", "state", "logout_hint", "client_id", "ui_locales"]
# What a client must not send: Ory refuses, resets or ignores it.
SERVER_MANAGED = {
    *("access_token_strategy", "client_id", "client_secret", "client_secret_expires_at", "created_at", "metadata"),
    *("registration_access_token", "registration_client_uri", "skip_consent", "skip_logout_consent", "updated_at"),
}
# Without these, a response is refused.
REQUIRED = {"oidcConfiguration": ["issuer", "jwks_uri"], "jsonWebKey": ["kty"]}


class TestOperations(unittest.TestCase):
    maxDiff = None

    def test_the_operations_are_those_that_the_facade_calls(self):
        found = {}
        for path, item in SOURCE.document["paths"].items():
            for method, operation in item.items():
                body = resolve(SOURCE.document, operation.get("requestBody")) or {}
                found[operation["operationId"]] = (
                    *(method, path, sorted(code for code in operation["responses"] if code[0] in "23")),
                    [next(iter(each), None) for each in operation.get("security", ())],
                    next(iter(body.get("content", ())), None),
                )
        self.assertEqual(found, OPERATIONS)

    def test_the_logout_has_the_parameters_of_the_standard(self):
        self.assertEqual([each["name"] for each in SOURCE.document["paths"]["/oauth2/sessions/logout"]["get"]["parameters"]], LOGOUT)

    def test_what_only_the_server_sets_is_marked(self):
        members = SOURCE.document["components"]["schemas"]["oAuth2Client"]["properties"]
        self.assertEqual({name for name, member in members.items() if "x-server-managed" in member}, SERVER_MANAGED)

    def test_only_what_safety_depends_on_is_required(self):
        schemas = SOURCE.document["components"]["schemas"]
        self.assertEqual({name: schema["required"] for name, schema in schemas.items() if "required" in schema}, REQUIRED)
