"""Uploads that outlive a run: taken up where their parts are proved, else ended for certain."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, DropAnswer, EditHeaders
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY, MIB
from tests.storage.s3.pieces import LARGE, MemorySource, MemoryTrail, body, work
from tfm.model.cancel import CancelToken
from tfm.model.entry import ObjectDetails
from tfm.model.errors import Cancelled, Denied, NoSpace, Offline, StorageError
from tfm.model.location import Location
from tfm.storage.base import Evidence, Hints, Leftover
from tfm.storage.facets import Transfer
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
PART = 8 * MIB
OTHER = b"\0" * PART
PATIENCE = 5.0
SOME = LARGE[:2000]


@pytest.fixture
def options() -> dict[str, object]:
    """`SOME` goes in parts, though in one: what happens to large files costs no large files."""
    return HASTY | {"multipart_threshold": 1000}


def left_open(server: Server, place: Location, parts: dict[int, bytes]) -> Leftover:
    """An upload of an earlier run, made past proxy and storage."""
    client = server.client()
    named = {"Bucket": place.container, "Key": place.inner_key}
    named["UploadId"] = client.create_multipart_upload(**named)["UploadId"]
    for number, data in parts.items():
        client.upload_part(**named, PartNumber=number, Body=data)
    return Leftover(place, named["UploadId"])


def sent(proxy: Proxy) -> list[str]:
    return sorted(exchange.query["partNumber"] for exchange in proxy.exchanges("UploadPart"))


class TestTakenUp:
    def test_only_what_the_server_does_not_hold_is_sent(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        held = {1: LARGE[:PART], 2: OTHER, 3: LARGE[2 * PART :][:-1]}
        leftover = left_open(ministack_server, at("file"), held)
        second = left_open(ministack_server, at("file"), {})
        trail = MemoryTrail(Leftover(at("file")), Leftover(at("elsewhere"), "id"), leftover, second)
        written = transfer.upload(MemorySource(LARGE), at("file"), Hints(trail=trail), work())
        assert written.evidence is Evidence.CHECKSUM
        assert body(ministack_server, at("file")) == LARGE
        assert sent(proxy) == ["2", "3"], "one has other bytes, one another length"
        assert proxy.count("CreateMultipartUpload") == 0
        assert trail.over == [leftover]
        assert ministack_server.uploads(box) == [("file", second.name)], "it is not ours to judge"

    def test_one_that_is_gone_is_told_and_begun_anew(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server
    ) -> None:
        gone = Leftover(at("file"), "no-such-upload")
        trail = MemoryTrail(gone)
        transfer.upload(MemorySource(LARGE), at("file"), Hints(trail=trail), work())
        assert body(ministack_server, at("file")) == LARGE
        asked, named = trail.left
        assert not asked.name
        assert [each.name for each in trail.over] == [gone.name, named.name]

    @pytest.mark.parametrize(
        ("tier", "content_type", "begun"),
        [("GLACIER_IR", "text/plain", 1), ("STANDARD_IA", "text/plain", 2), ("GLACIER_IR", "", 2)],
        ids=["the-same", "another-class", "another-type"],
    )
    def test_one_that_was_begun_with_other_properties_is_not_taken_up(
        self,
        proxy: Proxy,
        transfer: Transfer,
        at: At,
        ministack_server: Server,
        tier: str,
        content_type: str,
        begun: int,
    ) -> None:
        """Its parts would become an object of the class and the headers of that day."""
        broken = MemoryTrail()
        broken.cut_off()
        proxy.rule("UploadPart", Answer(403, "AccessDenied"), key="file", nth=2)
        first = Hints(trail=broken, tier="GLACIER_IR", content_type="text/plain")
        with pytest.raises(Denied):
            transfer.upload(MemorySource(LARGE), at("file"), first, work())
        leftover = broken.left[-1]
        hints = Hints(trail=MemoryTrail(leftover), tier=tier, content_type=content_type)
        written = transfer.upload(MemorySource(LARGE), at("file"), hints, work())
        assert proxy.count("CreateMultipartUpload") == begun
        head = ministack_server.client().head_object(Bucket=at("file").container, Key="file")
        assert isinstance(written.entry.details, ObjectDetails)
        assert head["StorageClass"] == tier == written.entry.details.storage_class
        assert (head["ContentType"] == "text/plain") == bool(content_type)

    def test_one_whose_parts_may_not_be_seen_is_left_to_the_journal(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        leftover = left_open(ministack_server, at("file"), {1: LARGE[:PART]})
        trail = MemoryTrail(leftover)
        proxy.rule("ListParts", Answer(403, "AccessDenied"))
        transfer.upload(MemorySource(LARGE), at("file"), Hints(trail=trail), work())
        assert body(ministack_server, at("file")) == LARGE
        assert leftover not in trail.over
        assert ministack_server.uploads(box) == [("file", leftover.name)]

    @pytest.mark.parametrize("lied", ["", "<IsTruncated>true</IsTruncated>"], ids=["", "no-marker"])
    def test_parts_are_read_page_by_page(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, lied: str
    ) -> None:
        """Also where a server says that there is more, and not where it goes on."""
        pieces = {1: LARGE[:PART], 2: LARGE[PART : 2 * PART]}
        leftover = left_open(ministack_server, at("file"), pieces)
        named = {"Bucket": at("file").container, "Key": "file", "UploadId": leftover.name}
        rows = [
            f"<Part><PartNumber>{row['PartNumber']}</PartNumber><ETag>{row['ETag']}</ETag>"
            f"<Size>{row['Size']}</Size></Part>"
            for row in ministack_server.client().list_parts(**named)["Parts"]
        ]
        more = "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>"
        for nth, text in enumerate((more + rows[0], lied + rows[1]), 1):
            page = f"<ListPartsResult>{text}</ListPartsResult>".encode()
            proxy.rule("ListParts", Answer(200, body=page), nth=nth)
        transfer.upload(MemorySource(LARGE), at("file"), Hints(trail=MemoryTrail(leftover)), work())
        assert sent(proxy) == ["3"]
        first, second = proxy.exchanges("ListParts")
        assert "part-number-marker" not in first.query
        assert second.query["part-number-marker"] == "1"

    def test_what_a_journal_keeps_stays_when_the_server_went_away(
        self,
        proxy: Proxy,
        transfer: Transfer,
        at: At,
        storage: S3Storage,
        box: str,
        ministack_server: Server,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The next run goes on with it; without a journal it would be aborted."""
        trail = MemoryTrail()
        proxy.rule("UploadPart", Answer(503, "SlowDown"), key="file")
        passing = storage._calls.translated

        def marked(*given: object) -> StorageError:
            built = passing(*given)  # type: ignore[arg-type]
            built.passing = True
            return built

        monkeypatch.setattr(storage._calls, "translated", marked)
        with pytest.raises(StorageError):
            transfer.upload(MemorySource(SOME), at("file"), Hints(trail=trail), work())
        assert trail.stays
        [(key, name)] = ministack_server.uploads(box)
        assert (key, name) == ("file", trail.left[-1].name)
        assert trail.over == []
        assert storage.unfinished() == (), "nothing aborts it when the program ends"


class TestBegun:
    def test_a_name_that_may_not_be_looked_for_stays_in_the_journal(
        self, proxy: Proxy, transfer: Transfer, at: At
    ) -> None:
        """Every attempt may have begun one; nobody can say that none is there."""
        trail = MemoryTrail()
        proxy.rule("CreateMultipartUpload", DropAnswer())
        proxy.rule("ListMultipartUploads", Answer(403, "AccessDenied"))
        with pytest.raises(Offline):
            transfer.upload(MemorySource(SOME), at("file"), Hints(trail=trail), work())
        assert [each.name for each in trail.left] == [""]
        assert trail.over == []

    def test_without_the_time_of_the_server_nobody_elses_upload_is_aborted(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        theirs = left_open(ministack_server, at("file"), {})
        proxy.rule("CreateMultipartUpload", DropAnswer(), nth=1)
        proxy.rule("ListMultipartUploads", EditHeaders(response={"date": None}))
        transfer.upload(MemorySource(SOME), at("file"), Hints(), work())
        assert ("file", theirs.name) in ministack_server.uploads(box)

    def test_a_refusal_leaves_nothing_and_costs_no_search(
        self, proxy: Proxy, transfer: Transfer, at: At
    ) -> None:
        trail = MemoryTrail()
        proxy.rule("CreateMultipartUpload", Answer(403, "AccessDenied"))
        with pytest.raises(PermissionError):
            transfer.upload(MemorySource(SOME), at("file"), Hints(trail=trail), work())
        assert trail.over == trail.left
        assert proxy.count("ListMultipartUploads") == 0

    def test_a_cancel_while_it_is_begun_ends_what_may_have_begun(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        class Cancelling(CancelToken):
            def wait(self, seconds: float) -> bool:
                self.cancel()
                return True

        proxy.rule("CreateMultipartUpload", DropAnswer())
        trail = MemoryTrail()
        with pytest.raises(Cancelled):
            transfer.upload(MemorySource(SOME), at("file"), Hints(trail=trail), work(Cancelling()))
        assert ministack_server.uploads(box) == []
        assert trail.over == trail.left

    def test_more_parts_than_an_object_has_is_said_before_they_are_sent(
        self, proxy: Proxy, storage: S3Storage, at: At, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tfm.storage.s3.multipart.MAX_PARTS", 2)
        with pytest.raises(NoSpace, match="at most 2 parts"):
            storage_write(storage, at("pipe"), 5 * PART)
        assert set(sent(proxy)) <= {"1", "2"}
        assert proxy.open_uploads() == []


def storage_write(storage: S3Storage, place: Location, size: int) -> None:
    with storage.open_write(place, Hints(), work()) as writer:
        for _ in range(size // PART):
            writer.write(OTHER)
        writer.commit()


class TestEnded:
    def test_a_leftover_with_a_name_is_aborted(
        self, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        leftover = left_open(ministack_server, at("file"), {1: b"x"})
        other = left_open(ministack_server, at("file"), {1: b"x"})
        storage.remove_leftover(leftover, None)
        storage.remove_leftover(leftover, None)  # it is gone already
        assert ministack_server.uploads(box) == [("file", other.name)]

    def test_of_those_without_a_name_only_young_and_empty_ones_of_that_key(
        self, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        ours = left_open(ministack_server, at("file"), {})
        busy = left_open(ministack_server, at("file"), {1: b"x"})
        longer = left_open(ministack_server, at("file2"), {})
        storage.remove_leftover(Leftover(at("file"), since=time.time_ns() + 3600 * 10**9), None)
        assert len(ministack_server.uploads(box)) == 3, "they began before it was asked for"
        storage.remove_leftover(Leftover(at("file"), since=time.time_ns()), None)
        left = {name for _, name in ministack_server.uploads(box)}
        assert left == {busy.name, longer.name}
        assert ours.name not in left

    def test_one_that_cannot_be_aborted_is_an_error_and_stays_known(
        self, proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
    ) -> None:
        leftover = left_open(ministack_server, at("file"), {})
        proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"))
        with pytest.raises(StorageError, match="could not be aborted") as caught:
            storage.remove_leftover(leftover, None)
        assert "lifecycle rule" in caught.value.hint
        assert len(storage.unfinished()) == 1

    def test_an_abort_that_may_not_be_checked_counts(
        self, proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        leftover = left_open(ministack_server, at("file"), {})
        proxy.rule("ListParts", Answer(403, "AccessDenied"))
        storage.remove_leftover(leftover, None)
        assert proxy.count("AbortMultipartUpload") == 1
        assert ministack_server.uploads(box) == []
        assert storage.unfinished() == ()

    def test_an_abort_that_never_holds_is_left_to_the_journal_and_named_in_the_log(
        self,
        proxy: Proxy,
        transfer: Transfer,
        storage: S3Storage,
        at: At,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        proxy.rule("UploadPart", Answer(403, "AccessDenied"))
        proxy.rule("AbortMultipartUpload", Answer(204, body=b""))
        trail = MemoryTrail()
        with caplog.at_level(logging.WARNING, "tfm.s3"), pytest.raises(PermissionError):
            transfer.upload(MemorySource(SOME), at("file"), Hints(trail=trail), work())
        assert proxy.count("AbortMultipartUpload") == 3
        assert "left behind" in caplog.text
        assert trail.over == [], "it may still be there"
        assert len(storage.unfinished()) == 1

    def test_the_end_of_the_program_leaves_what_a_journal_keeps(
        self, proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        kept, plain = MemoryTrail(), MemoryTrail()
        writers = [
            storage.open_write(at(name), Hints(trail=trail), work())
            for name, trail in (("kept", kept), ("plain", plain))
        ]
        for writer in writers:
            for _ in range(5):
                writer.write(OTHER)
        kept.cut_off()
        assert storage.abort_unfinished(PATIENCE) == []
        assert [key for key, _ in ministack_server.uploads(box)] == ["kept"]
        with pytest.raises(Cancelled):
            writers[1].commit()  # the program ends: no further part goes out
        for writer in writers:
            writer.abort()
        assert [key for key, _ in ministack_server.uploads(box)] == ["kept"]
