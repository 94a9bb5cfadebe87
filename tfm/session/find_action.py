"""Finding an action by a few letters of its name, or by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RECENT_KEPT = 20


@dataclass(frozen=True, slots=True)
class Findable:
    """What an action is found by: title, labels of its keys, and further words."""

    id: str
    title: str
    keys: tuple[str, ...] = ()
    words: str = ""


def remembered(recent: Sequence[str], action: str) -> tuple[str, ...]:
    """The actions chosen last, newest first, with one more."""
    return (action, *(each for each in recent if each != action))[:RECENT_KEPT]


def ranked(typed: str, rows: Sequence[Findable], recent: Sequence[str] = ()) -> list[Findable]:
    """The rows that fit what was typed, the best first; those used lately before their equals.

    A key alone (`q`, `F5`) is its action; then come titles that begin so, words that begin so, parts
    of titles, further words, and letters that follow each other with gaps.
    """
    wanted = typed.strip()
    latest = {action: place for place, action in enumerate(recent)}
    scored = []
    for place, row in enumerate(rows):
        score = _score(wanted, row)
        if score is not None:
            scored.append((score, latest.get(row.id, RECENT_KEPT), place, row))
    return [row for *_, row in sorted(scored, key=lambda each: each[:3])]


def _score(wanted: str, row: Findable) -> float | None:
    if not wanted:
        return 0.0
    if wanted in row.keys:
        return 0.0
    letters, title = wanted.casefold(), row.title.casefold()
    if title.startswith(letters):
        return 1.0
    parts, words = letters.split(), title.replace("-", " ").split()
    if all(any(word.startswith(part) for word in words) for part in parts):
        return 2.0
    if all(part in title for part in parts):
        return 3.0
    further = row.words.casefold()
    if all(part in title or part in further for part in parts):
        return 4.0
    gaps = _gaps("".join(parts), title)
    return None if gaps is None else 5.0 + gaps / 1000


def _gaps(letters: str, title: str) -> int | None:
    """How many letters lie between those that were typed; None if they do not come in order."""
    at, first = -1, -1
    for letter in letters:
        at = title.find(letter, at + 1)
        if at < 0:
            return None
        first = at if first < 0 else first
    return at - first + 1 - len(letters)
