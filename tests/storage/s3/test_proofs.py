"""What is believed of an answer: which ETags prove bytes, which damage is removed, what stays."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, DropAnswer, EditHeaders, ReplaceBody
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tests.storage.s3.pieces import LARGE, Count, MemorySource, body, row, stored, work
from tfm.model.cancel import NEVER
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import AlreadyExists, Corrupt, Denied, StorageError, TooLate
from tfm.model.location import S3, Location
from tfm.storage.base import Evidence, Hints
from tfm.storage.facets import Transfer
from tfm.storage.s3.publish import NOT_ATOMIC, SIZE_ONLY
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
NOTHING = Answer(200, body=b"")
NO_MD5 = '"' + "0" * 32 + '"'
"""An ETag that looks like an MD5 and is none of ours."""


SOME = LARGE[:2000]


@pytest.fixture
def options() -> dict[str, object]:
    """`SOME` goes in parts, though in one: what happens to large files costs no large files."""
    return HASTY | {"multipart_threshold": 1000}


def tagged(etag: str | None) -> EditHeaders:
    return EditHeaders(response={"etag": etag})


def without_etag(entry: Entry) -> Entry:
    """As a server shows it that has no ETags."""
    assert isinstance(entry.details, ObjectDetails)
    return replace(entry, details=entry.details._replace(etag=""))


class TestETags:
    def test_one_that_is_no_md5_is_found_out_by_reading_once(
        self, proxy: Proxy, storage: S3Storage, transfer: Transfer, at: At
    ) -> None:
        """As servers have it that encrypt and do not say so."""
        proxy.rule("PutObject", tagged(NO_MD5))
        proxy.rule("HeadObject", tagged(NO_MD5))
        proxy.rule("GetObject", tagged(NO_MD5))
        written = transfer.upload(MemorySource(b"hello"), at("one"), Hints(), work())
        assert written.evidence is Evidence.CHECKSUM
        assert proxy.count("GetObject") == 1
        written = transfer.upload(MemorySource(b"hello"), at("two"), Hints(), work())
        assert (written.evidence, written.notes) == (Evidence.SIZE, (SIZE_ONLY,))
        assert proxy.count("GetObject") == 1, "it is learned once"

    @pytest.mark.parametrize(
        ("op", "data"),
        [("PutObject", b"hello"), ("CompleteMultipartUpload", SOME)],
        ids=["small", "parts"],
    )
    def test_one_that_says_nothing_leaves_the_size(
        self, proxy: Proxy, transfer: Transfer, at: At, op: str, data: bytes
    ) -> None:
        proxy.rule("*Object", tagged('"opaque"'))
        answer = (
            b"<CompleteMultipartUploadResult><ETag>opaque</ETag></CompleteMultipartUploadResult>"
        )
        proxy.rule("CompleteMultipartUpload", ReplaceBody(answer))
        written = transfer.upload(MemorySource(data), at("file"), Hints(), work())
        assert (written.evidence, written.notes) == (Evidence.SIZE, (SIZE_ONLY,))

    @pytest.mark.parametrize("changed", [False, True], ids=["on-the-way", "at-the-source"])
    def test_a_part_that_arrived_as_another_is_damage_unless_the_source_changed(
        self, proxy: Proxy, transfer: Transfer, at: At, changed: bool
    ) -> None:
        rule = proxy.rule("UploadPart", tagged(NO_MD5))
        rule.when = lambda meaning, _headers: meaning.query["partNumber"] == "2"
        source, count = MemorySource(LARGE), Count()
        source.changed = changed
        kind, words = (TooLate, "changed") if changed else (Corrupt, "part 2 arrived damaged")
        with pytest.raises(kind, match=words):
            transfer.upload(source, at("file"), Hints(), work(count=count))
        assert count.total < len(LARGE)
        assert proxy.count("CompleteMultipartUpload") == 0
        assert proxy.open_uploads() == []

    @pytest.mark.parametrize(
        ("op", "data"),
        [("PutObject", b"hello"), ("CompleteMultipartUpload", SOME)],
        ids=["small", "parts"],
    )
    def test_what_is_too_short_is_removed(
        self,
        proxy: Proxy,
        transfer: Transfer,
        at: At,
        ministack_server: Server,
        box: str,
        op: str,
        data: bytes,
    ) -> None:
        proxy.rule("PutObject", tagged('"opaque"'))
        proxy.rule("CompleteMultipartUpload", ReplaceBody(b"<R><ETag>opaque</ETag></R>"))
        short = EditHeaders(response={"etag": '"opaque"', "content-length": "3"})
        proxy.rule("HeadObject", short, nth=2)  # the first one looks what stands there before
        with pytest.raises(Corrupt, match=r"other bytes|not what was sent") as caught:
            transfer.upload(MemorySource(data), at("file"), Hints(), work())
        assert "was removed" in caught.value.hint
        assert ministack_server.keys(box) == []

    def test_damage_that_cannot_be_removed_is_named_in_the_log(
        self, proxy: Proxy, transfer: Transfer, at: At, caplog: pytest.LogCaptureFixture
    ) -> None:
        transfer.upload(MemorySource(b"first"), at("other"), Hints(), work())
        proxy.rule("PutObject", tagged(NO_MD5))
        proxy.rule("HeadObject", EditHeaders(response={"etag": NO_MD5, "content-length": "3"}))
        proxy.rule("DeleteObject", Answer(403, "AccessDenied"))
        with caplog.at_level(logging.ERROR, "tfm.s3"), pytest.raises(Corrupt):
            transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
        assert "damaged object is left behind" in caplog.text
        assert str(at("file")) in caplog.text

    @pytest.mark.parametrize("allowed", [True, False])
    @pytest.mark.parametrize("data", [b"hello", SOME], ids=["small", "parts"])
    def test_what_stood_there_before_stands_there_again_where_there_are_versions(
        self,
        proxy: Proxy,
        transfer: Transfer,
        storage: S3Storage,
        at: At,
        ministack_server: Server,
        box: str,
        data: bytes,
        allowed: bool,
    ) -> None:
        """A mark of a delete would hide the good version with the damaged one."""
        client = ministack_server.client()
        client.put_bucket_versioning(Bucket=box, VersioningConfiguration={"Status": "Enabled"})
        stored(ministack_server, at("file"), b"old")
        shown = row(storage, at("file"))
        bad = EditHeaders(response={"etag": NO_MD5, "content-length": "3"})
        proxy.rule("PutObject", tagged(NO_MD5))
        answer = ReplaceBody(f"<R><ETag>{NO_MD5}</ETag></R>".encode())
        proxy.rule("CompleteMultipartUpload", answer)
        looks = proxy.rule("HeadObject", bad)
        looks.when = lambda _meaning, _headers: (
            "PutObject" in proxy.counts() or bool(proxy.count("CompleteMultipartUpload"))
        )
        if not allowed:
            rule = proxy.rule("DeleteObject", Answer(403, "AccessDenied"))
            rule.when = lambda meaning, _headers: "versionId" in meaning.query
        with pytest.raises(Corrupt, match=r"other bytes|not what was sent"):
            transfer.upload(MemorySource(data), at("file"), Hints(replaces=shown), work())
        if allowed:
            assert body(ministack_server, at("file")) == b"old"
        told = client.list_object_versions(Bucket=box)
        assert len(told["Versions"]) == (1 if allowed else 2)
        assert len(told.get("DeleteMarkers", ())) == (0 if allowed else 1)


class TestAmazonsETags:
    """Amazon's multipart ETags are known to prove; played on moto."""

    @pytest.fixture
    def here(self, moto_server: Server, new_bucket: Callable[[Server], str]) -> At:
        bucket = new_bucket(moto_server)
        return lambda key: Location(S3, f"{bucket}/{key}")

    @pytest.mark.parametrize("removable", [True, False])
    def test_an_object_put_together_wrongly_is_removed_if_it_still_is_that_one(
        self,
        moto_server: Server,
        proxy_for: Callable[[Server], Proxy],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        here: At,
        removable: bool,
    ) -> None:
        proxy = proxy_for(moto_server)
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
        storage = S3Storage(S3, {"max_retries": 0, "multipart_threshold": 1000})
        transfer = storage.facets.transfer
        assert transfer is not None
        wrong = '"' + "0" * 32 + '-1"'
        answer = f"<R><ETag>{wrong}</ETag></R>".encode()
        proxy.rule("CompleteMultipartUpload", ReplaceBody(answer))
        bare = {"etag": wrong, "x-amz-checksum-crc32": None}
        proxy.rule("HeadObject", EditHeaders(response=bare))
        if removable:  # moto knows it by its true ETag
            proxy.rule("DeleteObject", EditHeaders(request={"if-match": None}))
        with caplog.at_level(logging.ERROR, "tfm.s3"), pytest.raises(Corrupt, match="put together"):
            transfer.upload(MemorySource(SOME), here("file"), Hints(), work())
        storage.close()
        [removal] = proxy.exchanges("DeleteObject")
        assert removal.headers["if-match"] == wrong
        kept = moto_server.keys(here("").container)
        assert kept == ([] if removable else ["file"])
        assert ("left behind" in caplog.text) is not removable


class TestConditions:
    def test_a_failed_condition_on_what_is_gone_again_is_not_taken_for_ours(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        proxy.rule("PutObject", Answer(503, "SlowDown"), nth=1)
        proxy.rule("PutObject", Answer(412, "PreconditionFailed"), nth=2)
        with pytest.raises(AlreadyExists):
            transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
        assert ministack_server.keys(box) == []

    def test_an_object_that_went_is_not_replaced(
        self, transfer: Transfer, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        stored(ministack_server, at("file"), b"older")
        hints = Hints(replaces=row(storage, at("file")))
        ministack_server.client().delete_object(Bucket=box, Key="file")
        for data in (b"hello", SOME):
            with pytest.raises(TooLate):
                transfer.upload(MemorySource(data), at("file"), hints, work())
        assert ministack_server.keys(box) == []

    @pytest.mark.parametrize(
        ("then", "kind"),
        [
            (Answer(412, "PreconditionFailed"), TooLate),
            (Answer(403, "AccessDenied"), Denied),
        ],
    )
    def test_an_etag_without_quotes_that_helps_nothing_is_not_kept(
        self,
        proxy: Proxy,
        transfer: Transfer,
        storage: S3Storage,
        at: At,
        ministack_server: Server,
        then: Answer,
        kind: type[StorageError],
    ) -> None:
        stored(ministack_server, at("file"), b"older")
        hints = Hints(replaces=row(storage, at("file")))
        proxy.rule("PutObject", Answer(412, "PreconditionFailed"), nth=1)
        proxy.rule("PutObject", then, nth=2)
        with pytest.raises(kind):
            transfer.upload(MemorySource(b"hello"), at("file"), hints, work())
        assert body(ministack_server, at("file")) == b"older"
        transfer.upload(MemorySource(b"hello"), at("file"), hints, work())
        assert proxy.exchanges("PutObject")[-1].headers["if-match"].startswith('"')

    def test_without_an_etag_size_and_time_are_looked_at_first(
        self, proxy: Proxy, transfer: Transfer, storage: S3Storage, at: At, ministack_server: Server
    ) -> None:
        stored(ministack_server, at("file"), b"older")
        shown = without_etag(row(storage, at("file")))
        transfer.upload(MemorySource(b"newer one"), at("file"), Hints(replaces=shown), work())
        assert body(ministack_server, at("file")) == b"newer one"
        with pytest.raises(TooLate):
            transfer.upload(MemorySource(b"late"), at("file"), Hints(replaces=shown), work())
        assert body(ministack_server, at("file")) == b"newer one"

    def test_a_refusal_that_was_not_of_the_condition_teaches_nothing(
        self, proxy: Proxy, transfer: Transfer, storage: S3Storage, at: At
    ) -> None:
        list(storage.scan(at(""), NEVER))
        proxy.rule("PutObject", Answer(501, "NotImplemented"), nth=1)
        proxy.rule("PutObject", Answer(403, "AccessDenied"), nth=2)
        with pytest.raises(Denied):
            transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
        transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
        assert proxy.exchanges("PutObject")[-1].headers["if-none-match"] == "*"

    def test_where_conditions_are_refused_each_sending_looks_and_one_note_says_so(
        self,
        proxy: Proxy,
        transfer: Transfer,
        storage: S3Storage,
        at: At,
        ministack_server: Server,
        box: str,
    ) -> None:
        stored(ministack_server, at("gone"), b"older")
        gone = row(storage, at("gone"))
        proxy.rule("PutObject", Answer(501, "NotImplemented"), nth=1)
        transfer.upload(MemorySource(b"hello"), at("one"), Hints(), work())
        proxy.rule("PutObject", NOTHING, nth=1)
        proxy.reset()
        written = transfer.upload(MemorySource(b"hello"), at("two"), Hints(), work())
        assert written.notes == (NOT_ATOMIC,)
        look = ["HeadObject"]
        assert [e.op for e in proxy.exchanges()] == [*look, "PutObject", *look, *look, "PutObject"]
        ministack_server.client().delete_object(Bucket=box, Key="gone")
        with pytest.raises(TooLate):
            transfer.upload(MemorySource(b"hello"), at("gone"), Hints(replaces=gone), work())

    def test_a_complete_whose_upload_vanished_is_no_success(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, box: str
    ) -> None:
        proxy.rule("CompleteMultipartUpload", Answer(404, "NoSuchUpload"))
        with pytest.raises(StorageError):
            transfer.upload(MemorySource(SOME), at("file"), Hints(), work())
        assert ministack_server.keys(box) == []
        assert ministack_server.uploads(box) == []

    def test_a_lost_complete_does_not_claim_somebody_elses_object(
        self, proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server
    ) -> None:
        """The upload is gone, and what stands there has our size but other bytes."""
        proxy.rule("CompleteMultipartUpload", Answer(404, "NoSuchUpload"))
        theirs = SOME[::-1]
        proxy.rule("HeadObject", Answer(404, "NoSuchKey"), nth=1)  # as the upload began
        stored(ministack_server, at("file"), theirs)
        with pytest.raises(StorageError):
            transfer.upload(MemorySource(SOME), at("file"), Hints(), work())
        assert body(ministack_server, at("file")) == theirs


def test_a_lost_answer_of_a_put_that_is_refused_at_last_says_so(
    proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server
) -> None:
    """Stored by the first attempt; the second is refused. Nothing is claimed, nothing removed."""
    proxy.rule("PutObject", DropAnswer(), nth=1)
    proxy.rule("PutObject", Answer(403, "AccessDenied"), nth=2)
    with pytest.raises(Denied):
        transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
    assert body(ministack_server, at("file")) == b"hello"
