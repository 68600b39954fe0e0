"""Changes of the description, one a line, and what becomes of each. For test-generate.sh.

`python3 -m description.tests.mutations` prints the description with all changes that can be generated.
`python3 -m description.tests.mutations BEFORE AFTER` prints the table. BEFORE is the text of all that was generated from our
description, and AFTER of what was generated from the changed one, which compiles. Exit status 1: a change is silent.
"""

import json
import pathlib
import re
import sys

from description.page import page
from description.prepared import COMMENT, prepare
from description.refusals import Refusals
from description.source import pointer
from description.tests import SOURCE, changed
from description.tests.accepted import ACCEPTED, change_all
from description.tests.changes import nodes
from description.tests.noticed import NOTICED
from description.tests.refused import REFUSED


def change_everything(document):
    change_all(document)
    for _, change, *_ in NOTICED:
        change(document)


def documented(document):
    prepared = prepare(document)
    return [*page(document), *(line for where, line in _leaves(prepared) if COMMENT in where)]


def _leaves(document):
    for where in nodes(document):
        node = document
        for key in where:
            node = node[key]
        if isinstance(node, str):
            yield where, node


def squeezed(text):
    """Code and comments without their line breaks, which depend on how long their neighbours are."""
    return re.sub(r"[\s/]+", " ", text)


def table(before, after):
    """The lines: what became of a change, its name, and the node that was refused or the test that fails."""
    for name, change, node, _ in REFUSED:
        found = [pointer(where) for where, _, _ in Refusals(changed(change)).found]
        yield "refused" if node in found else "SILENT", name, node
    for name, change, text, test in [*((*row, "check-generated") for row in ACCEPTED), *NOTICED]:
        if text is None:
            seen = documented(changed(change)) != documented(SOURCE.document)
        else:
            seen = squeezed(text) in after and squeezed(text) not in before
        yield "compiled" if seen else "SILENT", name, test


def main():
    if len(sys.argv) == 1:
        print(json.dumps(changed(change_everything)))
        return 0
    before, after = (squeezed(pathlib.Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:])
    counts = {"refused": 0, "compiled": 0, "SILENT": 0}
    for outcome, name, where in table(before, after):
        counts[outcome] += 1
        print(f"{outcome:9} {name:70} {where}")
    print(f"mutations: {counts['refused']} refused, {counts['compiled']} generated and compiled, {counts['SILENT']} silent")
    return 1 if counts["SILENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
