"""Changes of the description that can be generated."""

from description.parameters import FORM
from description.tests.changes import CLIENT, JSON, LOGOUT, OK, REGISTER, USERINFO, add, put

HOSTILE = '''A text with "quotes", [brackets], [a link](https://a.example/b), https://bare.example, <b>HTML</b> and */.

#![deny(everything)]
#[test]
fn injected() { panic!() }

    indented();

```
fenced();
```

```rust
more();

# Errors
- {{mustache}} {{{tags}}} {{#section}} \\ `code`
'''
SCHEMAS = ("components", "schemas")
STRING = {"type": "string"}


def parameter(name, required=False, **schema):
    return {"name": name, "in": "query", "schema": schema, **({"required": True} if required else {})}


def again(method, path, operation_id, **parts):
    """Adds an operation."""
    operation = {
        **{"operationId": operation_id, "summary": "Does something", "tags": ["oidc"]},
        **{"responses": {"204": {"description": "Nothing."}}, **parts},
    }
    return lambda document: document["paths"].setdefault(path, {}).update({method: operation})


def share_body(document):
    example = {"skip_consent": True, "client_secret_expires_at": 0, "contacts": ['a"b']}
    media = {"schema": {"$ref": "#/components/schemas/oAuth2Client"}, "example": example}
    put("components", "requestBodies", {"client": {"required": True, "content": {JSON: media}}})(document)
    again("put", "/shared", "shareBody", requestBody={"$ref": "#/components/requestBodies/client"})(document)


# The name of a change, the change, and a text that the generated code has with it.
ACCEPTED = [
    # descriptions
    ("a hostile description of an operation", put("paths", USERINFO, "get", "description", HOSTILE), r"#!\[deny(everything)\] #\[test\] fn injected() { panic!() }"),
    ("a hostile summary", put("paths", USERINFO, "get", "summary", '"Reads" [x] */ https://a.example'), r'"Reads" \[x\] */ <https://a.example> (`GET'),
    ("a hostile description of a model", put(*SCHEMAS, "oidcUserInfo", "description", HOSTILE), r"\<b>HTML\</b> and */."),
    ("a hostile description of a property", add("a1", type="string", description=HOSTILE), "{{mustache}} {{{tags}}} {{#section}}"),
    ("a hostile description of a parameter", put("paths", LOGOUT, "get", "parameters", 1, "description", HOSTILE), r'with "quotes", \[brackets\]'),
    ("a hostile description of a path parameter", put("components", "parameters", "id", "description", HOSTILE), r"- `id`: A text with"),
    ("a hostile description of a body", put("paths", REGISTER, "post", "requestBody", "description", HOSTILE), "sent as JSON. A text"),
    ("a hostile description of a response", put(*OK, "description", HOSTILE), "- `200`: A text with"),
    ("a hostile description of a header", put(*OK, "headers", {"X-`A`": {"description": HOSTILE}}), "Header `` X-`A` ``: A text"),
    ("a hostile description of a scheme", put("components", "securitySchemes", "basic", "description", HOSTILE), "`Authorization::ClientSecretBasic`]: A text"),
    ("a property without a description", add("a2", type="string"), "`a2`, which is not described further."),
    ("a title in place of a description", add("a3", type="string", title="The title"), "/// The title"),
    ("a reference without a description", add("a4", **{"$ref": "#/components/schemas/jsonWebKey"}), "pub a4: Option<models::JsonWebKey>"),
    # facts
    ("a format", add("b1", type="string", format="uuid"), "pub b1: Option<String>"),
    ("a pattern", add("b2", type="string", pattern='^[`"\\]+$'), 'Pattern: `` ^[`"\\]+$ ``.'),
    ("limits of a text", add("b3", type="string", minLength=2, maxLength=9), "Length in characters: 2 to 9."),
    ("limits of a number", add("b4", type="integer", minimum=1, exclusiveMinimum=True), "Value: at least 1. The lower limit is excluded."),
    ("limits of a list", add("b5", type="array", items={**STRING, "format": "uri"}, maxItems=3, uniqueItems=True), "Number of items: at most 3. Each item is unique. Each item: Format: `uri`."),
    ("a default", add("b6", type="boolean", default=True), "Default: `true`."),
    ("an example", add("b7", type="array", items=STRING, example=["a", "b`c"]), 'Example: `` ["a", "b`c"] ``.'),
    ("a link", add("b8", type="string", externalDocs={"url": "https://a.example/b", "description": "The [spec]"}), r"See [The \[spec\]](https://a.example/b)."),
    ("a deprecated property", add("b9", type="string", deprecated=True), "Deprecated."),
    ("facts of the schema referred to", add("b0", **{"$ref": "#/components/schemas/NullDuration"}), "Pattern: `^([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+$`. #[serde(skip_serializing_if = \"Option::is_none\")] pub b0: Option<String>"),
    # types
    ("listed values", add("c1", type="string", enum=["a", "b"]), "Known values: `a`, `b`. Others are kept as they are."),
    ("listed values of a schema", put(*SCHEMAS, "Colour", {"type": "string", "enum": ["red"]}), "### Colour"),
    ("a reference to listed values", add("c2", **{"$ref": "#/components/schemas/Colour"}), "pub c2: Option<String>"),
    ("listed items", add("c3", type="array", items={"type": "string", "enum": ["x"]}), "pub c3: Option<Vec<String>>"),
    ("an integer of any size", add("c4", type="integer"), "pub c4: Option<i64>"),
    ("a small integer", add("c5", type="integer", format="int32"), "pub c5: Option<i64>"),
    ("a number", add("c6", type="number"), "pub c6: Option<serde_json::Number>"),
    ("a number with a format", add("c7", type="number", format="float"), "pub c7: Option<serde_json::Number>"),
    ("any JSON value", add("c8"), "pub c8: Option<serde_json::Value>"),
    ("any JSON object", add("c9", type="object"), "pub c9: Option<serde_json::Value>"),
    ("lists in a list", add("c0", type="array", items={"type": "array", "items": STRING}), "pub c0: Option<Vec<Vec<String>>>"),
    ("an optional member that can be null", add("d1", type="string", nullable=True), "pub d1: Option<String>"),
    ("a secret", add("d2", type="string", **{"x-secret": True}), "pub d2: Option<ory_oidc_core::Secret>"),
    ("a required text", add("d3", required=True, type="string"), "pub d3: String"),
    ("a required list", add("d4", required=True, type="array", items=STRING), "pub d4: Vec<String>"),
    ("a required model", add("d5", required=True, **{"$ref": "#/components/schemas/jsonWebKeySet"}), "pub d5: models::JsonWebKeySet"),
    ("a keyword", add("type", type="string"), "pub r#type: Option<String>"),
    ("camel case", add("someName", type="string"), "pub some_name: Option<String>"),
    ("other characters", add("x5t#S256", "jsonWebKey", type="string"), "pub x5t_hash_s256: Option<String>"),
    ("a model that contains itself in a list", add("d6", type="array", items={"$ref": "#/components/schemas/oidcUserInfo"}), "pub d6: Option<Vec<models::OidcUserInfo>>"),
    ("OAuth in the name of a property", add("someOAuthThing", type="string"), "pub some_oauth_thing: Option<String>"),
    ("OAuth in the name of a model", put(*SCHEMAS, "oauth_thing", {"type": "object", "required": ["oAuth"], "properties": {"oAuth": STRING}}), "pub struct OAuthThing"),
    ("a reference to such a model", add("d7", **{"$ref": "#/components/schemas/oauth_thing"}), "pub d7: Option<models::OAuthThing>"),
    ("a new schema", put(*SCHEMAS, "JSONThing", {"type": "object", "properties": {"a": {}}}), "pub struct JsonThing"),
    # operations
    ("another method", again("patch", CLIENT, "patchClient", parameters=[{"$ref": "#/components/parameters/id"}]), "pub async fn patch_client("),
    ("another module", again("get", "/health", "isReady", tags=["health"]), "pub mod health_api;"),
    ("several path parameters", again("delete", "/a/{one}/b/{type}", "deletePart", parameters=[{"name": name, "in": "path", "required": True, "schema": STRING, "example": 'a"b'} for name in ("one", "type")]), '&[("one", one), ("type", r#type)]'),
    ("a deprecated operation", again("get", "/old", "readOld", deprecated=True), "#[deprecated]"),
    ("a query parameter with listed values", again("get", "/q", "query", parameters=[{"name": "type", "in": "query", "x-secret": True, "schema": {"type": "string", "enum": ["x"]}}]), "pub r#type: Option<&'a str>"),
    ("OAuth in the name of an operation", again("get", "/oauth", "readOAuthThing", parameters=[{"name": "oAuthHint", "in": "query", "schema": STRING}]), 'Operation::new("readOAuthThing", "GET", "/oauth")'),
    ("an integer parameter", again("get", "/p1", "readP1", parameters=[parameter("page_size", type="integer", minimum=1)]), "pub page_size: Option<i64>"),
    ("a boolean parameter", again("get", "/p2", "readP2", parameters=[parameter("all", type="boolean")]), '("all", params.all.map(|value| value.to_string()).as_deref())'),
    ("required parameters", again("get", "/p3", "readP3", parameters=[parameter("a", True, type="string"), parameter("b", True, type="integer"), parameter("c", type="string")]), "pub fn new(a: &'a str, b: i64) -> Self"),
    ("parameters that borrow nothing", again("get", "/p4", "readP4", parameters=[parameter("b", True, type="boolean")]), "pub struct ReadP4Params {"),
    ("a required secret parameter", again("get", "/p5", "readP5", parameters=[{**parameter("a", True, type="string"), "x-secret": True}]), '.field("a", &ory_oidc_core::Secret::default())'),
    ("a header parameter", again("get", "/p6", "readP6", parameters=[{**parameter("X-Request-Id", type="string"), "in": "header"}, parameter("q", type="string")]), '.headers(&[("x-request-id", params.x_request_id)])?'),
    ("an integer path parameter", again("get", "/p7/{n}", "readP7", parameters=[{**parameter("n", True, type="integer"), "in": "path"}]), "n: i64,"),
    ("a form", again("post", LOGOUT, "revokeOidcSessionByPost", requestBody={"description": "The same as the query.", "required": True, "content": {FORM: {"schema": {"type": "object", "required": ["id_token_hint"], "properties": {"id_token_hint": {"type": "string", "x-secret": True, "description": "The ID token."}, "state": STRING, "count": {"type": "integer"}}}}}}), "A form with `id_token_hint`, `state`, `count`. The same as the query."),
    ("a member of a form that is required", again("post", "/f1", "sendF1", requestBody={"required": True, "content": {FORM: {"schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}}}), '("n", Some(params.n.to_string().as_str()))'),
    ("a shared body", share_body, '.skip_consent(true) .client_secret_expires_at(0) .contacts(["a\\"b".to_owned()])'),
    ("an error in another format", put("paths", USERINFO, "get", "responses", "503", {"description": "Busy.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/genericError"}}}}), "Body: `application/problem+json`, [`models::GenericError`]."),
    ("a text that is described elsewhere", put(*OK, "content", "text/csv", {"schema": {"$ref": "#/components/schemas/Colour"}}), "Body: `text/csv`."),
    ("scopes", put("paths", USERINFO, "get", "security", [{"oauth2": ["openid"]}]), "an OAuth 2.0 access token with the scopes `openid`"),
    ("a link of an operation", put("paths", USERINFO, "get", "externalDocs", {"url": "https://a.example"}), "See <https://a.example>."),
]


def change_all(document):
    for _, change, _ in ACCEPTED:
        change(document)
