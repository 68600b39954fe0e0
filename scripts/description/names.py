"""The Rust names that are made of the names in a description."""


import re

# The generator writes them as raw identifiers, such as `r#type`.
RAW = set(
    "abstract as async await become box break const continue do dyn else enum extern false final fn for if impl in let loop "
    "macro match mod move mut override priv pub ref return static struct trait true try type typeof unsafe unsized use "
    "virtual where while yield".split()
)
# It cannot write these, or replaces them by other names.
KEYWORDS = {"crate", "gen", "self", "super"}


def snake(name):
    """`oAuth2Client` is `oauth2_client`: OAuth is one word."""
    return re.sub(r"(^|_)o_auth(?![a-z])", r"\1oauth", generated(name))


def generated(name):
    """The name that the generator would make: `oAuth2Client` is `o_auth2_client`."""
    name = name.replace("#", "_hash_")
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name)
    return re.sub(r"_+", "_", name).lower()


def field(name):
    """The name of a field, a setter or an argument."""
    name = snake(name)
    return f"r#{name}" if name in RAW else name


def camel(name):
    """`oAuth2Client` is `OAuth2Client`."""
    words = (re.sub(r"^oauth(?![a-z])", "OAuth", word) for word in snake(name).split("_"))
    return "".join(word[:1].upper() + word[1:] for word in words)


def params(operation_id):
    """The name of the type of an operation's query parameters."""
    return f"{camel(operation_id)}Params"
