"""Makes documentation out of a description, which is Markdown that others wrote.

Descriptions keep their paragraphs, lists, quotations, links and code. Nothing in them can end the comment, become a test
that rustdoc runs, a heading among ours, HTML, or a link to an item.
"""

import re
import textwrap

# What Rust does not allow in a comment: control characters, and those that change the direction of text.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\r(?!\n)")

FENCE = re.compile(r"(?P<before>(\s|>|[-*+]\s|\d{1,9}[.)]\s)*)(?P<fence>`{3,}|~{3,})[^`]*$")
ITEM = re.compile(r"\s*(?P<marker>[-*+]|\d{1,9}[.)])\s+(?P<text>.*)$")
QUOTE = re.compile(r"\s*>\s?(?P<text>.*)$")
HEADING = re.compile(r"\s*#{1,6}\s+(?P<text>.*?)[\s#]*$")
RULE = re.compile(r"\s*(=+|-+|(\*\s*){3,}|(_\s*){3,}|(-\s*){3,})\s*$")

URL = r"https?://[^\s<>()\[\]`\"']+(?:\([^\s<>()`\"']*\)[^\s<>()\[\]`\"']*)*"
INLINE = re.compile(
    r"(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]]*)\]\(<?(?P<target>" + URL + r")>?\)"
    r"|<?(?P<url>" + URL + r")>?"
    r"|(?P<special>[\[\]<`]|\\$)"
)
# A line that starts so would begin a block: a list, a heading, a quotation, code, or an underlined heading.
BLOCK = re.compile(r"(?P<digits>\d{1,9})(?=[.)](\s|$))|(?=[-+*](\s|$)|#{1,6}(\s|$)|>|[=-]+\s*$|~~~|```|:?-+:?\s*\|)")


def lines(text, width, lead=""):
    """The description as lines of Markdown, none of them longer than `width` if its words allow.

    `lead` is Markdown of ours that begins the first paragraph.
    """
    result = []
    blocks = _blocks(text)
    if lead and blocks and blocks[0]["code"] is None and not blocks[0]["marker"]:
        blocks[0]["text"] = f"{lead} {blocks[0]['text']}"
    elif lead:
        blocks.insert(0, {"text": lead, "marker": "", "follows": False, "code": None})
    for block in blocks:
        if result and not (block["marker"] and result[-1] and block["follows"]):
            result.append("")
        if block["code"] is not None:
            result += block["code"]
            continue
        marker = block["marker"]
        # A quotation has its marker on each line, an item of a list on the first.
        indent = marker if marker == "> " else " " * len(marker)
        result += _wrap(block["text"], width, marker, indent)
    return result


def code(value):
    """A value between backticks."""
    value = re.sub(r"\s+", " ", str(value)).strip()
    if "`" not in value:
        return f"`{value}`"
    ticks = "`" * (1 + max(len(run) for run in re.findall("`+", value)))
    return f"{ticks} {value} {ticks}"


def item(text, width, lead=""):
    """The description as an item of a list."""
    inner = lines(text, width - 2, lead)
    return [("  " if index else "- ") + line if line else "" for index, line in enumerate(inner)]


def paragraph(text, width):
    """Wraps Markdown that is ours. Code and links stay on one line."""
    return _wrap(text, width, "", "")


def _blocks(text):
    """The paragraphs, items and code of a description."""
    block = fence = None
    blocks = []

    def begin(text, marker="", follows=False):
        blocks.append({"text": [text], "marker": marker, "follows": follows, "code": None})
        return blocks[-1]

    for line in text.replace("\r\n", "\n").expandtabs(4).split("\n"):
        if fence:
            if quoted:
                line = re.sub(r"^\s*>\s?", "", line)
            if line.strip() and not line.strip().strip(fence[0]) and len(line.strip()) >= len(fence):
                fence = None
            else:
                blocks[-1]["code"].append(line.rstrip())
            continue
        if match := FENCE.match(line):
            fence, quoted, block = match["fence"], ">" in match["before"], None
            blocks.append({"text": [], "marker": "", "follows": False, "code": []})
        elif not line.strip():
            block = None
        elif RULE.match(line):
            # Underlines the paragraph before it, or divides: the blank line does for both.
            block = None
        elif match := HEADING.match(line):
            begin(f"**{match['text']}**" if match["text"] else "")
            block = None
        elif match := ITEM.match(line):
            marker = match["marker"] if match["marker"][0].isdigit() else "-"
            block = begin(match["text"], marker + " ", follows=bool(blocks) and bool(blocks[-1]["marker"].strip("> ")))
        elif match := QUOTE.match(line):
            if block and block["marker"] == "> ":
                block["text"].append(match["text"])
            else:
                block = begin(match["text"], "> ")
        elif block:
            block["text"].append(line)
        else:
            block = begin(line)
    for each in blocks:
        if each["code"] is None:
            each["text"] = _inline(re.sub(r"\s+", " ", " ".join(each["text"])).strip())
        else:
            longest = max((len(run) for line in each["code"] for run in re.findall("`+", line)), default=0)
            ticks = "`" * max(3, longest + 1)
            each["code"] = [f"{ticks}text", *each["code"], ticks]
    return [each for each in blocks if each["code"] is not None or each["text"]]


def _inline(text):
    def replaced(match):
        if match["escaped"]:
            return match["escaped"]
        if match["code"]:
            return code(match["code"])
        if match["target"]:
            return f"[{_inline(match['label'])}]({match['target']})" if match["label"].strip() else f"<{match['target']}>"
        if match["url"]:
            url = match["url"].rstrip(".,;:!?*_")
            return f"<{url}>" + match["url"][len(url) :]
        return "\\" + match["special"]

    return INLINE.sub(replaced, text)


def _wrap(text, width, first, rest):
    # What must stay together gets spaces that are no spaces until it is wrapped.
    text = INLINE.sub(lambda match: match[0].replace(" ", "\x00"), text)
    wrapped = textwrap.wrap(text, max(width - len(first), 20), break_long_words=False, break_on_hyphens=False)
    result = []
    for number, line in enumerate(wrapped):
        if match := BLOCK.match(line):
            digits = match["digits"] or ""
            line = digits + "\\" + line[len(digits) :]
        result.append(((rest if number else first) + line.replace("\x00", " ")).rstrip())
    return result
