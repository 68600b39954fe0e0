"""Writes a call of a generated function. rustdoc compiles it."""

import functools
import json
import pathlib
import subprocess

from description.authorization import variant
from description.names import camel, field, snake
from description.parameters import fields, form, kind, parameters, type_of
from description.references import model_name, referred, resolve

RUSTFMT = pathlib.Path(__file__).parents[2] / "rustfmt.toml"
AUTHORIZATION = {
    "Bearer": 'Authorization::Bearer("ory_at_example")',
    "ClientSecretBasic": 'Authorization::ClientSecretBasic { client_id: "my-client", client_secret: "my-secret" }',
    "ClientSecretPost": 'Authorization::ClientSecretPost { client_secret: "my-secret" }',
}


def example(document, operation):
    """A code block for the documentation of an operation."""
    function = snake(operation["operationId"])
    functions, types, models, setup, arguments = [function], ["Configuration"], [], [], ["&configuration"]

    security = operation.get("security", ())
    schemes = [document["components"]["securitySchemes"][name] for each in security for name in each]
    if schemes:
        types.insert(0, "Authorization")
        # What is optional is left out.
        sent = "Authorization::None" if {} in security else AUTHORIZATION[variant(schemes[0])]
        setup.append(f"let authorization = {sent};")
        arguments.append("authorization")

    for each in parameters(document, operation):
        if each["in"] == "path":
            arguments.append(_value(document, each))

    body = resolve(document, operation.get("requestBody"))
    if body and not form(document, operation):
        media = body["content"]["application/json"]
        name = model_name(media["schema"])
        models.append(f"use ory_oidc_gen::models::{camel(name)};")
        setup.append(f"let {field(name)} = {_model(document, media)};")
        arguments.append(f"&{field(name)}")

    found = type_of(document, operation)
    if found:
        functions.insert(0, found["type"])
        described = fields(document, operation)
        required = [_value(document, each) for each in described if each.get("required")]
        setters = [
            f".{field(each['name'])}({_value(document, each)})"
            for each in described
            if not each.get("required") and _example(document, each) is not None
        ]
        constructor = f"new({', '.join(required)})" if required else "default()"
        setup.append(f"let params = {found['type']}::{constructor}{''.join(setters)};")
        arguments.append("params")

    server = (document.get("servers") or [{"url": "https://id.example"}])[0]["url"]
    return [
        "```no_run",
        f"use ory_oidc_gen::apis::{snake(operation['tags'][0])}_api::{_names(functions)};",
        *models,
        f"use ory_oidc_gen::{_names(types)};",
        "",
        "# async fn example() -> Result<(), ory_oidc_gen::Error> {",
        *_formatted(
            f"let configuration = Configuration::new({_literal(server)})?;",
            *setup,
            f"let response = {function}({', '.join(arguments)}).await?;",
            _read(document, operation),
        ),
        "# Ok(())",
        "# }",
        "```",
    ]


@functools.cache
def _formatted(*statements):
    """The statements as rustfmt writes them in a function, whose body has the width of a comment."""
    code = "\n".join(["async fn example() {", *statements, "}"])
    command = ["rustfmt", "--edition", "2024", "--config-path", str(RUSTFMT)]
    done = subprocess.run(command, input=code, capture_output=True, check=True, encoding="utf-8")
    return [line.removeprefix("    ") for line in done.stdout.splitlines()[1:-1]]


def _read(document, operation):
    responses = operation["responses"]
    successes = [resolve(document, responses[code]) for code in sorted(responses) if code[0] == "2"]
    if successes and "application/json" in successes[0].get("content", {}):
        return 'println!("{:?}", response.decode()?);'
    return 'println!("{}", response.status());'


def _model(document, media):
    """A model with the members of the body's example."""
    setters = []
    if not referred(document, media["schema"]).get("required"):
        for name, value in media.get("example", {}).items():
            if isinstance(value, list):
                value = f"[{', '.join(f'{_literal(each)}.to_owned()' for each in value)}]"
            else:
                value = _literal(value)
            setters.append(f".{field(name)}({value})")
    return f"{camel(model_name(media['schema']))}::default(){''.join(setters)}"


def _example(document, parameter):
    schema = {**referred(document, parameter["schema"]), **parameter["schema"], **parameter}
    return schema.get("example")


def _value(document, parameter):
    """The example of a parameter, or one that is made up."""
    example = _example(document, parameter)
    if example is None:
        example = {"string": f"my-{parameter['name']}", "integer": 1, "boolean": True}[kind(document, parameter)]
    return _literal(example)


def _names(names):
    return names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"


def _literal(value):
    # JSON's escapes are Rust's, where no control character needs one.
    return json.dumps(value, ensure_ascii=False)
