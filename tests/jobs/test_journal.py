"""The journal file: whole lines only, one writer, private; and values that come back as they went."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.jobs import journal
from tfm.jobs.codec import (
    from_entry,
    from_leftover,
    from_order,
    from_place,
    from_result,
    to_entry,
    to_leftover,
    to_order,
    to_place,
    to_result,
)
from tfm.jobs.journal import JournalFile
from tfm.model.conflict import Answer
from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.location import S3, Location, local
from tfm.ops.context import ItemResult, Outcome
from tfm.ops.order import Order
from tfm.storage.base import Evidence, Leftover


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "jobs"
    made.mkdir()
    return made


def test_it_is_private(directory: Path) -> None:
    file = JournalFile.create(directory)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.close()


def test_what_was_written_is_read_in_order(directory: Path) -> None:
    file = JournalFile.create(directory)
    file.append({"k": "a"}, {"k": "b"})
    file.append({"k": "c"}, durable=True)
    file.close()
    assert [(row["n"], row["k"]) for row in journal.read(file.path)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_torn_last_line_is_dropped_and_never_swallows_the_next(directory: Path, cut: int) -> None:
    file = JournalFile.create(directory)
    file.append({"k": "a"})
    file.append({"k": "bbbbbbbb"})
    file.close()
    os.truncate(file.path, file.path.stat().st_size - cut)
    taken = JournalFile.take_over(file.path)
    assert taken is not None
    again, records = taken
    assert [row["k"] for row in records] == ["a"]
    again.append({"k": "c"})
    again.close()
    assert [(row["n"], row["k"]) for row in journal.read(file.path)] == [(1, "a"), (2, "c")]


def test_nothing_behind_a_damaged_line_is_believed(directory: Path) -> None:
    file = JournalFile.create(directory)
    file.append({"k": "a"}, {"k": "b"}, {"k": "c"})
    file.close()
    data = bytearray(file.path.read_bytes())
    data[data.index(b'"b"') + 1] ^= 1
    file.path.write_bytes(data)
    assert [row["k"] for row in journal.read(file.path)] == ["a"]


def test_it_is_held_while_its_writer_lives_also_by_another_process(directory: Path) -> None:
    file = JournalFile.create(directory)
    assert journal.is_held(file.path)
    assert JournalFile.take_over(file.path) is None
    ready, told = os.pipe()
    done, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(told, b"1")
        os.read(done, 1)  # it has inherited the lock
        os._exit(0)
    os.read(ready, 1)
    file.close()
    assert journal.is_held(file.path)
    os.write(end, b"1")
    os.waitpid(child, 0)
    assert not journal.is_held(file.path)
    for fd in (ready, told, done, end):
        os.close(fd)


def test_a_journal_that_cannot_be_written_is_a_warning(
    directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = JournalFile.create(directory)
    file.append({"k": "a"})

    def full(_fd: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "tfm.jobs"):
        patch.setattr(os, "write", full)
        file.append({"k": "b"})
    file.append({"k": "c"})  # half a record may stand there: nothing may come after it
    file.close()
    assert [row["k"] for row in journal.read(file.path)] == ["a"]
    assert "No space left on device" in caplog.text


def test_a_link_is_not_followed(directory: Path, tmp_path: Path) -> None:
    file = JournalFile.create(directory)
    file.close()
    (tmp_path / "other").write_text("precious")
    link = directory / "x.jsonl"
    link.symlink_to(tmp_path / "other")
    with pytest.raises(OSError):
        journal.read(link)
    with pytest.raises(OSError):
        JournalFile.take_over(link)
    assert (tmp_path / "other").read_text() == "precious"


# -- values ------------------------------------------------------------------------------------------

NAMES = st.text(
    st.characters(exclude_characters="/\0", min_codepoint=1, max_codepoint=0x10FFFF), min_size=1
)
NUMBERS = st.integers(0, 2**63 - 1)
DETAILS = st.one_of(
    st.none(),
    st.builds(
        LocalDetails,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        NAMES,
        st.booleans(),
    ),
    st.builds(
        ObjectDetails,
        etag=NAMES,
        storage_class=NAMES,
        stored_mtime_ns=st.none() | NUMBERS,
        mode=st.none() | NUMBERS,
        checksums=st.lists(st.tuples(NAMES, NAMES), max_size=2).map(tuple),
    ),
)
ENTRIES = st.builds(
    Entry, NAMES, st.sampled_from(Kind), st.none() | NUMBERS, st.none() | NUMBERS, DETAILS
)
PLACES = st.one_of(
    NAMES.map(lambda name: local(f"/d/{name}")), NAMES.map(lambda name: Location(S3, f"b/{name}"))
)


def through_a_file(value: object, directory: Path) -> object:
    """As it comes back from the disk: names of any bytes must survive the encoding."""
    file = JournalFile.create(directory)
    file.append({"v": value})
    (row,) = journal.read(file.path)
    file.remove()
    return row["v"]


@given(PLACES, ENTRIES)
def test_places_and_entries_come_back(
    tmp_path_factory: pytest.TempPathFactory, place: Location, entry: Entry
) -> None:
    directory = tmp_path_factory.getbasetemp()
    assert to_place(through_a_file(from_place(place), directory)) == place
    assert to_entry(through_a_file(from_entry(entry), directory)) == entry


@pytest.mark.parametrize("into", [True, False, None])
def test_orders_come_back(into: bool | None, directory: Path) -> None:
    picked = ((local("/a/\udc80"), Entry("\udc80", Kind.FILE, 1, 2)),)
    order = Order("copy", picked, Location(S3, "b/x/"), into, answer=Answer.NEWER)
    assert to_order(through_a_file(from_order(order), directory), picked) == order
    with pytest.raises(ValueError, match="picked"):
        to_order(from_order(order), ())
    with pytest.raises(ValueError, match="verb"):
        to_order(from_order(order) | {"verb": "format"}, picked)


@pytest.mark.parametrize(
    "result",
    [
        ItemResult(local("/a"), None, Outcome.DONE),
        ItemResult(local("/a"), local("/b"), Outcome.DONE, 7, note="n", evidence=Evidence.SIZE),
        ItemResult(local("/a"), local("/b"), Outcome.SKIPPED, reason="r"),
    ],
)
def test_results_come_back(result: ItemResult, directory: Path) -> None:
    assert to_result(through_a_file(from_result(result), directory)) == result


@pytest.mark.parametrize("properties", ["", "0123abcd"])
def test_leftovers_come_back(directory: Path, properties: str) -> None:
    leftover = Leftover(local("/a"), "/.tfm-0123456789ab.part", "77", 5, properties=properties)
    assert to_leftover(through_a_file(from_leftover(leftover), directory)) == leftover


@pytest.mark.parametrize("value", [None, [], ["file"], {"x": 1}, 7, ["file", "", "no style", "/"]])
def test_what_is_no_place_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):
        to_place(value)
