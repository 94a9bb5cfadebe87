import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind
from tfm.model.order import SortKey
from tfm.model.text import safe_text, short_size
from tfm.ui.cells import cut_name, cut_start, head, pad, tail, width_of
from tfm.ui.pane.columns import RowFormat, with_dates

SIZE = Column("size", "Size", 5, lambda e: short_size(e.size), SortKey.SIZE, right=True)
TIME = Column("time", "Modified", 16, lambda _e: safe_text("2026-11-20 14:05"), SortKey.TIME)
CLASS = Column("class", "Class", 12, lambda _e: safe_text("STANDARD"))

names = st.text(min_size=0, max_size=60) | st.text(alphabet="aé漢\u0301\x1b👩\u200d.", max_size=60)


@given(names, st.integers(1, 80))
def test_whatever_the_name_a_line_has_exactly_its_width(name: str, width: int) -> None:
    safe = safe_text(name)
    assert width_of(pad(safe, width)) == width
    assert width_of(cut_name(safe, width)) == width
    assert width_of(head(safe, width)) == width
    assert width_of(tail(safe, width)) <= width
    assert width_of(cut_start(safe, width)) <= width
    entry = Entry(name, Kind.DIRECTORY, 5, 0)
    for marked in (False, True):
        line = RowFormat(width, (SIZE, TIME, CLASS)).line(entry, marked=marked)
        assert width_of(line) == max(width, 2)
        assert line.isprintable()


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("short.txt", 12, "short.txt   "),
        ("a-long-report-of-2026.tar.gz", 16, "a-long-rep…ar.gz"),
        ("no-extension-at-all", 12, "no-exten…all"),
        ("x.averyverylongextension", 12, "x.averyv…ion"),
        ("tiny.txt", 6, "tiny.…"),
    ],
)
def test_a_cut_name_keeps_its_extension(name: str, width: int, shown: str) -> None:
    assert cut_name(name, width) == shown


def test_columns_leave_in_order_of_importance() -> None:
    ids = {
        width: [column.id for column in RowFormat(width, (SIZE, TIME, CLASS)).columns]
        for width in (20, 24, 40, 41, 60)
    }
    assert ids == {
        20: [],
        24: ["size"],
        40: ["size", "time"],
        41: ["size", "time"],
        60: ["size", "time", "class"],
    }


def test_titles_stand_over_their_columns() -> None:
    row_format = RowFormat(60, (SIZE, TIME, CLASS))
    text, cells = row_format.titles(SortKey.SIZE, "▼")
    assert width_of(text) == 60
    assert text.split() == ["Name", "Size▼", "Modified", "Class"]
    assert [cell.sort for cell in cells] == [SortKey.NAME, SortKey.SIZE, SortKey.TIME, None]
    assert cells[1].start < text.index("Size") < cells[1].end
    assert "extension" in row_format.titles(SortKey.EXTENSION, "▲")[0]


def test_times_are_told_as_the_settings_say() -> None:
    from datetime import UTC

    (column,) = with_dates((TIME,), "%d.%m.%Y", UTC)
    assert column.width == 10
    assert column.text(Entry("x", Kind.FILE, 0, 1_700_000_000 * 10**9)) == "14.11.2023"
    assert column.text(Entry("x", Kind.FILE, 0, 10**30)) == "?"
    assert column.text(Entry("x", Kind.FILE)) == ""
