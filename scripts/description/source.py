"""Reads the description."""

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class Unreadable(Exception):
    """Says in one line why the description cannot be read."""


class Source:
    """The description as plain dictionaries and lists, and the line of each node."""

    def __init__(self, text, name):
        self.name = name
        self.lines = {(): 1}
        try:
            marked = YAML(typ="rt", pure=True).load(text)
        except MarkedYAMLError as error:
            # Some problems span lines and end with advice about the parser.
            problem = (error.problem or "invalid YAML").splitlines()[0]
            mark = error.problem_mark or error.context_mark
            place = f":{mark.line + 1}" if mark else ""
            raise Unreadable(f"{name}{place}: {problem}") from error
        except YAMLError as error:
            raise Unreadable(f"{name}: {str(error).splitlines()[0]}") from error
        self.document = self._plain(marked, ())
        if not isinstance(self.document, dict):
            raise Unreadable(f"{name}: not an OpenAPI description")

    def _plain(self, node, where):
        if isinstance(node, dict):
            for key in node:
                self.lines[(*where, str(key))] = node.lc.key(key)[0] + 1
            # YAML reads the name `200` as a number.
            return {str(key): self._plain(value, (*where, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            for index in range(len(node)):
                self.lines[(*where, str(index))] = node.lc.item(index)[0] + 1
            return [self._plain(value, (*where, str(index))) for index, value in enumerate(node)]
        if isinstance(node, bool) or node is None:
            return node
        for kind in (str, int, float):
            if isinstance(node, kind):
                return kind(node)
        # A date without quotes, for example.
        return str(node)

    def place(self, where):
        """Names a node: its file, its line and its JSON pointer."""
        known = where
        while known not in self.lines:
            known = known[:-1]
        return f"{self.name}:{self.lines[known]}: {pointer(where)}"


def pointer(where):
    """The JSON pointer of a node (RFC 6901), as a fragment of a URL."""
    return "#" + "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in where)
