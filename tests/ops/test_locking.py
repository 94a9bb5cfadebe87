"""Until when something is locked, as people write it."""

from __future__ import annotations

import pytest

from tfm.model.errors import Unsupported
from tfm.model.location import local
from tfm.ops.locking import locks_of, parse_until
from tfm.storage.vfs import Vfs

NOW = 1_795_176_000 * 10**9 + 5  # 2026-11-20 12:00 UTC
DAY = 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 1_795_176_000 + 30 * DAY),
        (" 2W ", 1_795_176_000 + 14 * DAY),
        ("7 y", 1_795_176_000 + 7 * 365 * DAY),
        ("2026-11-21", 1_795_219_200),
        ("2026-11-20 12:01", 1_795_176_060),
    ],
)
def test_a_moment(text: str, seconds: int) -> None:
    assert parse_until(text, NOW) == seconds * 10**9


@pytest.mark.parametrize("text", ["", "soon", "30", "3h", "2026-13-01", "9999-01-01", "-1d"])
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="Write 30d"):
        parse_until(text, NOW)


@pytest.mark.parametrize("text", ["0d", "2026-11-20", "2001-01-01"])
def test_what_is_past(text: str) -> None:
    with pytest.raises(ValueError, match="not in the future"):
        parse_until(text, NOW)


def test_where_there_are_none() -> None:
    with pytest.raises(Unsupported, match="no locks"):
        locks_of(Vfs(), local("/"))
