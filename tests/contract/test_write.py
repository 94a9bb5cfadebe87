"""Writing a file: whole or not at all, and never over anything by accident."""

from __future__ import annotations

import random

import pytest

from tests.contract.rig import KEEPS_TIME, REAL, Bench, needs
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind, same_content
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    Corrupt,
    IsDirectory,
    NotDirectory,
    NotFound,
    TooLate,
)
from tfm.storage.base import Evidence, Hints, Work

LARGE = random.Random(3).randbytes(1 << 20) * 12
"""More than one part of any multipart upload."""


def _nothing_left(bench: Bench) -> None:
    assert bench.ground.names() == {}
    assert bench.ground.debris() == []


class TestWrite:
    @pytest.mark.parametrize("data", [b"", b"x", b"line\n" * 5000], ids=["empty", "byte", "lines"])
    def test_a_commit_publishes_the_whole(self, bench: Bench, data: bytes) -> None:
        written = bench.write("file", data)
        assert bench.ground.names() == {"file": len(data)}
        assert bench.ground.read("file") == data
        assert same_content(written.entry, bench.stat("file"))
        assert (written.entry.name, written.entry.kind) == ("file", Kind.FILE)
        assert written.evidence in Evidence
        assert written.change.covers(bench.top)

    def test_many_small_pieces(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer:
            for number in range(1000):
                writer.write(f"{number},".encode())
            writer.commit()
        assert bench.ground.read("file") == "".join(f"{n}," for n in range(1000)).encode()

    @pytest.mark.slow
    def test_a_large_file_whose_size_is_known(self, bench: Bench) -> None:
        bench.write("large", LARGE)
        assert bench.ground.read("large") == LARGE
        assert bench.ground.debris() == []

    @pytest.mark.slow
    def test_a_large_file_whose_size_is_not_known(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("large"), Hints(), Work()) as writer:
            for start in range(0, len(LARGE), 1 << 20):
                writer.write(LARGE[start : start + (1 << 20)])
            writer.commit()
        assert bench.ground.read("large") == LARGE

    def test_nobody_sees_it_before_the_commit(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer:
            writer.write(b"half")
            assert "file" not in bench.ground.names()
            writer.commit()
        assert "file" in bench.ground.names()

    def test_the_old_content_stands_until_the_commit(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        hints = Hints(replaces=bench.row("file"))
        with bench.storage.open_write(bench.at("file"), hints, Work()) as writer:
            writer.write(b"new content")
            assert bench.ground.read("file") == b"old"
            writer.commit()
        assert bench.ground.read("file") == b"new content"

    def test_an_abort_leaves_nothing(self, bench: Bench) -> None:
        writer = bench.storage.open_write(bench.at("file"), Hints(), Work())
        writer.write(b"half")
        writer.abort()
        writer.abort()
        _nothing_left(bench)

    def test_leaving_the_block_aborts(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer:
            writer.write(b"half")
        _nothing_left(bench)

    def test_an_error_in_the_block_aborts(self, bench: Bench) -> None:
        with (
            pytest.raises(ZeroDivisionError),
            bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer,
        ):
            writer.write(b"half")
            raise ZeroDivisionError
        _nothing_left(bench)

    @pytest.mark.slow
    def test_an_abort_after_much_was_sent_leaves_nothing(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("large"), Hints(), Work()) as writer:
            for start in range(0, len(LARGE), 1 << 20):
                writer.write(LARGE[start : start + (1 << 20)])
        _nothing_left(bench)

    def test_an_abort_after_the_commit_changes_nothing(self, bench: Bench) -> None:
        with bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer:
            writer.write(b"data")
            writer.commit()
            writer.abort()
        assert bench.ground.read("file") == b"data"

    @pytest.mark.parametrize("told", [3, 5, 0], ids=["too-many", "too-few", "any"])
    def test_another_number_of_bytes_than_told_is_refused(self, bench: Bench, told: int) -> None:
        with pytest.raises((Corrupt, TooLate)):
            bench.write("file", b"four", Hints(size=told))
        _nothing_left(bench)

    def test_too_few_bytes_do_not_replace(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        with pytest.raises((Corrupt, TooLate)):
            bench.write("file", b"ne", Hints(size=3, replaces=bench.row("file")))
        assert bench.ground.names() == {"file": 3}
        assert bench.ground.read("file") == b"old"

    def test_writers_of_two_files_at_once(self, bench: Bench) -> None:
        with (
            bench.storage.open_write(bench.at("one"), Hints(), Work()) as one,
            bench.storage.open_write(bench.at("two"), Hints(), Work()) as two,
        ):
            one.write(b"1")
            two.write(b"2")
            one.write(b"1")
            two.commit()
            one.commit()
        assert (bench.ground.read("one"), bench.ground.read("two")) == (b"11", b"2")


class TestReplace:
    def test_nothing_is_replaced_unasked(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        with pytest.raises(AlreadyExists):
            bench.write("file", b"new")
        assert bench.ground.names() == {"file": 3}
        assert bench.ground.read("file") == b"old"

    def test_what_came_while_we_wrote_is_not_replaced(self, bench: Bench) -> None:
        with (
            pytest.raises(AlreadyExists),
            bench.storage.open_write(bench.at("file"), Hints(), Work()) as writer,
        ):
            writer.write(b"new")
            bench.ground.write("file", b"theirs")
            writer.commit()
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.read("file") == b"theirs"

    def test_what_was_shown_is_replaced(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        written = bench.write("file", b"newer", Hints(size=5, replaces=bench.row("file")))
        assert bench.ground.names() == {"file": 5}
        assert bench.ground.read("file") == b"newer"
        assert written.entry.size == 5

    def test_what_stat_told_is_replaced(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        bench.write("file", b"newer", Hints(replaces=bench.stat("file")))
        assert bench.ground.read("file") == b"newer"

    def test_a_chain_of_replacements(self, bench: Bench) -> None:
        entry = bench.write("file", b"first").entry
        for data in (b"second", b"third", b"fourth"):
            entry = bench.write("file", data, Hints(size=len(data), replaces=entry)).entry
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.read("file") == b"fourth"

    def test_what_changed_since_it_was_shown_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        shown = bench.row("file")
        bench.ground.write("file", b"theirs")
        with pytest.raises(TooLate):
            bench.write("file", b"new", Hints(replaces=shown))
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.read("file") == b"theirs"

    def test_what_changes_while_we_write_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        hints = Hints(replaces=bench.row("file"))
        with (
            pytest.raises(TooLate),
            bench.storage.open_write(bench.at("file"), hints, Work()) as writer,
        ):
            writer.write(b"new")
            bench.ground.write("file", b"theirs")
            writer.commit()
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.read("file") == b"theirs"

    @pytest.mark.slow
    def test_a_large_file_replaces_only_what_was_shown(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        shown = bench.row("file")
        bench.ground.write("file", b"theirs")
        with pytest.raises(TooLate):
            bench.write("file", LARGE, Hints(replaces=shown))
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.debris() == []

    @pytest.mark.slow
    def test_a_large_file_replaces_nothing_unasked(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        with pytest.raises(AlreadyExists):
            bench.write("file", LARGE)
        assert bench.ground.names() == {"file": 3}
        assert bench.ground.debris() == []

    def test_what_is_gone_since_it_was_shown_is_too_late(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        shown = bench.row("file")
        bench.ground.remove("file")
        with pytest.raises(TooLate):
            bench.write("file", b"new", Hints(replaces=shown))
        _nothing_left(bench)

    def test_an_entry_of_another_file_replaces_nothing(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        bench.ground.write("other", b"other")
        with pytest.raises(TooLate):
            bench.write("file", b"new", Hints(replaces=bench.row("other")))
        assert bench.ground.read("file") == b"old"


class TestWriteCancel:
    def test_a_cancel_before_the_commit_publishes_nothing(self, bench: Bench) -> None:
        token = CancelToken()
        with (
            pytest.raises(Cancelled),
            bench.storage.open_write(bench.at("file"), Hints(), Work(cancel=token)) as writer,
        ):
            writer.write(b"half")
            token.cancel()
            writer.write(b"whole")
            writer.commit()
        _nothing_left(bench)

    @pytest.mark.slow
    def test_a_cancel_after_much_was_sent_leaves_nothing(self, bench: Bench) -> None:
        token = CancelToken()
        with (
            pytest.raises(Cancelled),
            bench.storage.open_write(bench.at("file"), Hints(), Work(cancel=token)) as writer,
        ):
            for start in range(0, len(LARGE), 1 << 20):
                writer.write(LARGE[start : start + (1 << 20)])
            token.cancel()
            writer.write(b"more")
            writer.commit()
        _nothing_left(bench)


@needs(REAL)
class TestWriteRealDirectories:
    def test_a_missing_directory_is_not_made(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.write("absent/file", b"x")
        _nothing_left(bench)

    def test_nothing_goes_beneath_a_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises((NotDirectory, NotFound)):
            bench.write("file/inside", b"x")
        assert bench.ground.names() == {"file": 1}

    def test_a_directory_is_not_replaced_by_a_file(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        with pytest.raises((AlreadyExists, IsDirectory)):
            bench.write("folder", b"x")
        assert bench.ground.names() == {"folder/": 0}

    def test_a_directory_is_not_replaced_even_if_told(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        with pytest.raises((AlreadyExists, IsDirectory, TooLate)):
            bench.write("folder", b"x", Hints(replaces=bench.row("folder/")))
        assert bench.ground.names() == {"folder/": 0}


@needs(lacks=REAL)
class TestWriteKeys:
    def test_directories_appear_with_the_first_file(self, bench: Bench) -> None:
        written = bench.write("a/b/file", b"x")
        assert bench.ground.names() == {"a/b/file": 1}
        assert bench.rows() == {("a", True)}
        for directory in ("", "a/", "a/b/"):
            assert written.change.covers(bench.at(directory))

    def test_an_object_may_have_the_name_of_a_directory(self, bench: Bench) -> None:
        bench.ground.write("a/b", b"x")
        bench.write("a", b"file")
        assert bench.ground.names() == {"a": 4, "a/b": 1}

    def test_a_missing_container_is_not_made(self, bench: Bench) -> None:
        place = bench.top.parent.child("no-such-container", directory=True).child("file")
        with (
            pytest.raises(NotFound),
            bench.storage.open_write(place, Hints(), Work()) as writer,
        ):
            writer.write(b"x")
            writer.commit()


@needs(KEEPS_TIME)
class TestWriteKeepsTime:
    @pytest.mark.parametrize(
        "moment",
        [1_600_000_000_123_456_789, 1_600_000_000_000_000_000, 1, 0],
        ids=["nanoseconds", "seconds", "first", "zero"],
    )
    def test_the_time_of_the_source_is_kept(self, bench: Bench, moment: int) -> None:
        bench.write("file", b"x", Hints(size=1, mtime_ns=moment))
        assert bench.stat("file").source_mtime_ns == moment
        with bench.storage.open_read(bench.at("file")) as reader:
            assert reader.entry.source_mtime_ns == moment

    def test_the_mode_of_the_source_is_kept(self, bench: Bench) -> None:
        bench.write("file", b"x", Hints(size=1, mode=0o640))
        assert bench.stat("file").mode == 0o640

    def test_without_a_time_it_is_now(self, bench: Bench) -> None:
        bench.ground.write("probe", b"x")
        bench.write("file", b"x", Hints(size=1))
        probe, written = bench.row("probe").mtime_ns, bench.stat("file").source_mtime_ns
        assert probe is not None
        assert written is not None
        assert abs(probe - written) < 60e9

    @pytest.mark.slow
    def test_a_large_file_keeps_its_time(self, bench: Bench) -> None:
        bench.write("large", LARGE, Hints(size=len(LARGE), mtime_ns=1_500_000_000_500_000_000))
        assert bench.stat("large").source_mtime_ns == 1_500_000_000_500_000_000


def test_a_foreign_entry_replaces_nothing(bench: Bench) -> None:
    bench.ground.write("file", b"old")
    foreign = Entry("file", Kind.FILE, 3, 12345)
    with pytest.raises(TooLate):
        bench.write("file", b"new", Hints(replaces=foreign))
    assert bench.ground.read("file") == b"old"
