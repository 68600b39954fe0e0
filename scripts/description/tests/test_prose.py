"""No description can become code, HTML, a heading or a link to an item."""

import unittest

from description import prose

# A description and the lines that are made of it.
LINES = [
    ("One\nparagraph.\n\nAnother.", ["One paragraph.", "", "Another."]),
    ("An array[0] and [an item].", [r"An array\[0\] and \[an item\]."]),
    ("[the spec](https://a.example/x#y) and [here](/docs)", [r"[the spec](https://a.example/x#y) and \[here\](/docs)"]),
    ("see https://a.example/x, or <https://b.example>.", ["see <https://a.example/x>, or <https://b.example>."]),
    ("![logo](https://a.example/x.png)", ["[logo](https://a.example/x.png)"]),
    ("[x]: https://a.example", [r"\[x\]: <https://a.example>"]),
    ("<script>alert(1)</script>", [r"\<script>alert(1)\</script>"]),
    ('It is "quoted" and */ ends no comment.', ['It is "quoted" and */ ends no comment.']),
    ("Text\n#![deny(all)]\n#[test]\nfn main() {}", [r"Text #!\[deny(all)\] #\[test\] fn main() {}"]),
    ("{{mustache}} {{{tags}}} {{#stay}}", ["{{mustache}} {{{tags}}} {{#stay}}"]),
    ("`a [code] <span>` and `` one ` tick ``", ["`a [code] <span>` and `` one ` tick ``"]),
    ("an `unfinished code", [r"an \`unfinished code"]),
    ("```rust\nfn x() {}\n```", ["```text", "fn x() {}", "```"]),
    ("~~~\nfn x() {}", ["```text", "fn x() {}", "```"]),
    ("````\n```\nfn x() {}\n```\n````", ["````text", "```", "fn x() {}", "```", "````"]),
    ("Text\n\n    fn x() {}\n\ttab", ["Text", "", "fn x() {} tab"]),
    ("> quoted\n> twice", ["> quoted twice"]),
    ("> ```\n> fn x() {}\n> ```", ["```text", "fn x() {}", "```"]),
    (">     fn x() {}", ["> fn x() {}"]),
    ("- one\n- two\n  goes on\n\nend", ["- one", "- two goes on", "", "end"]),
    ("Text:\n1. one\n2. two", ["Text:", "", "1. one", "2. two"]),
    ("-     fn x() {}", ["- fn x() {}"]),
    ("- ```\n  fn x() {}\n  ```", ["```text", "  fn x() {}", "```"]),
    ("# Errors\nNone.", ["**Errors**", "", "None."]),
    ("Errors\n======\nNone.", ["Errors", "", "None."]),
    ("a\r\nb", ["a b"]),
    ("", []),
]


class TestProse(unittest.TestCase):
    maxDiff = None

    def test_lines_of_descriptions(self):
        for text, lines in LINES:
            with self.subTest(text):
                self.assertEqual(prose.lines(text, 100), lines)

    def test_a_line_that_is_wrapped_begins_no_block(self):
        for start in ("- x", "+ x", "* x", "# x", "1. x", "2) x", "> x", "---", "===", "```"):
            with self.subTest(start):
                second = prose.lines("word " * 4 + start, 20)[1]
                self.assertIn("\\", second[:3])

    def test_code_and_links_are_not_wrapped(self):
        text = "word " * 3 + "`some code` and [some link](https://a.example)"
        self.assertEqual(prose.lines(text, 20), ["word word word", "`some code` and", "[some link](https://a.example)"])

    def test_characters_that_end_a_comment_are_forbidden(self):
        for character in "\r\0\x0b\u2028\u202e\ufeff":
            self.assertTrue(prose.FORBIDDEN.search(f"a{character}b"), repr(character))
        for text in ("a\r\nb", "a\tb", "ä €"):
            self.assertFalse(prose.FORBIDDEN.search(text), repr(text))

    def test_code_has_more_backticks_than_its_value(self):
        self.assertEqual(prose.code("a"), "`a`")
        self.assertEqual(prose.code("a`b``c"), "``` a`b``c ```")
        self.assertEqual(prose.code("a\n b"), "`a b`")
