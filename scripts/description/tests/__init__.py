"""Tests of this package: scripts/test-description.sh runs them."""

import copy
import os
import pathlib
import sys

sys.path.insert(1, os.environ["PACKAGES"])

from description.source import Source  # noqa: E402 (its package was not there before)

ROOT = pathlib.Path(__file__).parents[3]
SOURCE = Source((ROOT / "openapi.yaml").read_text(encoding="utf-8"), "openapi.yaml")


def changed(change):
    """A copy of our description on which `change` was called."""
    document = copy.deepcopy(SOURCE.document)
    change(document)
    return document
