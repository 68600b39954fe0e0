"""Ways to change a description."""

REGISTER, CLIENT, LOGOUT, USERINFO = "/oauth2/register", "/oauth2/register/{id}", "/oauth2/sessions/logout", "/userinfo"
JSON = "application/json"
OK = ("paths", USERINFO, "get", "responses", "200")


def operation(document, path, method):
    return document["paths"][path][method]


def schemas(document):
    return document["components"]["schemas"]


def members(document, schema="oAuth2Client"):
    return schemas(document)[schema]["properties"]


def parameter(**changes):
    """Adds a parameter to the reading of userinfo."""
    def change(document):
        operation(document, USERINFO, "get")["parameters"] = [
            {"name": "q", "in": "query", "schema": {"type": "string"}, **changes}
        ]
    return change


def add(name, schema="oidcUserInfo", required=False, **value):
    """Adds a property to a schema."""
    def change(document):
        members(document, schema)[name] = value
        if required:
            schemas(document)[schema].setdefault("required", []).append(name)
    return change


def put(*path_and_value):
    """Sets the value at a path."""
    *path, last, value = path_and_value
    def change(document):
        node = document
        for key in path:
            node = node[key]
        if isinstance(node, list):
            node[last : last + 1] = [value]
        else:
            node[last] = value
    return change


def remove(*path):
    """Removes what is at a path."""
    *path, last = path
    def change(document):
        node = document
        for key in path:
            node = node[key]
        del node[last]
    return change


def nodes(node, where=()):
    """The paths of all nodes below one."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*where, key)
        yield from nodes(value, (*where, key))
