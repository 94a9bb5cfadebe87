"""Downloads in ranges: what a former run had fetched, layouts told or guessed, proofs and doubts."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from zlib import crc32

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders, FlipResponse
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tests.storage.s3.pieces import Count, MemorySink, row, stored, work
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import Cancelled, Corrupt, Denied, Throttled, TooLate
from tfm.model.location import Location
from tfm.storage.facets import Fetched
from tfm.storage.s3.download import AHEAD, BY_SIZE, _InOrder
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
PART = 1000
DATA = bytes(range(250)) * 10
"""Three parts, the last one half as long."""


class KeepingSink(MemorySink):
    """Holds what a former run wrote: all of `data` in the ranges that begin at `offsets`."""

    def __init__(self, data: bytes, *offsets: int) -> None:
        super().__init__()
        self._kept = data
        self._offsets = offsets

    def kept(self, offset: int, size: int) -> Iterator[bytes] | None:  # type: ignore[override]
        if offset not in self._offsets:
            return None
        self.write_at(offset, self._kept[offset : offset + size])
        return iter([self._kept[offset : offset + 7], self._kept[offset + 7 : offset + size]])


@pytest.fixture
def options() -> dict[str, object]:
    """Two thousand bytes are much."""
    return HASTY | {"multipart_threshold": 2000}


@pytest.fixture
def entry(ministack_server: Server, storage: S3Storage, at: At) -> Entry:
    """An object made of three parts, of a size nobody guesses."""
    client, named = ministack_server.client(), {"Bucket": at("").container, "Key": "file"}
    named["UploadId"] = client.create_multipart_upload(**named)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(
                **named, PartNumber=number, Body=DATA[(number - 1) * PART : number * PART]
            )["ETag"],
        }
        for number in (1, 2, 3)
    ]
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    return row(storage, at("file"))


@pytest.fixture
def whole(ministack_server: Server, storage: S3Storage, at: At) -> Entry:
    """An object of one piece, whose ETag is its MD5."""
    stored(ministack_server, at("file"), DATA)
    return row(storage, at("file"))


@pytest.fixture
def told(proxy: Proxy) -> None:
    """The server says how large the first part is."""
    proxy.rule("HeadObject", EditHeaders(response={"content-length": str(PART)}), nth=1)


def crc_told(proxy: Proxy, value: int | None) -> None:
    """A look tells this checksum of the whole, and nothing else does."""
    text = None if value is None else b64encode(value.to_bytes(4, "big")).decode()
    proxy.rule("HeadObject", EditHeaders(response={"x-amz-checksum-crc32": text}))
    proxy.rule("GetObject", EditHeaders(response={"x-amz-checksum-crc32": None}))


def fetch(storage: S3Storage, place: Location, entry: Entry, sink: MemorySink) -> Fetched:
    transfer, count = storage.facets.transfer, Count()
    assert transfer is not None
    fetched = transfer.download(place, entry, sink, work(count=count))
    assert bytes(sink.data) == DATA
    assert count.total == len(DATA)
    return fetched


def doubted(storage: S3Storage, place: Location, entry: Entry, sink: MemorySink) -> None:
    with pytest.raises(Corrupt):
        fetch(storage, place, entry, sink)


class TestLayout:
    @pytest.mark.usefixtures("told")
    def test_parts_whose_size_the_server_tells_are_proved_by_the_etag(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        assert fetch(storage, at("file"), entry, MemorySink()).checked
        proxy.expect({"ListObjectsV2": 1, "HeadObject": 1, "GetObject": 3})

    def test_without_it_the_checksum_of_the_whole_proves(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        crc_told(proxy, crc32(DATA))
        assert fetch(storage, at("file"), entry, MemorySink()).checked
        proxy.clear_rules()
        crc_told(proxy, 7)
        doubted(storage, at("file"), entry, MemorySink())

    def test_without_either_the_report_says_so(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        crc_told(proxy, None)
        fetched = fetch(storage, at("file"), entry, MemorySink())
        assert (fetched.checked, fetched.notes) == (False, (BY_SIZE,))

    def test_a_look_that_is_refused_costs_the_proof_and_not_the_file(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        proxy.rule("HeadObject", Answer(403, "AccessDenied"))
        assert not fetch(storage, at("file"), entry, MemorySink()).checked

    def test_a_look_that_passing_faults_end_is_an_error(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        proxy.rule("HeadObject", Answer(503, "SlowDown"))
        with pytest.raises(Throttled):
            fetch(storage, at("file"), entry, MemorySink())
        assert proxy.count("GetObject") == 0

    @pytest.mark.usefixtures("told")
    def test_a_part_that_is_refused_ends_it(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        proxy.rule("GetObject", Answer(403, "AccessDenied"), nth=2)
        with pytest.raises(Denied):
            fetch(storage, at("file"), entry, MemorySink())

    def test_a_size_the_listing_did_not_show_is_too_late(
        self, storage: S3Storage, at: At, whole: Entry
    ) -> None:
        with pytest.raises(TooLate, match="changed meanwhile"):
            fetch(storage, at("file"), replace(whole, size=len(DATA) - 1), MemorySink())


class TestDoubts:
    def guessed(self, proxy: Proxy) -> None:
        """The size of the parts is guessed wrongly, and there is no checksum."""
        crc_told(proxy, None)
        proxy.rule("HeadObject", EditHeaders(response={"content-length": "900"}), nth=1)

    def test_what_the_etag_does_not_prove_is_read_twice(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        """Parts of another size, or damage: a second reading tells which."""
        self.guessed(proxy)
        assert not fetch(storage, at("file"), entry, MemorySink()).checked
        assert proxy.count("GetObject") == 6

    def test_two_readings_that_differ_are_damage(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        self.guessed(proxy)
        proxy.rule("GetObject", FlipResponse(3), nth=5)
        doubted(storage, at("file"), entry, MemorySink())

    @pytest.mark.usefixtures("told")
    def test_amazons_word_on_its_parts_is_the_last(
        self,
        proxy: Proxy,
        storage: S3Storage,
        at: At,
        entry: Entry,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(type(storage._calls), "on_aws", True)
        proxy.rule("GetObject", FlipResponse(3), nth=2)
        doubted(storage, at("file"), entry, MemorySink())
        assert proxy.count("GetObject") == 3, "nothing is read twice"

    def test_an_encrypted_object_has_no_md5_that_could_differ(
        self, proxy: Proxy, storage: S3Storage, at: At, whole: Entry
    ) -> None:
        crc_told(proxy, None)
        other = {"x-amz-server-side-encryption": "aws:kms", "etag": f'"{"1" * 32}"'}
        proxy.rule("*Object", EditHeaders(request={"if-match": None}, response=other))
        assert isinstance(whole.details, ObjectDetails)
        shown = replace(whole, details=whole.details._replace(etag="1" * 32))
        fetched = fetch(storage, at("file"), shown, MemorySink())
        assert (fetched.checked, fetched.notes) == (False, (BY_SIZE,))
        assert proxy.count("GetObject") == 1


class TestKept:
    @pytest.mark.usefixtures("told")
    def test_ranges_of_a_former_run_are_not_fetched_and_proved_with_the_rest(
        self, proxy: Proxy, storage: S3Storage, at: At, entry: Entry
    ) -> None:
        fetched = fetch(storage, at("file"), entry, KeepingSink(DATA, 0, 2 * PART))
        assert fetched.checked
        assert fetched.entry.size == len(DATA)
        assert [e.headers["range"] for e in proxy.exchanges("GetObject")] == ["bytes=1000-1999"]

    def test_a_whole_that_was_there_already_costs_a_look(
        self, proxy: Proxy, storage: S3Storage, at: At, whole: Entry
    ) -> None:
        assert fetch(storage, at("file"), whole, KeepingSink(DATA, 0)).checked
        proxy.expect({"ListObjectsV2": 1, "HeadObject": 1})

    def test_damage_on_the_disk_is_damage(
        self, proxy: Proxy, storage: S3Storage, at: At, whole: Entry
    ) -> None:
        transfer = storage.facets.transfer
        assert transfer is not None
        with pytest.raises(Corrupt):
            transfer.download(at("file"), whole, KeepingSink(DATA[::-1], 0), work())

    def test_of_an_object_that_changed_nothing_kept_is_used(
        self, storage: S3Storage, at: At, whole: Entry, ministack_server: Server
    ) -> None:
        stored(ministack_server, at("file"), DATA[::-1])
        with pytest.raises(TooLate):
            fetch(storage, at("file"), whole, KeepingSink(DATA, 0))


class TestInOrder:
    """Pieces arrive in any order, and memory stays bounded."""

    def waiting(self, pieces: _InOrder, number: int) -> tuple[threading.Thread, list[object]]:
        ended: list[object] = []

        def wait() -> None:
            try:
                pieces.wait_for_room(number)
            except (Cancelled, Corrupt) as error:
                ended.append(error)
            else:
                ended.append("room")

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread, ended

    def test_who_is_too_far_ahead_waits_for_the_one_whose_turn_it_is(self) -> None:
        pieces = _InOrder(CancelToken())
        pieces.put(2, [b"b"])
        thread, ended = self.waiting(pieces, AHEAD + 1)
        thread.join(0.05)
        assert ended == []
        pieces.put(1, [b"a"])
        thread.join(10)
        assert ended == ["room"]

    def test_a_failure_or_a_cancel_wakes_who_waits(self) -> None:
        failed, cancel = Corrupt("damaged"), CancelToken()
        pieces, others = _InOrder(CancelToken()), _InOrder(cancel)
        one, two = self.waiting(pieces, AHEAD + 1), self.waiting(others, AHEAD + 1)
        pieces.fail(failed)
        cancel.cancel()
        for thread, _ in (one, two):
            thread.join(10)
        assert one[1] == [failed]
        assert isinstance(two[1][0], Cancelled)
