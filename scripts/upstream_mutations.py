"""Changes of Ory's documents, one a line, and what check-upstream makes of each. For test-check-upstream.sh.

`upstream_mutations.py --oasdiff PROGRAM --go-yaml PROGRAM UPSTREAM` prints the table. UPSTREAM is Ory Hydra's document in JSON; that of
Ory Network is made of it. Each change is noticed, with a line that holds a text, or silent by a rule of check_upstream.SILENT.
Exit status 1: a change is silent without a rule, or noticed otherwise than the table says.
"""

import argparse
import copy
import json
import pathlib
import sys

from check_upstream import SILENT, Documents, compare, declared_in, operations_of, parse_document

ROOT = pathlib.Path(__file__).parents[1]

# A name, a statement that is run on the document (`paths` and `schemas` are parts of it), and a part of a line.
NOTICED = [
    # schemas
    ("a new property", 'client["brand_new"] = {"type": "string"}', "schema oAuth2Client: properties: only in Ory's: brand_new"),
    ("a new property named like a text", 'client["description"] = {"type": "string"}', "properties: only in Ory's: description"),
    ("a new property that is a reference", 'client["x"] = ref("jsonWebKey")', "properties: only in Ory's: x"),
    ("a removed property", 'del schemas["oidcConfiguration"]["properties"]["jwks_uri"]', "only in ours: jwks_uri"),
    ("a renamed property", 'client["scopes"] = client.pop("scope")', "only in Ory's: scopes"),
    ("another type", 'client["scope"]["type"] = "integer"', "scope: type: only in Ory's: integer"),
    ("a type that is left out", 'del client["scope"]["type"]', "scope: type: only in ours: string"),
    ("another type of items", 'client["contacts"]["items"]["type"] = "integer"', "contacts: items: type: only in Ory's: integer"),
    ("a list in place of a text", 'client["scope"] = {"type": "array", "items": {"type": "string"}}', "scope: type: only in Ory's: array"),
    ("another format", 'client["created_at"]["format"] = "date"', 'created_at: format: Ory\'s "date"'),
    ("another pattern", 'schemas["NullDuration"]["pattern"] = "^x$"', 'schema NullDuration: pattern: Ory\'s "^x$"'),
    ("listed values", 'client["subject_type"]["enum"] = ["public"]', "subject_type: enum"),
    ("another default", 'client["token_endpoint_auth_method"]["default"] = "none"', 'default: Ory\'s "none"'),
    ("a limit", 'client["scope"]["maxLength"] = 5', "scope: maxLength"),
    ("a value that can be null", 'client["scope"]["nullable"] = True', "scope: nullable: Ory's true"),
    ("a list without repetitions", 'client["contacts"]["uniqueItems"] = True', "contacts: uniqueItems"),
    ("a property that is deprecated", 'client["scope"]["deprecated"] = True', "scope: deprecated"),
    ("a property that is only read", 'client["scope"]["readOnly"] = True', "scope: readOnly"),
    ("a newly required property", 'schemas["oidcConfiguration"]["required"].append("userinfo_endpoint")', "required: only in Ory's: userinfo_endpoint"),
    ("a property that is no longer required", 'schemas["oidcConfiguration"]["required"].remove("issuer")', "required: only in ours: issuer"),
    ("no unknown members", 'schemas["oidcUserInfo"]["additionalProperties"] = False', "schema oidcUserInfo: additionalPropertiesAllowed"),
    ("a difference that Ory made good", 'schemas["oidcUserInfo"]["additionalProperties"] = {}', "schema oidcUserInfo: additionalPropertiesAllowed: Ory's nothing"),
    ("another reference", 'client["jwks"]["$ref"] = "#/components/schemas/jsonWebKey"', 'jwks: reference: Ory\'s "schema jsonWebKey"'),
    ("one of several schemas", 'client["scope"] = {"oneOf": [{"type": "string"}, {"type": "integer"}]}', "scope: oneOf"),
    ("a property in a schema that is used inside others", 'schemas["jsonWebKey"]["properties"]["oth"] = {}', "schema jsonWebKey: properties: only in Ory's: oth"),
    ("a renamed schema", 'schemas["errorOauth2"] = schemas["errorOAuth2"]; userinfo["responses"]["default"]["content"]["application/json"]["schema"] = ref("errorOauth2")', 'reference: Ory\'s "schema errorOauth2"'),
    ("a changed schema that is described in place", 'userinfo["responses"]["200"]["content"]["application/json"]["schema"] = {**schemas["oidcUserInfo"], "required": ["sub"]}', "required: only in Ory's: sub"),
    # operations
    ("a new response", 'userinfo["responses"]["418"] = {"description": ""}', "GET /userinfo: responses: only in Ory's: 418"),
    ("a removed response", 'del paths["/oauth2/register"]["post"]["responses"]["400"]', "responses: only in ours: 400"),
    ("another body of a shared response", 'responses["errorOAuth2Default"]["content"]["application/json"]["schema"] = ref("genericError")', 'reference: Ory\'s "schema genericError"'),
    ("another media type of a response", 'userinfo["responses"]["200"]["content"]["text/html"] = {}', "content: only in Ory's: text/html"),
    ("a header of a response", 'userinfo["responses"]["200"]["headers"] = {"X-Y": {"schema": {"type": "string"}}}', "headers: only in Ory's: x-y"),
    ("a new parameter", 'userinfo["parameters"] = [{"name": "v", "in": "query", "schema": {"type": "string"}}]', "GET /userinfo: parameters: only in Ory's: query v"),
    ("a new parameter of the whole path", 'paths["/userinfo"]["parameters"] = [{"name": "v", "in": "header", "schema": {"type": "string"}}]', "parameters: only in Ory's: header v"),
    ("another type of a parameter", 'read["parameters"][0]["schema"]["type"] = "integer"', "id: schema: type: only in Ory's: integer"),
    ("another style of a parameter", 'read["parameters"][0]["style"] = "label"', "style"),
    ("another media type of a body", 'paths["/oauth2/register"]["post"]["requestBody"]["content"]["text/plain"] = {}', "requestBody: content: only in Ory's: text/plain"),
    ("an optional body", 'paths["/oauth2/register"]["post"]["requestBody"]["required"] = False', "requestBody: required: Ory's false"),
    ("a removed body", 'del paths["/oauth2/register"]["post"]["requestBody"]', "POST /oauth2/register: requestBody"),
    ("a renamed operation", 'userinfo["operationId"] = "other"', 'operationID: Ory\'s "other"'),
    ("another tag", 'userinfo["tags"] = ["users"]', "tags"),
    ("a deprecated operation", 'userinfo["deprecated"] = True', "deprecated"),
    ("a removed method", 'del paths["/oauth2/register/{id}"]["put"]', "PUT /oauth2/register/{id}: only in ours"),
    ("a removed path", 'del paths["/userinfo"]', "GET /userinfo: only in ours"),
    # security
    ("another scope", 'userinfo["security"] = [{"oauth2": ["openid"]}]', 'GET /userinfo: security: only in Ory\'s: {"oauth2": ["openid"]}'),
    ("another scheme", 'userinfo["security"] = [{"bearer": []}]', 'security: only in Ory\'s: {"bearer": []}'),
    ("two schemes at once", 'userinfo["security"] = [{"oauth2": [], "bearer": []}]', 'only in Ory\'s: {"bearer": [], "oauth2": []}'),
    ("no security", 'del userinfo["security"]', 'security: only in ours: {"oauth2": []}'),
    ("security that may be left out", 'userinfo["security"].append({})', "security: only in Ory's: {}"),
    ("security of the whole document", 'document["security"] = [{"basic": []}]', 'GET /.well-known/openid-configuration: security: only in Ory\'s: {"basic": []}'),
    ("a scheme that is not described", 'userinfo["security"].append({"nowhere": []})', 'only in Ory\'s: {"nowhere": []}'),
    ("security that is no list", 'userinfo["security"] = "oauth2"', 'only in Ory\'s: "oauth2"'),
    ("another scheme under the same name", 'document["components"]["securitySchemes"]["bearer"] = {"type": "apiKey", "in": "header", "name": "X"}', "security scheme bearer: type: Ory's \"apiKey\""),
    ("a flow of a scheme", 'del document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]["scopes"]["openid"]', "security scheme oauth2"),
]

# A name, a statement, and the rule by which the change is silent.
UNNOTICED = [
    ("another path", 'paths["/admin/clients"] = {"get": {"responses": {"200": {"description": ""}}}}', "unused"),
    ("another method of one of our paths", 'paths["/userinfo"]["post"] = {"responses": {"200": {"description": ""}}}', "unused"),
    ("a schema that is not used", 'schemas["unused"] = {"type": "string"}', "unused"),
    ("another server", 'document["servers"] = [{"url": "https://a.example"}]', "unused"),
    ("texts", 'client["scope"].update({"description": "x", "title": "y"}); userinfo["summary"] = "z"', "texts"),
    ("an example", 'client["scope"]["example"] = 5', "texts"),
    ("an extension", 'client["scope"]["x-order"] = 5', "texts"),
    ("the version of the document", 'document["info"]["version"] = "9"', "texts"),
    ("the order of properties", 'schemas["oAuth2Client"]["properties"] = dict(reversed(client.items()))', "order"),
    ("the order of required members", 'schemas["oidcConfiguration"]["required"].reverse()', "order"),
    ("a reference in `allOf`", 'client["jwks"] = {"allOf": [ref("jsonWebKeySet")], "description": "x"}', "place"),
    ("a reference in place of a description", 'schemas["Scope"] = client["scope"]; client["scope"] = ref("Scope")', "place"),
    ("a description in place of a reference", 'client["jwks"] = copy.deepcopy(schemas["jsonWebKeySet"])', "place"),
    ("a response in place of a reference", 'read["responses"]["default"] = copy.deepcopy(responses["errorOAuth2Default"])', "place"),
    ("a renamed response", 'responses["other"] = responses["errorOAuth2Default"]; read["responses"]["default"] = {"$ref": "#/components/responses/other"}', "place"),
    ("a parameter in a component", 'document["components"]["parameters"] = {"id": read["parameters"][0]}; read["parameters"] = [{"$ref": "#/components/parameters/id"}]', "place"),
    ("a parameter of the whole path", 'paths["/oauth2/register/{id}"]["parameters"] = read.pop("parameters")', "place"),
    ("the style that a parameter has anyway", 'read["parameters"][0].update({"style": "simple", "explode": False})', "default"),
    ("an empty list of security", 'paths["/oauth2/register"]["post"]["security"] = []', "default"),
]

# What makes Ory Network's document of Ory Hydra's: a fixture in the form of what Ory publishes.
NETWORK = """
for item in paths.values():
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            parameter.update({"style": "simple", "explode": False})
        for code, response in operation["responses"].items():
            if "$ref" in response:
                operation["responses"][code] = copy.deepcopy(responses[response["$ref"].split("/")[-1]])
for name, member in client.items():
    if member.get("$ref", "").endswith("/NullDuration"):
        client[name] = {**schemas["NullDuration"], "nullable": True}
client["metadata"] = {"type": "object"}
schemas["genericError"]["properties"]["error"] = {}
document["components"]["responses"] = {}
del schemas["NullDuration"], schemas["JSONRawMessage"]
"""


def changed(document, statement):
    document = copy.deepcopy(document)
    paths, schemas = document["paths"], document["components"]["schemas"]
    names = {
        **{"document": document, "paths": paths, "schemas": schemas, "copy": copy},
        **{"responses": document["components"]["responses"], "client": schemas["oAuth2Client"]["properties"]},
        **{"userinfo": paths["/userinfo"]["get"], "read": paths["/oauth2/register/{id}"]["get"]},
        "ref": lambda name: {"$ref": f"#/components/schemas/{name}"},
    }
    exec(statement, names)
    return document


def main():
    options = argparse.ArgumentParser(description="Called by test-check-upstream.sh.")
    options.add_argument("--oasdiff", required=True)
    options.add_argument("--go-yaml", required=True)
    options.add_argument("upstream")
    given = options.parse_args()
    ours = parse_document(str(ROOT / "openapi.yaml"), given.go_yaml)
    hydra = parse_document(given.upstream, given.go_yaml)
    documents = {"hydra": hydra, "network": changed(hydra, NETWORK)}
    declared = {of: declared_in(str(ROOT / "upstream-deviations.yaml"), of, given.go_yaml) for of in documents}
    counts = {"noticed": 0, "silent by a rule": 0, "WRONG": 0}

    def lines(of, document):
        """What check-upstream would say."""
        pruned, security = Documents(ours, document).prune(operations_of(ours) & operations_of(document))
        found = compare(given.oasdiff, *pruned, security)
        found += [f"{method.upper()} {path}: only in ours" for path, method in operations_of(ours) - operations_of(document)]
        return [*(line for line in found if line not in declared[of]), *(line for line in declared[of] if line not in found)]

    def row(outcome, of, name, said):
        counts[outcome] += 1
        print(f"{outcome:16} {of:8} {name:52} {said}")

    for of, document in documents.items():
        found = lines(of, document)
        row("WRONG" if found else "silent by a rule", of, "nothing", found or "the document as it is")
    for name, statement, text in NOTICED:
        found = [line for line in lines("hydra", changed(hydra, statement)) if text in line]
        row("noticed" if found else "WRONG", "hydra", name, found[0] if found else f"no line with {text}")
    for name, statement, rule in UNNOTICED:
        found = lines("hydra", changed(hydra, statement))
        row("silent by a rule" if not found and rule in SILENT else "WRONG", "hydra", name, found or SILENT.get(rule, rule))
    for name, statement, text in NOTICED[:6]:
        found = [line for line in lines("network", changed(documents["network"], statement)) if text in line]
        row("noticed" if found else "WRONG", "network", name, found[0] if found else f"no line with {text}")
    print(f"upstream mutations: {counts['noticed']} noticed, {counts['silent by a rule']} silent by a rule, {counts['WRONG']} wrong")
    return 1 if counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
