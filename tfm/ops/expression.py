"""Regular expressions that people type: none of them holds the program up.

Python's own keep every thread waiting while they match, and some of them never end. These are those of
the package `regex`: the other threads go on meanwhile, and what takes too long is broken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, AnyStr, Final, Generic, cast

from tfm.model.errors import StorageError

PATIENCE: Final = 2.0
"""Seconds of work on one piece of text on a worker, after which nobody believes in an end."""

AT_ONCE: Final = 0.01
"""Seconds of work on one line or name that is looked at while the screen waits."""


class TooSlow(StorageError):
    """An expression that did not come to an end in its time."""

    def __init__(self) -> None:
        super().__init__("This expression takes too long.", hint="Write it in a simpler way.")


def expression(
    source: AnyStr,
    flags: re.RegexFlag = re.NOFLAG,
    *,
    seconds: float = PATIENCE,
    gives_up: bool = False,
) -> re.Pattern[AnyStr]:
    """As `re.compile`, as far as `search`, `finditer`, `flags` and the groups go. Raises re.error.

    What works longer than about `seconds` raises TooSlow; with `gives_up` it finds nothing instead, then
    and ever after.
    """
    return cast("re.Pattern[AnyStr]", _Expression(source, flags, seconds, gives_up))


class _Expression(Generic[AnyStr]):
    def __init__(self, source: AnyStr, flags: re.RegexFlag, seconds: float, gives_up: bool) -> None:
        import regex  # type: ignore[import-untyped]

        try:
            # the two packages number these flags alike
            compiled: Any = regex.compile(
                source, int(flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL))
            )
        except regex.error as error:
            raise re.error(error.msg, source, error.pos) from None
        self.flags = flags
        self.groups = compiled.groups
        self.groupindex = compiled.groupindex
        self._pattern = compiled
        self._how = {"timeout": seconds, "concurrent": True}
        self._gives_up = gives_up
        self._given_up = False

    def search(self, text: AnyStr, at: int = 0) -> re.Match[AnyStr] | None:
        found: re.Match[AnyStr] | None = None
        with self._bounded():
            if not self._given_up:
                found = self._pattern.search(text, at, **self._how)
        return found

    def finditer(self, text: AnyStr) -> Iterator[re.Match[AnyStr]]:
        found: list[re.Match[AnyStr]] = []
        with self._bounded():
            if not self._given_up:
                found = list(self._pattern.finditer(text, **self._how))
        return iter(found)

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, MemoryError):  # what never ends may take all there is first
            self._given_up = self._gives_up
            if not self._gives_up:
                raise TooSlow from None
