"""The tabs of a pane as its header tells them: ` 1 [2] 3 `, or `[2/12]` where there is no room."""

from __future__ import annotations

_CELL = 3
_SHARE = 3


def strip(shown: int, count: int, width: int) -> str:
    """The text for a header of `width` cells, empty for a single tab; `shown` counts from 0."""
    if count < 2:
        return ""
    if _is_short(count, width):
        return f"[{shown + 1}/{count}]"
    return "".join(f"[{n + 1}]" if n == shown else f" {n + 1} " for n in range(count))


def tab_at(x: int, shown: int, count: int, width: int) -> int | None:
    """The tab at a cell of that text; the short form stands for the tab that comes next."""
    text = strip(shown, count, width)
    if not 0 <= x < len(text):
        return None
    return (shown + 1) % count if _is_short(count, width) else x // _CELL


def _is_short(count: int, width: int) -> bool:
    """The place needs the header more than the tabs do."""
    return count > 9 or count * _CELL > width // _SHARE
