"""The facets that move a file in pieces: the far end (transfer) and the near one (pieces)."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable

import pytest

from tests.contract.rig import KEEPS_TIME, Bench, needs
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind, same_content
from tfm.model.errors import AlreadyExists, Cancelled, Corrupt, NotFound, StorageError, TooLate
from tfm.storage.base import Evidence, Extent, Hints, Work
from tfm.storage.facets import OpenPieces, Transfer

SMALL = b"small data"
LARGE = random.Random(11).randbytes(1 << 20) * 20
SIZES = pytest.mark.parametrize(
    "data",
    [b"", SMALL, pytest.param(LARGE, marks=pytest.mark.slow)],
    ids=["empty", "small", "large"],
)


def _nothing() -> None:
    pass


class BytesSource:
    """A source in memory; `changed` makes it say in the end that it is another file by now."""

    def __init__(self, data: bytes, *, changed: bool = False) -> None:
        self.data = data
        self.size = len(data)
        self.entry = Entry("source", Kind.FILE, len(data), 1_600_000_000_000_000_000)
        self.changed = changed
        self.on_read: Callable[[], None] = _nothing

    def read_at(self, offset: int, size: int) -> bytes:
        self.on_read()
        return self.data[offset : offset + size]

    def check_unchanged(self) -> None:
        if self.changed:
            raise TooLate("the source changed")


class BytesSink:
    """A sink in memory, filled from any thread."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self.lock = threading.Lock()
        self.on_write: Callable[[], None] = _nothing

    def write_at(self, offset: int, data: bytes) -> None:
        self.on_write()
        with self.lock:
            if len(self.data) < offset + len(data):
                self.data.extend(bytes(offset + len(data) - len(self.data)))
            self.data[offset : offset + len(data)] = data

    def arrived(self, extent: Extent) -> None:
        pass

    def kept(self, offset: int, size: int) -> None:
        pass


def _transfer(bench: Bench) -> Transfer:
    facet = bench.storage.facets.transfer
    assert facet is not None
    return facet


@needs(facet="transfer")
class TestUpload:
    @SIZES
    def test_the_whole_arrives(self, bench: Bench, data: bytes) -> None:
        moved: list[int] = []
        work = Work(progress=moved.append)
        hints = Hints(size=len(data))
        written = _transfer(bench).upload(BytesSource(data), bench.at("file"), hints, work)
        assert bench.ground.names() == {"file": len(data)}
        assert bench.ground.read("file") == data
        assert bench.ground.debris() == []
        assert sum(moved) == len(data)
        assert same_content(written.entry, bench.stat("file"))
        assert written.change.covers(bench.top)
        assert written.evidence in Evidence

    @SIZES
    def test_a_file_in_the_way_stays(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("file", b"theirs")
        hints = Hints(size=len(data))
        with pytest.raises(AlreadyExists):
            _transfer(bench).upload(BytesSource(data), bench.at("file"), hints, Work())
        assert bench.ground.read("file") == b"theirs"
        assert bench.ground.debris() == []

    @SIZES
    def test_what_was_shown_is_replaced(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("file", b"theirs")
        hints = Hints(size=len(data), replaces=bench.row("file"))
        _transfer(bench).upload(BytesSource(data), bench.at("file"), hints, Work())
        assert bench.ground.read("file") == data

    @SIZES
    def test_what_changed_since_it_was_shown_stays(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("file", b"theirs")
        hints = Hints(size=len(data), replaces=bench.row("file"))
        bench.ground.write("file", b"changed")
        with pytest.raises(TooLate):
            _transfer(bench).upload(BytesSource(data), bench.at("file"), hints, Work())
        assert bench.ground.read("file") == b"changed"
        assert bench.ground.debris() == []

    @SIZES
    def test_a_source_that_changed_is_not_published(self, bench: Bench, data: bytes) -> None:
        source = BytesSource(data, changed=True)
        with pytest.raises(TooLate):
            _transfer(bench).upload(source, bench.at("file"), Hints(size=len(data)), Work())
        assert bench.ground.names() == {}
        assert bench.ground.debris() == []

    @pytest.mark.slow
    def test_a_cancel_in_the_middle_leaves_nothing(self, bench: Bench) -> None:
        token = CancelToken()
        source = BytesSource(LARGE)
        source.on_read = token.cancel
        work = Work(cancel=token)
        with pytest.raises(Cancelled):
            _transfer(bench).upload(source, bench.at("file"), Hints(size=len(LARGE)), work)
        assert bench.ground.names() == {}
        assert bench.ground.debris() == []


@needs(KEEPS_TIME, facet="transfer")
class TestUploadKeepsTime:
    @SIZES
    def test_time_and_mode_are_kept(self, bench: Bench, data: bytes) -> None:
        moment = 1_600_000_000_123_456_789
        hints = Hints(size=len(data), mtime_ns=moment, mode=0o640)
        _transfer(bench).upload(BytesSource(data), bench.at("file"), hints, Work())
        facts = bench.stat("file")
        assert (facts.source_mtime_ns, facts.mode) == (moment, 0o640)


@needs(facet="transfer")
class TestDownload:
    @SIZES
    def test_the_whole_arrives(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("file", data)
        sink, moved = BytesSink(len(data)), list[int]()
        row = bench.row("file")
        work = Work(progress=moved.append)
        fetched = _transfer(bench).download(bench.at("file"), row, sink, work)
        assert bytes(sink.data) == data
        assert sum(moved) == len(data)
        assert same_content(row, fetched.entry)
        assert fetched.entry.size == len(data)

    @SIZES
    def test_what_changed_since_it_was_shown_is_too_late(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("file", data)
        row = bench.row("file")
        bench.ground.write("file", b"changed")
        with pytest.raises(TooLate):
            _transfer(bench).download(bench.at("file"), row, BytesSink(len(data)), Work())

    def test_what_is_gone(self, bench: Bench) -> None:
        bench.ground.write("file", SMALL)
        row = bench.row("file")
        bench.ground.remove("file")
        with pytest.raises((NotFound, TooLate)):
            _transfer(bench).download(bench.at("file"), row, BytesSink(0), Work())

    @pytest.mark.slow
    def test_a_cancel_in_the_middle_stops(self, bench: Bench) -> None:
        bench.ground.write("file", LARGE)
        token = CancelToken()
        sink = BytesSink(0)
        sink.on_write = token.cancel
        row = bench.row("file")
        with pytest.raises(Cancelled):
            _transfer(bench).download(bench.at("file"), row, sink, Work(cancel=token))

    @pytest.mark.slow
    def test_what_is_replaced_meanwhile_is_too_late(self, bench: Bench) -> None:
        bench.ground.write("file", LARGE)
        row = bench.row("file")
        sink = BytesSink(len(LARGE))
        once = threading.Lock()

        def replace() -> None:
            if once.acquire(blocking=False):
                bench.ground.write("file", bytes(len(LARGE)))

        sink.on_write = replace
        try:
            _transfer(bench).download(bench.at("file"), row, sink, Work())
        except TooLate:
            return
        assert bytes(sink.data) == LARGE


def _pieces(bench: Bench) -> OpenPieces:
    facet = bench.storage.facets.pieces
    assert facet is not None
    return facet


@needs(facet="pieces")
class TestPieces:
    def test_a_source_is_read_anywhere(self, bench: Bench) -> None:
        bench.ground.write("file", b"0123456789")
        source = _pieces(bench).open_source(bench.at("file"), bench.row("file"))
        assert source.size == 10
        assert source.entry.name == "file"
        assert [source.read_at(6, 4), source.read_at(0, 3)] == [b"6789", b"012"]
        source.check_unchanged()
        source.close()
        source.close()

    def test_a_source_that_ends_early_is_too_late(self, bench: Bench) -> None:
        bench.ground.write("file", b"0123456789")
        source = _pieces(bench).open_source(bench.at("file"), None)
        with pytest.raises(TooLate):
            source.read_at(8, 4)
        source.close()

    def test_another_source_than_expected_is_too_late(self, bench: Bench) -> None:
        bench.ground.write("file", b"old")
        row = bench.row("file")
        bench.ground.write("file", b"changed")
        with pytest.raises(TooLate):
            _pieces(bench).open_source(bench.at("file"), row)

    def test_a_missing_source_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _pieces(bench).open_source(bench.at("absent"), None)

    def test_a_sink_is_filled_in_any_order(self, bench: Bench) -> None:
        sink = _pieces(bench).open_sink(bench.at("file"), Hints(size=6))
        sink.write_at(3, b"def")
        assert "file" not in bench.ground.names()
        sink.write_at(0, b"abc")
        written = sink.commit(Hints(size=6), checked=True)
        sink.abort()
        assert bench.ground.names() == {"file": 6}
        assert bench.ground.read("file") == b"abcdef"
        assert same_content(written.entry, bench.stat("file"))
        assert written.change.covers(bench.top)
        assert written.evidence is Evidence.CHECKSUM

    def test_an_aborted_sink_leaves_nothing(self, bench: Bench) -> None:
        sink = _pieces(bench).open_sink(bench.at("file"), Hints(size=6))
        sink.write_at(0, b"abc")
        sink.abort()
        sink.abort()
        assert bench.ground.names() == {}

    def test_a_sink_with_a_hole_is_not_published(self, bench: Bench) -> None:
        sink = _pieces(bench).open_sink(bench.at("file"), Hints(size=9))
        sink.write_at(0, b"abc")
        sink.write_at(6, b"ghi")
        with pytest.raises(Corrupt):
            sink.commit(Hints(size=9), checked=True)
        sink.abort()
        assert bench.ground.names() == {}

    def test_a_sink_replaces_nothing_unasked(self, bench: Bench) -> None:
        bench.ground.write("file", b"theirs")
        with pytest.raises(AlreadyExists):
            sink = _pieces(bench).open_sink(bench.at("file"), Hints(size=3))
            try:
                sink.write_at(0, b"abc")
                sink.commit(Hints(size=3), checked=True)
            finally:
                sink.abort()
        assert bench.ground.names() == {"file": 6}

    def test_a_sink_replaces_only_what_was_shown(self, bench: Bench) -> None:
        bench.ground.write("file", b"theirs")
        sink = _pieces(bench).open_sink(bench.at("file"), Hints(size=3, replaces=bench.row("file")))
        sink.write_at(0, b"abc")
        bench.ground.write("file", b"changed")
        with pytest.raises(TooLate):
            sink.commit(Hints(size=3), checked=True)
        sink.abort()
        assert bench.ground.names() == {"file": 7}
        assert bench.ground.read("file") == b"changed"

    def test_a_sink_takes_time_and_mode_from_the_answer(self, bench: Bench) -> None:
        moment = 1_600_000_000_123_456_789
        sink = _pieces(bench).open_sink(bench.at("file"), Hints())
        sink.write_at(0, b"abc")
        sink.commit(Hints(size=3, mtime_ns=moment, mode=0o640), checked=False)
        facts = bench.stat("file")
        assert (facts.source_mtime_ns, facts.mode) == (moment, 0o640)


@needs(facet="unfinished")
@pytest.mark.fresh_storage
class TestUnfinished:
    def test_nothing_unfinished_is_nothing_to_give_up(self, bench: Bench) -> None:
        facet = bench.storage.facets.unfinished
        assert facet is not None
        bench.write("file", SMALL)
        assert list(facet.abort_unfinished(5)) == []
        assert bench.ground.names() == {"file": len(SMALL)}

    @pytest.mark.slow
    def test_what_is_being_written_is_given_up(self, bench: Bench) -> None:
        facet = bench.storage.facets.unfinished
        assert facet is not None
        writer = bench.storage.open_write(bench.at("file"), Hints(), Work())
        writer.write(LARGE)
        assert list(facet.abort_unfinished(30)) == []
        assert bench.ground.names() == {}
        assert bench.ground.debris() == []
        with contextlib.suppress(StorageError, Cancelled):
            writer.commit()
        writer.abort()
        assert bench.ground.debris() == []
