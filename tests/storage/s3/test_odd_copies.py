"""Copies whose answer proves nothing, and what both ends say then; markers nobody can keep."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, DropAnswer, EditHeaders, ReplaceBody
from tests.servers.server import Server
from tests.storage.s3.pieces import body, row, stored, work
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import AlreadyExists, Corrupt, Denied, StorageError, TooLate, Unsupported
from tfm.model.location import Location
from tfm.storage.base import Evidence, Hints
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.publish import NOT_ATOMIC, SIZE_ONLY
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
ONE, OTHER = '"' + "1" * 32 + '"', '"' + "2" * 32 + '"'

NO_SUM: dict[str, str | None] = {"x-amz-checksum-crc32": None}


@pytest.fixture
def copier(storage: S3Storage) -> Copier:
    found = storage.facets.server_copy
    assert isinstance(found, Copier)
    return found


@pytest.fixture
def in_parts(copier: Copier) -> Copier:
    """It copies everything in parts."""
    copier.limit = 0
    return copier


@pytest.fixture
def shown(ministack_server: Server, storage: S3Storage, at: At) -> Entry:
    """The object `a` as a listing shows it."""
    stored(ministack_server, at("a"), b"hello")
    return row(storage, at("a"))


def heads(proxy: Proxy, source: dict[str, str | None], copy: dict[str, str | None]) -> None:
    """What HEADs say of both ends."""
    proxy.rule("HeadObject", EditHeaders(response=source), key="a")
    proxy.rule("HeadObject", EditHeaders(response=copy), key="b")


def unproved(proxy: Proxy) -> None:
    """A copy is made, and its answer says nothing of it."""
    proxy.rule("CopyObject", ReplaceBody(b""))


class TestSource:
    def test_one_that_went_is_too_late(
        self, copier: Copier, shown: Entry, at: At, ministack_server: Server, box: str
    ) -> None:
        ministack_server.client().delete_object(Bucket=box, Key="a")
        with pytest.raises(TooLate, match="gone or changed"):
            copier.copy(at("a"), shown, at("b"), Hints(), work())

    def test_one_that_changed_begins_no_copy_in_parts(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At, ministack_server: Server
    ) -> None:
        stored(ministack_server, at("a"), b"newer")
        with pytest.raises(TooLate, match="gone or changed"):
            in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert proxy.count("CreateMultipartUpload") == 0

    def test_one_that_changes_after_the_copy_is_noticed(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At
    ) -> None:
        unproved(proxy)
        heads(proxy, {"etag": OTHER}, {"etag": ONE})
        with pytest.raises(TooLate, match="changed meanwhile"):
            copier.copy(at("a"), shown, at("b"), Hints(), work())

    def test_one_without_an_etag_is_not_blamed_for_what_stands_in_the_way(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At, ministack_server: Server
    ) -> None:
        assert isinstance(shown.details, ObjectDetails)
        plain = replace(shown, details=shown.details._replace(etag=""))
        stored(ministack_server, at("b"), b"other")
        with pytest.raises(AlreadyExists):
            copier.copy(at("a"), plain, at("b"), Hints(), work())
        assert body(ministack_server, at("b")) == b"other"
        assert proxy.count("HeadObject", key="a") == 0


class TestBothEnds:
    @pytest.mark.parametrize("parts", [False, True], ids=["whole", "parts"])
    def test_another_length_is_damage_and_nothing_is_said_to_be_removed(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At, parts: bool
    ) -> None:
        unproved(proxy)
        proxy.rule("CompleteMultipartUpload", ReplaceBody(b"<R><ETag>opaque</ETag></R>"))
        heads(proxy, {}, {"content-length": "3", "etag": '"opaque"'})
        copier.limit = 0 if parts else copier.limit
        with pytest.raises(Corrupt, match=r"its size|not what was sent") as caught:
            copier.copy(at("a"), shown, at("b"), Hints(), work())
        assert caught.value.hint == "The source is untouched. Try again."
        assert proxy.count("DeleteObject") == 0

    @pytest.mark.parametrize("parts", [False, True], ids=["whole", "parts"])
    def test_a_checksum_both_have_decides(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At, parts: bool
    ) -> None:
        copier.limit = 0 if parts else copier.limit
        unproved(proxy)
        sums = {"x-amz-checksum-crc32": "AAAAAA=="}
        heads(proxy, dict(sums), {"etag": '"opaque-1"', **sums})
        written = copier.copy(at("a"), shown, at("b"), Hints(), work())
        assert (written.evidence, written.notes) == (Evidence.CHECKSUM, ())
        other = {"etag": '"opaque-1"', "x-amz-checksum-crc32": "AAAAAQ=="}
        proxy.rule("HeadObject", EditHeaders(response=other), key="c")
        with pytest.raises(Corrupt, match="CRC32"):
            copier.copy(at("a"), shown, at("c"), Hints(), work())

    def test_two_md5s_that_differ_are_damage(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At
    ) -> None:
        unproved(proxy)
        heads(proxy, NO_SUM, NO_SUM | {"etag": OTHER})
        with pytest.raises(Corrupt, match="MD5"):
            copier.copy(at("a"), shown, at("b"), Hints(), work())

    def test_an_encrypted_copy_has_no_md5_that_could_differ(
        self, proxy: Proxy, copier: Copier, shown: Entry, at: At
    ) -> None:
        unproved(proxy)
        heads(proxy, NO_SUM, NO_SUM | {"etag": OTHER, "x-amz-server-side-encryption": "aws:kms"})
        written = copier.copy(at("a"), shown, at("b"), Hints(), work())
        assert (written.evidence, written.notes) == (Evidence.SIZE, (SIZE_ONLY,))

    def test_a_copy_in_parts_that_vanished_is_no_success(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At
    ) -> None:
        """Completed and seen once, then gone: a move must not remove the source."""
        proxy.rule("HeadObject", Answer(404, "NoSuchKey"), key="b", nth=3)
        with pytest.raises(StorageError, match="nothing is there"):
            in_parts.copy(at("a"), shown, at("b"), Hints(), work())

    def test_a_complete_that_is_refused_is_settled_by_nothing(
        self,
        proxy: Proxy,
        in_parts: Copier,
        shown: Entry,
        at: At,
        ministack_server: Server,
        box: str,
    ) -> None:
        """Of bytes we never had, nothing proves that they are there."""
        proxy.rule("CompleteMultipartUpload", Answer(404, "NoSuchUpload"))
        with pytest.raises(StorageError):
            in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert ministack_server.keys(box) == ["a"]
        assert ministack_server.uploads(box) == []

    @pytest.mark.parametrize("known", [True, False], ids=["large", "of-unknown-size"])
    def test_a_lost_answer_is_not_settled_by_reading_too_much(
        self,
        proxy: Proxy,
        copier: Copier,
        shown: Entry,
        at: At,
        monkeypatch: pytest.MonkeyPatch,
        known: bool,
    ) -> None:
        monkeypatch.setattr("tfm.storage.s3.copy._READ_BOTH", 3)
        assert isinstance(shown.details, ObjectDetails)
        entry = replace(
            shown,
            size=shown.size if known else None,
            details=shown.details._replace(etag=""),
        )
        proxy.rule("CopyObject", DropAnswer(), nth=1)
        with pytest.raises(AlreadyExists):
            copier.copy(at("a"), entry, at("b"), Hints(), work())
        assert proxy.count("GetObject") == 0


class TestKept:
    def test_the_key_of_an_encryption_goes_along_with_parts(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At
    ) -> None:
        kms = {
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        }
        proxy.rule("HeadObject", EditHeaders(response=kms), key="a")
        in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        [begun] = proxy.exchanges("CreateMultipartUpload")
        assert {name: begun.headers.get(name) for name in kms} == kms

    @pytest.mark.parametrize(
        ("held", "sent"), [("aws-chunked", None), ("gzip,aws-chunked", "gzip")]
    )
    def test_what_belonged_to_an_upload_is_not_stated_of_the_next_one(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At, held: str, sent: str | None
    ) -> None:
        """A server would take the bytes of the parts for chunks with signatures."""
        proxy.rule("HeadObject", EditHeaders(response={"content-encoding": held}), key="a")
        in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        [begun] = proxy.exchanges("CreateMultipartUpload")
        assert begun.headers.get("content-encoding") == sent

    def test_an_expiry_that_is_no_date_is_named(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At
    ) -> None:
        proxy.rule("HeadObject", EditHeaders(response={"expires": "never"}), key="a")
        written = in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert any(note.startswith("Expires was not kept: never") for note in written.notes)

    @pytest.mark.parametrize(
        ("count", "words"),
        [("1", "Tags were not copied."), (None, "Tags, if there were any, were not copied.")],
    )
    def test_tags_that_may_not_be_read_are_named(
        self,
        proxy: Proxy,
        in_parts: Copier,
        shown: Entry,
        at: At,
        ministack_server: Server,
        count: str | None,
        words: str,
    ) -> None:
        proxy.rule("HeadObject", EditHeaders(response={"x-amz-tagging-count": count}), key="a")
        proxy.rule("GetObjectTagging", Answer(403, "AccessDenied"))
        written = in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert any(note.startswith(words) for note in written.notes)
        assert body(ministack_server, at("b")) == b"hello"

    def test_tags_that_a_server_forgets_and_does_not_take_again_are_named(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At, ministack_server: Server
    ) -> None:
        tags = {"TagSet": [{"Key": "team", "Value": "maps"}]}
        ministack_server.client().put_object_tagging(
            Bucket=at("a").container, Key="a", Tagging=tags
        )
        proxy.rule("PutObjectTagging", Answer(403, "AccessDenied"))
        written = in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert any(note.startswith("Its tags were lost.") for note in written.notes)

    @pytest.mark.parametrize("code", ["NoSuchTagSet", "MethodNotAllowed", "NotImplemented"])
    def test_of_tags_nobody_can_have_nothing_is_said(
        self, proxy: Proxy, in_parts: Copier, shown: Entry, at: At, code: str
    ) -> None:
        proxy.rule("GetObjectTagging", Answer(404 if code == "NoSuchTagSet" else 405, code))
        written = in_parts.copy(at("a"), shown, at("b"), Hints(), work())
        assert not any("ags" in note for note in written.notes)


class TestMarkers:
    """On servers that say yes and keep none."""

    EMPTY = '"d41d8cd98f00b204e9800998ecf8427e"'

    def test_a_bucket_is_not_made(self, proxy: Proxy, storage: S3Storage, at: At) -> None:
        with pytest.raises(Denied, match="does not make buckets"):
            storage.mkdir(at(""))
        assert proxy.counts() == {}

    def test_one_that_went_nowhere_is_cleared_up_all_the_same(
        self, proxy: Proxy, storage: S3Storage, at: At
    ) -> None:
        proxy.rule("PutObject", Answer(200, headers={"etag": self.EMPTY}, body=b""))
        with pytest.raises(Unsupported):
            storage.mkdir(at("dir/"))
        [removed] = proxy.exchanges("DeleteObject")
        assert removed.key == "dir/"

    @pytest.mark.parametrize(("size", "removed"), [(0, ["dir"]), (5, [])], ids=["ours", "theirs"])
    def test_an_object_it_became_is_removed_unless_somebody_wrote_it(
        self, proxy: Proxy, storage: S3Storage, at: At, size: int, removed: list[str]
    ) -> None:
        proxy.rule("PutObject", Answer(200, headers={"etag": self.EMPTY}, body=b""))
        listed = (
            "<ListBucketResult><Contents><Key>dir</Key>"
            f"<Size>{size}</Size></Contents></ListBucketResult>"
        )
        proxy.rule("ListObjectsV2", Answer(200, body=listed.encode()), nth=4)
        with pytest.raises(Unsupported):
            storage.mkdir(at("dir/"))
        assert [e.key for e in proxy.exchanges("DeleteObject")] == removed

    def test_a_trial_that_cannot_be_removed_is_named_in_the_log(
        self,
        proxy: Proxy,
        storage: S3Storage,
        at: At,
        ministack_server: Server,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        stored(ministack_server, at("dir"), b"precious")
        proxy.rule("DeleteObject", Answer(403, "AccessDenied"))
        with caplog.at_level(logging.WARNING, "tfm.s3"):
            storage.mkdir(at("dir/"))
        assert ".tfm-trial-" in caplog.text
        assert body(ministack_server, at("dir")) == b"precious"


class TestBlindServer:
    """Ceph RGW copies whatever the conditions say; played on moto, which does the same."""

    CEPH = "tx00000a1b2c3d4e5f60718-0065f1a2b3-10496-default"

    @pytest.fixture
    def box(self, moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
        return new_bucket(moto_server)

    @pytest.fixture
    def proxy(self, moto_server: Server) -> Iterator[Proxy]:
        with Proxy(moto_server, checks=False) as proxy:
            proxy.rule("*", EditHeaders(response={"x-amz-request-id": self.CEPH}))
            yield proxy

    @pytest.fixture
    def entry(self, moto_server: Server, storage: S3Storage, at: At) -> Entry:
        stored(moto_server, at("a"), b"hello")
        return row(storage, at("a"))

    def test_what_is_in_the_way_stays(
        self, copier: Copier, entry: Entry, at: At, moto_server: Server
    ) -> None:
        stored(moto_server, at("b"), b"other")
        with pytest.raises(AlreadyExists):
            copier.copy(at("a"), entry, at("b"), Hints(), work())
        assert body(moto_server, at("b")) == b"other"

    def test_what_changed_since_it_was_shown_stays(
        self, copier: Copier, storage: S3Storage, entry: Entry, at: At, moto_server: Server
    ) -> None:
        stored(moto_server, at("b"), b"older")
        shown = row(storage, at("b"))
        stored(moto_server, at("b"), b"newer")
        with pytest.raises(TooLate):
            copier.copy(at("a"), entry, at("b"), Hints(replaces=shown), work())
        assert body(moto_server, at("b")) == b"newer"

    def test_a_source_that_changed_is_not_copied(
        self, copier: Copier, entry: Entry, at: At, moto_server: Server, box: str
    ) -> None:
        stored(moto_server, at("a"), b"newer")
        with pytest.raises(TooLate):
            copier.copy(at("a"), entry, at("b"), Hints(), work())
        assert moto_server.keys(box) == ["a"]

    def test_a_copy_costs_two_looks_and_is_not_called_atomic(
        self, copier: Copier, entry: Entry, proxy: Proxy, at: At, moto_server: Server
    ) -> None:
        proxy.reset()
        written = copier.copy(at("a"), entry, at("b"), Hints(), work())
        assert (written.evidence, written.notes) == (Evidence.CHECKSUM, (NOT_ATOMIC,))
        proxy.expect({"HeadObject": 2, "CopyObject": 1})
        assert body(moto_server, at("b")) == b"hello"
