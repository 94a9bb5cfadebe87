"""Which names a pattern means."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Sequence

from tfm.model.entry import Entry

_WILDCARDS = "*?["


def name_filter(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """Compiles `*.log;*.txt` (globs, `;` between alternatives), by default without regard to case.

    A pattern without wildcards means "contains".
    """
    parts = [part for part in pattern.split(";") if part] or ["*"]
    globs = [part if any(c in part for c in _WILDCARDS) else f"*{part}*" for part in parts]
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs), flags)


def row_filter(pattern: str) -> Callable[[Entry], bool]:
    """Which rows a filter leaves: directories always, files whose name the pattern means.

    Blanks beside a `;` do not count. With a slash in it a pattern is held against the whole path of
    a row that has one (see `tfm/session/results.py`), else against the name alone.
    """
    wanted = name_filter(composed(";".join(part.strip() for part in pattern.split(";")))).match
    whole = "/" in pattern

    def fits(entry: Entry) -> bool:
        name = entry.name if whole else entry.name.rpartition("/")[2]
        return entry.is_directory or wanted(composed(name)) is not None

    return fits


def composed(text: str) -> str:
    """The same text whatever way its accents were written: macOS takes them apart, keyboards do not."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(name: str) -> str:
    """A name as `Words` wants it: case and the way accents are written do not count."""
    return composed(composed(name).casefold())


class Words:
    """What somebody types to find a name: several words, all of which must occur, in any order."""

    def __init__(self, text: str) -> None:
        self.words = tuple(folded(text).split())
        spellings = {
            form
            for word in composed(text).split()
            for form in (word, unicodedata.normalize("NFD", word))
        }
        longest_first = sorted(spellings, key=len, reverse=True)
        self._shown = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def __bool__(self) -> bool:
        return bool(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)

    def fit(self, name: str) -> bool:
        """True if all of them occur in a name that was `folded`."""
        return all(word in name for word in self.words)

    def among(self, names: Sequence[str]) -> list[int]:
        """Which of many folded names fit; about 0.1 µs a name."""
        found: Sequence[int] = range(len(names))
        for word in self.words:
            found = [at for at in found if word in names[at]]
        return list(found)

    def spans(self, shown: str) -> list[tuple[int, int]]:
        """Where they stand in a text as it is shown, for the eye: from, to (exclusive)."""
        if not self.words:
            return []
        return [found.span() for found in self._shown.finditer(shown) if found.group()]


class Fuzzy:
    """Letters that occur in a path in this order, with anything between them; blanks part words.

    Capital letters count where the pattern has one.
    """

    def __init__(self, pattern: str) -> None:
        flags = re.NOFLAG if any(letter.isupper() for letter in pattern) else re.IGNORECASE
        self._words = [
            re.compile("(?=(" + ".*?".join(map(re.escape, word)) + "))", flags | re.DOTALL)
            for word in composed(pattern).split()
        ]

    def cost(self, path: str) -> int | None:
        """How far apart the letters stand; less is better, None: it does not fit.

        Letters in the last part of a path are worth more than those in the directories before it.
        """
        path = composed(path)
        name_at = path.rfind("/") + 1
        total = len(path) - name_at
        for word in self._words:
            spans = [found.span(1) for found in word.finditer(path)]
            if not spans:
                return None
            total += min(8 * (end - start) + 40 * (start < name_at) for start, end in spans)
        return total

    def fits(self, path: str) -> bool:
        """True if all words do."""
        path = composed(path)
        return all(word.search(path) for word in self._words)
