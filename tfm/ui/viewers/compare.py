"""Two texts line by line; for worker threads. Time grows with the lines, not with their square.

Lines that occur once in each text are matched first (patience diff), the small gaps between them by
`difflib`; a gap too large for that is told as changed.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tfm.model.cancel import CancelToken
from tfm.model.text import SafeText, exact_size, safe_text, short_size
from tfm.storage.blocks import Content
from tfm.ui.viewers.encodings import Encoding, detect
from tfm.ui.viewers.rows import shown

MOST_BYTES = 4 * 1024 * 1024
_SMALL_GAP = 1500 * 1500
_MOST_WORDS = 300
_MOST_PAIRS = 20_000
_MOST_COMPARED = 900
_ALIKE = 0.4
_LONGEST_LINE = 4096
_WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)

Kind = Literal["equal", "changed", "left", "right"]
Block = tuple[int, int, int]
"""Equal lines: where they begin left and right, and how many."""


@dataclass(frozen=True, slots=True)
class Half:
    """A line of one side: its number, what is drawn, and what of it is not in the other."""

    number: int
    text: SafeText
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DiffRow:
    """What stands side by side."""

    kind: Kind
    left: Half | None
    right: Half | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows, and the index of the first row of every change; `notice` says why there are none."""

    rows: tuple[DiffRow, ...] = ()
    changes: tuple[int, ...] = ()
    notice: str = ""
    encodings: tuple[str, str] = ("", "")


def compare(
    left: Content, right: Content, *, ignore_space: bool, tab: int, cancel: CancelToken
) -> Comparison:
    """Read both and compare. Raises StorageError."""
    for content in (left, right):
        content.read(0, 1, cancel)
        if content.size > MOST_BYTES:
            name = safe_text(content.place.name)
            return Comparison(
                notice=f"{name} is {short_size(content.size)}: too large to be compared here. "
                f"Files of up to {short_size(MOST_BYTES)} are."
            )
    sides = [content.read(0, MOST_BYTES, cancel) for content in (left, right)]
    if sides[0] == sides[1]:
        return Comparison(notice=f"Both are the same, {exact_size(len(sides[0]))}.")
    found = [detect(data, whole=True) for data in sides]
    first, second = found
    if first is None or second is None:
        at = next(
            (i for i, (a, b) in enumerate(zip(*sides, strict=False)) if a != b),
            min(len(sides[0]), len(sides[1])),
        )
        return Comparison(notice=f"Not text. They differ from byte {at:,} (0x{at:x}) on.")
    lines = [_lines(data, encoding) for data, encoding in zip(sides, (first, second), strict=True)]
    rows = tuple(_rows(lines[0], lines[1], ignore_space=ignore_space, tab=tab, cancel=cancel))
    changes = tuple(
        index
        for index, row in enumerate(rows)
        if row.kind != "equal" and (index == 0 or rows[index - 1].kind == "equal")
    )
    notice = "" if changes else "They differ only in what is not shown: line ends or white space."
    return Comparison(rows, changes, notice, (first.value, second.value))


def _lines(data: bytes, encoding: Encoding) -> list[str]:
    lines = encoding.decode(data).removeprefix("\ufeff").split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _rows(
    left: list[str], right: list[str], *, ignore_space: bool, tab: int, cancel: CancelToken
) -> Iterator[DiffRow]:
    keys = [
        [" ".join(line.split()) for line in side] if ignore_space else side
        for side in (left, right)
    ]
    budget = _MOST_PAIRS
    at = [0, 0]

    def half(side: int, index: int, spans: tuple[tuple[int, int], ...] = ()) -> Half:
        return Half(index + 1, _drawn((left, right)[side][index], tab), spans)

    blocks = [*matching(keys[0], keys[1], cancel), (len(left), len(right), 0)]
    for a, b, count in blocks:
        for i, j in paired(left[at[0] : a], right[at[1] : b], cancel):
            one = half(0, at[0] + i) if i is not None else None
            two = half(1, at[1] + j) if j is not None else None
            if one is None or two is None:
                yield DiffRow("right" if one is None else "left", one, two)
                continue
            if budget > 0:
                budget -= 1
                cancel.check()
                spans = inner(one.text, two.text)
                one, two = (
                    Half(one.number, one.text, spans[0]),
                    Half(two.number, two.text, spans[1]),
                )
            yield DiffRow("changed", one, two)
        for index in range(count):
            yield DiffRow("equal", half(0, a + index), half(1, b + index))
        at = [a + count, b + count]


Pair = tuple[int | None, int | None]


def paired(left: Sequence[str], right: Sequence[str], cancel: CancelToken) -> list[Pair]:
    """Which of the lines between two equal ones stand beside each other: those most alike, in order.

    In a gap that is too large to look at every pair, simply the first beside the first.
    """
    rows, columns = len(left), len(right)
    if rows == columns or not rows or not columns or rows * columns > _MOST_COMPARED:
        return [
            (i if i < rows else None, i if i < columns else None) for i in range(max(rows, columns))
        ]
    words = [[_WORDS.findall(line)[:_MOST_WORDS] for line in side] for side in (left, right)]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[0.0] * columns for _ in range(rows)]
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(autojunk=False)
    for j in range(columns - 1, -1, -1):
        cancel.check()
        matcher.set_seq2(words[1][j])
        for i in range(rows):
            matcher.set_seq1(words[0][i])
            ratio = matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0
            alike[i][j] = ratio if ratio >= _ALIKE else 0.0
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            beside = best[i + 1][j + 1] + alike[i][j] if alike[i][j] else 0.0
            best[i][j] = max(beside, best[i + 1][j], best[i][j + 1])
    found: list[Pair] = []
    i = j = 0
    while i < rows and j < columns:
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            found.append((i, None))
            i += 1
        else:
            found.append((None, j))
            j += 1
    return [*found, *((k, None) for k in range(i, rows)), *((None, k) for k in range(j, columns))]


def _drawn(line: str, tab: int) -> SafeText:
    return shown(line[:_LONGEST_LINE], tab)


def matching(left: Sequence[str], right: Sequence[str], cancel: CancelToken) -> list[Block]:
    """The runs of equal lines, in order."""
    found: list[Block] = []
    waiting = [(0, len(left), 0, len(right))]
    while waiting:
        cancel.check()
        a, a_end, b, b_end = waiting.pop()
        start = a
        while a < a_end and b < b_end and left[a] == right[b]:
            a, b = a + 1, b + 1
        if a > start:
            found.append((start, b - (a - start), a - start))
        tail = 0
        while (
            a < a_end - tail
            and b < b_end - tail
            and left[a_end - tail - 1] == right[b_end - tail - 1]
        ):
            tail += 1
        a_end, b_end = a_end - tail, b_end - tail
        if tail:
            found.append((a_end, b_end, tail))
        if a == a_end or b == b_end:
            continue
        anchors = _anchors(left, right, (a, a_end, b, b_end))
        if anchors:
            here = (a, b)
            for i, j in [*anchors, (a_end, b_end)]:
                waiting.append((here[0], i, here[1], j))
                here = (i, j)
        elif (a_end - a) * (b_end - b) <= _SMALL_GAP:
            matcher = difflib.SequenceMatcher(None, left[a:a_end], right[b:b_end], autojunk=False)
            found += [
                (a + block.a, b + block.b, block.size)
                for block in matcher.get_matching_blocks()
                if block.size
            ]
    return _joined(sorted(found))


def _anchors(
    left: Sequence[str], right: Sequence[str], span: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Lines that occur once on each side, as many as keep their order on both."""
    a, a_end, b, b_end = span
    once = [
        {line for line, count in Counter(side).items() if count == 1}
        for side in (left[a:a_end], right[b:b_end])
    ]
    both = once[0] & once[1]
    where = {right[j]: j for j in range(b, b_end) if right[j] in both}
    pairs = [(i, where[left[i]]) for i in range(a, a_end) if left[i] in both]
    # the longest run of pairs that rises on the right, too
    tops: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        at = bisect.bisect_left(tops, j)
        before.append(last[at - 1] if at else -1)
        if at == len(tops):
            tops.append(j)
            last.append(index)
        else:
            tops[at], last[at] = j, index
    chain: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _joined(blocks: Sequence[Block]) -> list[Block]:
    joined: list[Block] = []
    for a, b, count in blocks:
        if joined and joined[-1][0] + joined[-1][2] == a and joined[-1][1] + joined[-1][2] == b:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + count)
        else:
            joined.append((a, b, count))
    return joined


Spans = tuple[tuple[int, int], ...]


def inner(left: str, right: str) -> tuple[Spans, Spans]:
    """What of two lines is not in the other, word by word; nothing where they have little in common."""
    words = [_WORDS.findall(left), _WORDS.findall(right)]
    if max(len(words[0]), len(words[1])) > _MOST_WORDS:
        return (), ()
    matcher = difflib.SequenceMatcher(None, words[0], words[1], autojunk=False)
    if matcher.ratio() < 0.3:
        return (), ()
    starts = []
    for side in words:
        at = [0]
        for word in side:
            at.append(at[-1] + len(word))
        starts.append(at)
    found: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        if kind != "equal":
            if a_end > a:
                found[0].append((starts[0][a], starts[0][a_end]))
            if b_end > b:
                found[1].append((starts[1][b], starts[1][b_end]))
    return tuple(found[0]), tuple(found[1])
