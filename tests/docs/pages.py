"""The Markdown pages of the project, taken apart: links, anchors, fenced blocks.

A block is executed when its info string says so: `python run`, `sh run`; with `s3` added it gets a
server and the bucket `my-bucket`.
"""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (
    PROJECT / "README.md",
    PROJECT / "CHANGELOG.md",
    PROJECT / "SECURITY.md",
    *sorted((PROJECT / "docs").glob("*.md")),
)

_FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: page, line of its first line of text, words of its info string, text."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str

    @property
    def language(self) -> str:
        """The first word of the info string; empty if there is none."""
        return self.words[0] if self.words else ""

    @property
    def runs(self) -> bool:
        """True if the block is executed."""
        return "run" in self.words

    @property
    def needs_s3(self) -> bool:
        """True if it is executed with a server beside it."""
        return "s3" in self.words

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            page.relative_to(PROJECT).as_posix(),
            text.count("\n", 0, found.start()) + 2,
            tuple(found[1].split()),
            found[2],
        )
        for found in _FENCE.finditer(text)
    ]


def all_blocks() -> list[Block]:
    """The blocks of all pages."""
    return [block for page in PAGES for block in blocks_of(page)]


def prose_of(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links_of(page: Path) -> list[str]:
    """The targets of all links of a page."""
    return _LINK.findall(_INLINE_CODE.sub("", prose_of(page)))


def anchor_of(heading: str) -> str:
    """The anchor of a heading that stands once on its page."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors_of(page: Path) -> set[str]:
    """The names under which the headings of a page can be linked to, as GitHub makes them."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose_of(page)):
        slug = anchor_of(heading)
        number = 0
        while (name := slug if not number else f"{slug}-{number}") in found:
            number += 1
        found.add(name)
    return found


def commands_of(block: Block) -> list[str]:
    """The `tfm` command lines of a shell block, continuation lines joined, comments left out."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if re.match(r"\s*tfm(\s|$)", line)]


def is_known_test(name: str) -> bool:
    """True if `path::test` or `path::Class::test` exists."""
    file, _, test = name.partition("::")
    path = PROJECT / file
    return path.is_file() and test in known_tests(path)


@functools.cache
def known_tests(path: Path) -> frozenset[str]:
    """The test functions of a file, those of classes as `Class::function`."""
    return frozenset(_tests(ast.parse(path.read_text("utf-8")), ""))


def _tests(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _tests(child, f"{prefix}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith(
            "test_"
        ):
            yield f"{prefix}{child.name}"
