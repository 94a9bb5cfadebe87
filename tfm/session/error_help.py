"""Which part of the page on troubleshooting tells about a message.

The page is the table: its rows begin with what messages say, so a row that is added there is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ASIDE = re.compile(r"\([^)]*\)|[*`\"…]")
_SHORTEST = 8
"""Letters of what a message says that is not by chance in another one."""


def heading_for(page: str, message: str) -> str:
    """The heading above the row that says the most of a message; empty if no row does."""
    said = _ASIDE.sub("", message).casefold()
    found = max(
        ((len(words), heading) for heading, words in _rows(page) if words in said),
        default=(0, ""),
    )
    return found[1]


def _rows(page: str) -> Iterator[tuple[str, str]]:
    """Heading and words of every row; a row may know several wordings, with commas between them."""
    heading = ""
    for line in page.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| ") and heading:
            for words in _ASIDE.sub("", line.split("|")[1]).split(","):
                told = " ".join(words.split()).casefold()
                if len(told) >= _SHORTEST:
                    yield heading, told
