"""The server says 200 and did nothing: what stood there before is not ours to remove."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import LARGE, MemorySource, body, row, stored, work
from tfm.model.errors import AlreadyExists, StorageError
from tfm.model.location import Location
from tfm.storage.base import Evidence, Hints
from tfm.storage.facets import Transfer
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
NOTHING = Answer(200, body=b"")


@pytest.mark.parametrize(
    ("op", "data"),
    [("PutObject", b"hello"), ("CompleteMultipartUpload", LARGE)],
    ids=["small", "parts"],
)
def test_a_replacement_that_did_not_happen_keeps_the_old_object(
    proxy: Proxy,
    storage: S3Storage,
    transfer: Transfer,
    at: At,
    ministack_server: Server,
    op: str,
    data: bytes,
) -> None:
    stored(ministack_server, at("file"), b"older")
    proxy.rule(op, NOTHING)
    hints = Hints(replaces=row(storage, at("file")))
    with pytest.raises(StorageError, match="reported success"):
        transfer.upload(MemorySource(data), at("file"), hints, work())
    assert body(ministack_server, at("file")) == b"older"
    assert ministack_server.uploads(at("file").container) == []


@pytest.mark.parametrize("first", [NOTHING, Answer(200, body=b"<x/>")])
def test_somebody_elses_object_behind_it_stays(
    proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server, first: Answer
) -> None:
    stored(ministack_server, at("file"), b"other")
    proxy.rule("PutObject", first, nth=1)
    with pytest.raises(AlreadyExists):
        transfer.upload(MemorySource(b"hello"), at("file"), Hints(), work())
    assert body(ministack_server, at("file")) == b"other"


@pytest.mark.parametrize(
    "old", [None, b"older, longer", b"older"], ids=["new", "longer", "as-long"]
)
@pytest.mark.parametrize(
    ("op", "data"),
    [("PutObject", b"hello"), ("CompleteMultipartUpload", LARGE)],
    ids=["small", "parts"],
)
def test_once_is_repaired_by_sending_again(
    proxy: Proxy,
    storage: S3Storage,
    transfer: Transfer,
    at: At,
    ministack_server: Server,
    op: str,
    data: bytes,
    old: bytes | None,
) -> None:
    if old is not None:
        stored(ministack_server, at("file"), old if data != LARGE else old + LARGE[5:])
    hints = Hints(replaces=None if old is None else row(storage, at("file")))
    proxy.rule(op, NOTHING, nth=1)
    written = transfer.upload(MemorySource(data), at("file"), hints, work())
    assert written.evidence is Evidence.CHECKSUM
    assert body(ministack_server, at("file")) == data
    assert storage.unfinished() == ()


def test_a_part_that_was_not_taken_is_sent_again(
    proxy: Proxy, transfer: Transfer, at: At, ministack_server: Server
) -> None:
    proxy.rule("UploadPart", NOTHING, nth=2)
    transfer.upload(MemorySource(LARGE), at("file"), Hints(), work())
    assert body(ministack_server, at("file")) == LARGE


@pytest.mark.parametrize(
    "old", [None, b"older", b"older, longer"], ids=["new", "as-long", "longer"]
)
def test_a_copy_is_asked_for_again(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, old: bytes | None
) -> None:
    stored(ministack_server, at("a"), b"hello")
    if old is not None:
        stored(ministack_server, at("b"), old)
    copy = storage.facets.server_copy
    assert copy is not None
    hints = Hints(replaces=None if old is None else row(storage, at("b")))
    proxy.rule("CopyObject", NOTHING, nth=1)
    written = copy.copy(at("a"), row(storage, at("a")), at("b"), hints, work())
    assert written.evidence is Evidence.CHECKSUM
    assert body(ministack_server, at("b")) == b"hello"


def test_a_batch_of_deletes_is_asked_for_again(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    for name in ("a", "b"):
        stored(ministack_server, at(name), b"hello")
    many = storage.facets.delete_many
    assert many is not None
    proxy.rule("DeleteObjects", NOTHING, nth=1)
    removals = many.delete_many([(at("a"), None), (at("b"), None)])
    assert [removal.error for removal in removals] == [None, None]
    assert ministack_server.keys(box) == []


def test_a_copied_part_that_is_not_confirmed_is_asked_for_again(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
) -> None:
    stored(ministack_server, at("a"), LARGE)
    copy = storage.facets.server_copy
    assert isinstance(copy, Copier)
    copy.limit, copy.part = 5 * MIB, 8 * MIB
    proxy.rule("UploadPartCopy", NOTHING, nth=2)
    copy.copy(at("a"), row(storage, at("a")), at("b"), Hints(), work())
    assert body(ministack_server, at("b")) == LARGE


@pytest.mark.parametrize("old", [None, b"older"], ids=["new", "replacement"])
def test_a_look_that_comes_too_early_is_settled_by_the_next(
    proxy: Proxy,
    storage: S3Storage,
    transfer: Transfer,
    at: At,
    ministack_server: Server,
    old: bytes | None,
) -> None:
    """Stored, but the answer says nothing, and a server that is consistent later shows nothing yet."""
    if old is not None:
        stored(ministack_server, at("file"), old)
    hints = Hints(replaces=None if old is None else row(storage, at("file")))
    transfer.upload(MemorySource(b"first"), at("other"), Hints(), work())  # the server is known now
    proxy.rule("PutObject", EditHeaders(response={"etag": None}), key="file", nth=1)
    proxy.rule("HeadObject", Answer(404, "NoSuchKey"), key="file", nth=1)
    written = transfer.upload(MemorySource(b"hello"), at("file"), hints, work())
    assert written.evidence is Evidence.CHECKSUM
    assert body(ministack_server, at("file")) == b"hello"
