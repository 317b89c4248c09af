"""The starter checks as the engine is given them, read straight from their files: no Django, no database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from hoiro.matching import Entry

ROOT = Path(__file__).resolve().parent.parent


def library() -> list[Entry]:
    """Every starter check, guidance left out."""
    out = []
    for path in sorted((ROOT / "hoiro/library/checks").glob("*.md")):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        out.append(entry({**yaml.safe_load(front), "body": re.sub(r"(?m)^#+.*$", "", body)}))
    return out


def entry(row: dict[str, Any], prefix: str = "") -> Entry:
    """A check's front matter, or a line of `bench/train`, as an entry."""
    return Entry(
        prefix + row["key"],
        (row["vi"]["claim"], row["en"]["claim"], *row["vi"]["phrasings"], *row["en"]["phrasings"]),
        (*row["vi"]["different"], *row["en"]["different"]),
        tuple(tuple(str(word) for word in group) for group in row["must_mention"]),
        row.get("body", ""),
    )
