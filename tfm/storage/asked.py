"""Why a storage is asked, for the line in its log: because the cache had nothing, or in spite of it.

A backend does not know the cache, and the cache does not know requests; this goes with the thread that asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

P = TypeVar("P")

MISS: Final = "miss"
AFRESH: Final = "afresh"
UNASKED: Final = "-"

_why: ContextVar[str] = ContextVar("tfm_asked", default=UNASKED)


def why_asked() -> str:
    """What the cache had to do with what this thread asks now: `miss`, `afresh`, or nothing."""
    return _why.get()


@contextmanager
def asked(why: str) -> Iterator[None]:
    """What is asked inside is asked for that reason."""
    token = _why.set(why)
    try:
        yield
    finally:
        _why.reset(token)


def each_asked(why: str, pages: Iterable[P]) -> Iterator[P]:
    """The same for pages that are asked for one by one; between them the reason is not in force."""
    source = iter(pages)
    while True:
        with asked(why):
            try:
                page = next(source)
            except StopIteration:
                return
        yield page
