r"""New names out of old ones: what to find, and what to put in its place.

The replacement is text with macros:

| macro | stands for |
|---|---|
| `\0`, `\1` … `\9`, `\g<word>` | what was found, and its groups |
| `\d`, `\d{007}`, `\d{10+5}` | a running number: first number with as many digits, and the step (`-5` counts down) |
| `\n`, `\e`, `\p` | the name without its extension, the extension with its dot, the directory above |
| `\t`, `\t{%Y%m%d-%H%M}` | the time of the file, as `strftime` writes it; alone `%Y-%m-%d` |
| `\U…\E`, `\L…\E`, `\C…\E` | in capitals, in small letters, Each Word With One |
| `\u`, `\l` | the next letter large, small |
| `\\` | a backslash |
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tfm.ops.expression import AT_ONCE, expression

_USUAL_TIME = "%Y-%m-%d"
_COUNTER = re.compile(r"(\d{1,18})(?:([+-])(\d{1,9}))?\Z")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class Part(enum.Enum):
    """Which part of a name is looked at; the rest stays."""

    NAME = "whole name"
    STEM = "without extension"
    EXTENSION = "only extension"


class RuleFault(ValueError):
    """What is wrong with the expression or the replacement, in words for the person who typed it."""


class NameFault(ValueError):
    """Why there is no new name for one of the things."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be renamed: its name, its number in the row (from 0), its time in nanoseconds."""

    name: str
    directory: bool = False
    number: int = 0
    mtime_ns: int | None = None
    parent: str = ""

    def split(self) -> tuple[str, str]:
        """Stem and extension with its dot; directories and names like `.profile` have no extension."""
        stem, dot, extension = self.name.rpartition(".")
        if self.directory or not stem.strip("."):
            return self.name, ""
        return stem, dot + extension


Macro = Callable[[Subject, re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class _Case:
    """From here on another case: of all that follows (`U`, `L`, `C`, `E`), of one letter (`u`, `l`)."""

    letter: str


_Piece = str | _Case | Macro


class Rule:
    r"""What to find and what to put there. Raises RuleFault for what is neither.

    Every match is replaced. An empty `find` means all of the part; with an empty replacement too,
    every name stays. `zone` is that of `\t`, None the local one.
    """

    def __init__(
        self,
        find: str,
        replacement: str,
        *,
        part: Part = Part.NAME,
        ignore_case: bool = False,
        literal: bool = False,
        zone: tzinfo | None = None,
    ) -> None:
        self._idle = not find and not replacement
        self._part = part
        self._zone = zone
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)
        source = (re.escape(find) if literal else find) or r"\A.*\Z"
        try:
            self._find = expression(source, flags, seconds=AT_ONCE)
        except (re.error, OverflowError, RecursionError) as error:
            raise RuleFault(f"Not a regular expression: {error}.") from error
        self._pieces = tuple(self._parse(replacement))

    def new_name(self, subject: Subject) -> str:
        """The new name. Raises NameFault where a macro has nothing to stand for, and TooSlow."""
        if self._idle:
            return subject.name
        if self._part is Part.NAME:
            return self._replace(subject.name, subject)
        stem, extension = subject.split()
        if self._part is Part.STEM:
            return self._replace(stem, subject) + extension
        changed = self._replace(extension[1:], subject)
        return f"{stem}.{changed}" if changed else stem

    def _replace(self, text: str, subject: Subject) -> str:
        made: list[str] = []
        at = 0
        for found in self._find.finditer(text):
            if found.start() == found.end() == at and made:
                continue  # `.*` also finds the nothing behind what it has just found
            made += [text[at : found.start()], self._fill(subject, found)]
            at = found.end()
        return "".join(made) + text[at:]

    # -- the replacement -----------------------------------------------------------------------------

    def _fill(self, subject: Subject, found: re.Match[str]) -> str:
        runs: list[tuple[str, str, str]] = []  # whose case, case of the first letter, text
        case = once = text = ""
        for piece in self._pieces:
            if isinstance(piece, _Case):
                if text:
                    runs.append((case, once, text))
                    once = text = ""
                if piece.letter in "ul":
                    once = piece.letter
                else:
                    case = piece.letter
            else:
                text += piece if isinstance(piece, str) else piece(subject, found)
        return "".join(_in_case(*run) for run in [*runs, (case, once, text)])

    def _parse(self, replacement: str) -> Iterator[_Piece]:
        at = 0
        while at < len(replacement):
            slash = replacement.find("\\", at)
            if slash < 0:
                yield replacement[at:]
                return
            if slash > at:
                yield replacement[at:slash]
            piece, at = self._macro(replacement, slash + 1)
            yield piece

    def _macro(self, text: str, at: int) -> tuple[_Piece, int]:
        """The macro whose letter stands at `at`, and where it ends."""
        letter = text[at : at + 1]
        if letter == "\\":
            return letter, at + 1
        if letter and letter in "ULCEul":
            return _Case(letter), at + 1
        if letter and letter in "0123456789":
            return self._group(int(letter)), at + 1
        if letter == "g":
            word = re.compile(r"<(\w+)>").match(text, at + 1)
            if word is None:
                raise RuleFault(r"\g needs the name of a group: \g<word>.")
            return self._group(word[1]), word.end()
        if letter == "n":
            return (lambda subject, _found: subject.split()[0]), at + 1
        if letter == "e":
            return (lambda subject, _found: subject.split()[1]), at + 1
        if letter == "p":
            return (lambda subject, _found: subject.parent), at + 1
        if letter and letter in "dt":
            inner, end = _braces(text, at + 1)
            return (_counter(inner) if letter == "d" else self._time(inner)), end
        raise RuleFault(f"\\{letter} stands for nothing; \\\\ is a backslash.")

    def _group(self, number: int | str) -> Macro:
        if isinstance(number, int) and number > self._find.groups:
            raise RuleFault(f"\\{number}: the expression has {self._find.groups} groups.")
        if isinstance(number, str) and number not in self._find.groupindex:
            raise RuleFault(f"The expression has no group called {number}.")
        return lambda _subject, found: found[number] or ""

    def _time(self, wanted: str | None) -> Macro:
        form = wanted or _USUAL_TIME

        def macro(subject: Subject, _found: re.Match[str]) -> str:
            if subject.mtime_ns is None:
                raise NameFault("Its time is not known.")
            try:
                return datetime.fromtimestamp(subject.mtime_ns / 1e9, self._zone).strftime(form)
            except (OverflowError, OSError, ValueError) as error:
                raise NameFault("Its time cannot be written that way.") from error

        return macro


def _braces(text: str, at: int) -> tuple[str | None, int]:
    """What stands in braces at `at`, None without braces; and where to go on."""
    if text[at : at + 1] != "{":
        return None, at
    end = text.find("}", at)
    if end < 0:
        raise RuleFault("A { without its }.")
    return text[at + 1 : end], end + 1


def _counter(wanted: str | None) -> Macro:
    found = _COUNTER.match(wanted if wanted is not None else "1")
    if found is None:
        raise RuleFault(f"\\d{{{wanted}}}: write \\d{{001}}, or \\d{{10+5}} for 10, 15, 20.")
    first, width = int(found[1]), len(found[1])
    step = int(f"{found[2] or '+'}{found[3] or '1'}")

    def macro(subject: Subject, _found: re.Match[str]) -> str:
        number = first + step * subject.number
        return f"{number:0{width + (number < 0)}d}"

    return macro


def _in_case(case: str, once: str, text: str) -> str:
    if case == "U":
        text = text.upper()
    elif case == "L":
        text = text.lower()
    elif case == "C":
        text = _WORD.sub(lambda found: found[0][0].upper() + found[0][1:].lower(), text)
    if once and text:
        first = text[0].upper() if once == "u" else text[0].lower()
        text = first + text[1:]
    return text
