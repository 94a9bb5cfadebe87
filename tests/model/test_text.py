from __future__ import annotations

import unicodedata
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.conflict import Answer, Conflict, Policy
from tfm.model.entry import Entry, Kind
from tfm.model.location import local
from tfm.model.text import duration, exact_size, local_time, plural, safe_text, sentence, short_size


class TestSafeText:
    @pytest.mark.parametrize(
        "text", ["plain.txt", "Ångström é", "漢字", "a b", "[bold]x[/]", "ñ😀"]
    )
    def test_what_only_draws_stays(self, text: str) -> None:
        assert safe_text(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\x1b[31m", "a␛[31m"),
            ("a\nb\tc\r", "a␊b␉c␍"),
            ("\x00", "␀"),
            ("\x7f", "␡"),
            ("\x9b31m", "\\x9b31m"),
            ("caf\udce9", "caf\\xe9"),
            ("\u202egpj.exe", "\\u202egpj.exe"),
            ("a\u200db", "a\\u200db"),
            ("a\u200bb", "a\\u200bb"),
            ("\ufeffa", "\\ufeffa"),
            ("x\ufe0f", "x\\ufe0f"),
            ("\U0001f3fd", "\\U0001f3fd"),
            ("\u2028", "\\u2028"),
            ("\ud800", "\\ud800"),
            ("\u00a0", "\\xa0"),
            ("\U000e0041", "\\U000e0041"),
        ],
    )
    def test_what_acts_or_misleads_becomes_a_picture(self, text: str, shown: str) -> None:
        assert safe_text(text) == shown

    def test_a_mark_hangs_on_nothing_foreign(self) -> None:
        assert safe_text("\u0301a") == "\\u0301a"
        assert safe_text("a\u0301") == "a\u0301"

    def test_a_tower_of_marks_is_cut(self) -> None:
        shown = safe_text("a" + "\u0301" * 50)
        assert shown.startswith("a" + "\u0301" * 8 + "\\u0301")

    @given(st.text(st.characters(), max_size=40))
    def test_whatever_comes_nothing_acts_on_the_terminal(self, text: str) -> None:
        shown = safe_text(text)
        for character in shown:
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        assert shown.isprintable() or "\u3000" in shown
        assert "\x1b" not in shown

    @given(st.text(st.characters(), max_size=40))
    def test_twice_is_once(self, text: str) -> None:
        assert safe_text(safe_text(text)) == safe_text(text)

    @given(st.text(st.characters(), min_size=1, max_size=40))
    def test_nothing_vanishes(self, text: str) -> None:
        assert len(safe_text(text)) >= len(text)


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "shown"),
        [
            (None, ""),
            (0, "0"),
            (999, "999"),
            (1000, "1.0K"),
            (1024, "1.0K"),
            (1234, "1.2K"),
            (10240, "10K"),
            (1023 * 1024, "1.0M"),
            (5 * 1024**2, "5.0M"),
            (1024**4, "1.0T"),
            (2**63, "8.0E"),
        ],
    )
    def test_short(self, size: int | None, shown: str) -> None:
        assert short_size(size) == shown

    @given(st.integers(0, 2**63))
    def test_a_short_size_has_at_most_five_cells(self, size: int) -> None:
        assert 1 <= len(short_size(size)) <= 5

    def test_exact(self) -> None:
        assert exact_size(1) == "1 byte"
        assert exact_size(0) == "0 bytes"
        assert exact_size(1234567) == "1,234,567 bytes"


def test_plurals() -> None:
    assert plural(1, "file") == "1 file"
    assert plural(0, "file") == "0 files"
    assert plural(1234, "directory") == "1,234 directories"
    assert plural(2, "entry") == "2 entries"


def test_a_reason_becomes_a_sentence() -> None:
    assert sentence("there are no S3 links here") == "There are no S3 links here."


def test_times() -> None:
    moment = 1_600_000_000 * 10**9
    assert local_time(moment, UTC) == "2020-09-13 12:26"
    assert local_time(moment, UTC, full=True) == "2020-09-13 12:26:40"
    assert local_time(None) == ""
    assert local_time(0, UTC) == "1970-01-01 00:00"
    assert local_time(2**80) == "?"
    assert local_time(-(10**9), UTC) == "1969-12-31 23:59"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (-3, "0 s"), (12.4, "12 s"), (59.6, "1:00"), (184, "3:04"), (3723, "1:02:03")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_policy_gives_the_same_answer_to_all() -> None:
    entry = Entry("a", Kind.FILE, 1)
    conflict = Conflict(local("/a"), entry, local("/b"), entry)
    decision = Policy(Answer.SKIP).resolve(conflict)
    assert decision.answer is Answer.SKIP
    assert decision.to_all
