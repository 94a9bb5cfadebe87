"""How two texts differ, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def difference(before: str, after: str, around: int = 2) -> list[str]:
    """Lines that go, with a -, lines that come, with a +, and some of those around them, with a blank."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=around)
    shown = list(lines)[2:]
    if shown and shown[0].startswith(("@@ -1 ", "@@ -1,", "@@ -0,")):
        del shown[0]  # nothing is left out before it
    return ["…" if line.startswith("@@") else line for line in shown]


def changes(lines: Sequence[str], most: int) -> str:
    """In one sentence, for a message: the first of the lines that go or come."""
    found = [
        f"{line[0]} {line[1:].strip().rstrip(',')}"
        for line in lines
        if line[:1] in ("+", "-") and not line.endswith(("{", "[")) and _tells(line)
    ]
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return f"{'; '.join(found[:most])}{more}"


def _tells(line: str) -> bool:
    return any(letter.isalnum() for letter in line)
