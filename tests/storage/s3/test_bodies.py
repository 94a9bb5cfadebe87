"""What is sent, as the SDK reads it: pieces of a source that are files, streams that are cut."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY, MIB
from tests.storage.s3.pieces import Count, MemorySource, body, work
from tfm.model.cancel import CancelToken
from tfm.model.errors import (
    Cancelled,
    Corrupt,
    Denied,
    InvalidName,
    IsDirectory,
    NeedsLogin,
    StorageError,
)
from tfm.model.location import S3, Location, Root
from tfm.storage.base import Evidence, Hints, Work
from tfm.storage.facets import Transfer
from tfm.storage.s3.digest import Piece
from tfm.storage.s3.keys import MAX_OBJECT
from tfm.storage.s3.storage import S3Storage
from tfm.storage.s3.upload import PartBody, announce_sending

At = Callable[[str], Location]
DATA = bytes(range(256)) * 16


@pytest.fixture
def in_parts(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    """A storage that sends all but nothing in parts."""
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, HASTY | {"multipart_threshold": 0})
    yield opened
    opened.close()


class TestPartBody:
    def test_it_is_a_file_that_can_be_read_again(self) -> None:
        count = Count()
        part = PartBody(MemorySource(DATA), Piece(1, 100, 1000), count)
        assert part.readable() and part.seekable()
        assert part.seek(0, io.SEEK_END) == 1000
        assert part.read() == b""
        assert part.seek(-10, io.SEEK_CUR) == 990
        assert part.read(None) == DATA[1090:1100]
        assert part.seek(-2000, io.SEEK_CUR) == part.tell() == 0
        assert part.read(5) + part.read() == DATA[100:1100]
        assert count.total == 0, "nothing was sent yet"

    def test_only_what_is_sent_counts_and_is_taken_back_when_it_is_sent_again(self) -> None:
        count = Count()
        part = PartBody(MemorySource(DATA), Piece(1, 0, 1000), count)
        announce_sending(SimpleNamespace(body=part))
        announce_sending(SimpleNamespace(body=b"another request"))
        part.read(600)
        assert count.total == 600
        part.seek(0)
        assert count.total == 0
        part.read()
        assert count.total == 0, "the SDK signs it anew"


class TestUpload:
    def test_a_name_of_a_directory_takes_no_file(self, transfer: Transfer, at: At) -> None:
        with pytest.raises(IsDirectory):
            transfer.upload(MemorySource(DATA), at("dir/"), Hints(), work())

    def test_a_file_no_object_can_hold_is_refused_before_it_is_read(
        self, proxy: Proxy, transfer: Transfer, at: At
    ) -> None:
        source = MemorySource(b"")
        source.size = MAX_OBJECT + 1
        with pytest.raises(InvalidName, match=r"48\.8 TiB"):
            transfer.upload(source, at("file"), Hints(), work())
        assert (source.reads, proxy.counts()) == ([], {})

    def test_a_cancel_while_a_part_is_read_sends_nothing_more(
        self, proxy: Proxy, in_parts: S3Storage, at: At
    ) -> None:
        cancel = CancelToken()

        class Cancelling(MemorySource):
            def read_at(self, offset: int, size: int) -> bytes:
                if offset >= MIB:
                    cancel.cancel()
                return super().read_at(offset, size)

        transfer = in_parts.facets.transfer
        assert transfer is not None
        source = Cancelling(bytes(3 * MIB))
        with pytest.raises(Cancelled):
            transfer.upload(source, at("file"), Hints(), work(cancel))
        assert len(source.reads) == 2
        assert proxy.count("UploadPart") == 0
        assert proxy.open_uploads() == []

    def test_a_profile_nobody_has_is_a_login_fault_of_the_file(self) -> None:
        root = Root("s3", "nobody")
        storage = S3Storage(root, {})
        with pytest.raises(NeedsLogin, match="profile"):
            storage.open_write(Location(root, "some-bucket/x"), Hints(), Work()).commit()

    def test_a_look_that_is_denied_says_so_although_the_bucket_may_be_listed(
        self, proxy: Proxy, storage: S3Storage, transfer: Transfer, at: At
    ) -> None:
        proxy.rule("HeadObject", Answer(403))
        with pytest.raises(Denied):
            transfer.upload(MemorySource(DATA), at("file"), Hints(), work())
        assert proxy.count("ListObjectsV2") == 1
        assert proxy.count("PutObject") == 0

    def test_an_answer_that_names_nothing_is_settled_by_one_look(
        self, proxy: Proxy, transfer: Transfer, at: At
    ) -> None:
        proxy.rule("PutObject", EditHeaders(response={"etag": None}))
        written = transfer.upload(MemorySource(DATA), at("file"), Hints(), work())
        assert written.evidence is Evidence.CHECKSUM
        assert (proxy.count("PutObject"), proxy.count("HeadObject")) == (1, 2)


class TestStream:
    def test_one_whose_size_is_known_is_cut_by_it(
        self, proxy: Proxy, in_parts: S3Storage, at: At, ministack_server: Server
    ) -> None:
        data = DATA * 2049  # a little over eight MiB
        with in_parts.open_write(at("file"), Hints(size=len(data)), work()) as writer:
            writer.write(data)
            writer.commit()
        assert body(ministack_server, at("file")) == data
        parts = [exchange.request_length for exchange in proxy.exchanges("UploadPart")]
        assert sorted(parts) == [len(data) - 8 * MIB, 8 * MIB]

    def test_one_that_is_not_as_long_as_was_announced_publishes_nothing(
        self, storage: S3Storage, at: At, ministack_server: Server, box: str
    ) -> None:
        with (
            pytest.raises(Corrupt, match="announced"),
            storage.open_write(at("file"), Hints(size=5), work()) as writer,
        ):
            writer.write(b"four")
            writer.commit()
        assert ministack_server.keys(box) == []

    def test_one_that_ended_takes_nothing_more(self, storage: S3Storage, at: At) -> None:
        with storage.open_write(at("file"), Hints(), work()) as writer:
            writer.commit()
            with pytest.raises(StorageError, match="closed already"):
                writer.write(b"late")

    def test_a_name_of_a_directory_takes_none(self, storage: S3Storage, at: At) -> None:
        with pytest.raises(IsDirectory):
            storage.open_write(at("dir/"), Hints(), work())
