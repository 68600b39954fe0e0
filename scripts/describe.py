"""Called by generate.sh: checks a description, and writes what is made of it.

`describe.py --packages FOLDER SOURCE PREPARED OPTIONS PAGE`, where FOLDER is that of the package that scripts/tools/yaml.txt
pins, PREPARED gets what the generator reads, OPTIONS the options for it, one a line, and PAGE the page for docs/.
Exit status: 0 it can be generated, 1 it cannot, 2 it cannot be read. Problems are said in one line each.
"""

import argparse
import json
import pathlib
import sys


def main():
    arguments = argparse.ArgumentParser(description="Called by generate.sh.")
    arguments.add_argument("--packages", required=True)
    for name in ("source", "prepared", "options", "page"):
        arguments.add_argument(name, type=pathlib.Path)
    given = arguments.parse_args()
    sys.path.insert(1, given.packages)

    from description.mappings import options
    from description.page import page
    from description.prepared import prepare
    from description.refusals import Refusals
    from description.source import Source, Unreadable

    try:
        source = Source(given.source.read_text(encoding="utf-8"), given.source.name)
    except (Unreadable, OSError, UnicodeDecodeError) as problem:
        print(problem)
        return 2
    refused = Refusals(source.document).found
    for where, problem, advice in refused:
        print(f"{source.place(where)}: {problem}: {advice}")
    if refused:
        return 1
    given.prepared.write_text(json.dumps(prepare(source.document), ensure_ascii=False, indent=1), encoding="utf-8")
    given.options.write_text("".join(f"{each}\n" for pair in options(source.document) for each in pair), encoding="utf-8")
    lines = [line.rstrip() for line in page(source.document)]
    given.page.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
