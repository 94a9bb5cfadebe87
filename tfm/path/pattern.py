"""Glob patterns by components, for the places where pathlib's own engine cannot look."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

DEEP = "**"


@lru_cache(maxsize=512)
def component(pattern: str, *, case_sensitive: bool = True) -> Callable[[str], object]:
    """The test for one component."""
    flags = 0 if case_sensitive else re.IGNORECASE
    return re.compile(fnmatch.translate(pattern), flags).match


def is_plain(part: str) -> bool:
    """True for a component without wildcards."""
    return not any(sign in part for sign in "*?[")


def matches_whole(
    parts: Sequence[str],
    pattern: Sequence[str],
    *,
    case_sensitive: bool = True,
    deep: bool = True,
) -> bool:
    """True if the components are what the pattern says; with `deep`, `**` stands for any number.

    Time grows with the product of the two lengths, whatever the pattern.
    """
    reached = {0}
    for wanted in pattern:
        if deep and wanted == DEEP:
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
            continue
        fits = component(wanted, case_sensitive=case_sensitive)
        reached = {at + 1 for at in reached if at < len(parts) and fits(parts[at])}
    return len(parts) in reached


def split(pattern: str) -> tuple[list[str], bool]:
    """The components of a relative pattern, and whether it asks for directories only.

    Raises ValueError for an empty one, NotImplementedError for an absolute one, as pathlib does.
    """
    if not pattern:
        raise ValueError(f"Unacceptable pattern: {pattern!r}")
    if pattern.startswith("/") or "://" in pattern:
        raise NotImplementedError("Non-relative patterns are unsupported")
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    for part in parts:
        if DEEP in part and part != DEEP:
            raise ValueError("Invalid pattern: '**' can only be an entire path component")
    return parts, pattern.endswith("/")
