"""Unfinished uploads of a bucket: page by page, and never one that is being written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, Hold
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tests.storage.s3.pieces import LARGE, MemorySource, work
from tfm.model.cancel import NEVER
from tfm.model.errors import Denied, StorageError, TooLate
from tfm.model.location import Location
from tfm.ops.context import OpContext
from tfm.ops.uploads import abort, weigh
from tfm.storage.base import Hints
from tfm.storage.facets import Transfer
from tfm.storage.open_uploads import OpenUpload, Uploads
from tfm.storage.s3.open_uploads import OpenUploads
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

At = Callable[[str], Location]


@pytest.fixture
def options() -> dict[str, object]:
    return HASTY | {"multipart_threshold": 1000}


@pytest.fixture
def facet(storage: S3Storage) -> Uploads:
    found = storage.facets.uploads
    assert found is not None
    return found


def begun(server: Server, place: Location, *parts: bytes) -> str:
    client = server.client()
    named = {"Bucket": place.container, "Key": place.inner_key}
    named["UploadId"] = client.create_multipart_upload(**named)["UploadId"]
    for number, data in enumerate(parts, 1):
        client.upload_part(**named, PartNumber=number, Body=data)
    return named["UploadId"]


def listed(facet: Uploads, place: Location) -> list[OpenUpload]:
    return [each for page in facet.uploads(place, NEVER) for each in page]


def test_pages_go_on_behind_key_and_id(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
) -> None:
    """Several of one key lie across the ends of pages."""
    ids = [begun(ministack_server, at(key)) for key in ("d/a", "d/b", "d/b", "d/b", "d/c\n")]
    facet = OpenUploads(storage._calls, storage._unfinished, page=2)
    found = listed(facet, at("d/"))
    assert sorted(each.id for each in found) == sorted(ids)
    assert [each.place for each in found] == [
        at(key) for key in ("d/a", "d/b", "d/b", "d/b", "d/c\n")
    ]
    asked = proxy.exchanges("ListMultipartUploads")
    assert len(asked) == 3
    assert asked[1].query["key-marker"] == "d/b"
    assert asked[1].query["upload-id-marker"] == found[1].id


def test_control_characters_of_keys_and_markers_come_encoded(
    proxy: Proxy, facet: Uploads, at: At
) -> None:
    """Where they do not, no parser of XML gets beyond them; MiniStack begins no such upload."""
    key = "<Upload><Key>d/{}</Key><UploadId>{}</UploadId></Upload>"
    more = "<IsTruncated>true</IsTruncated><NextKeyMarker>d/%1B%5B31m+%2B</NextKeyMarker>"
    pages = (more + key.format("%1B%5B31m+%2B", 1), key.format("%E8%AA%AD%0A%2F%2F", 2))
    for nth, text in enumerate(pages, 1):
        text = f"<EncodingType>url</EncodingType>{text}"
        body = f"<ListMultipartUploadsResult>{text}</ListMultipartUploadsResult>".encode()
        proxy.rule("ListMultipartUploads", Answer(200, body=body), nth=nth)
    found = listed(facet, at("d/"))
    assert [each.place for each in found] == [at("d/\x1b[31m +"), at("d/読\n//")]
    first, second = proxy.exchanges("ListMultipartUploads")
    assert first.query["encoding-type"] == "url"
    assert second.query["key-marker"] == "d/\x1b[31m +"


@pytest.mark.parametrize("more", ["", "<NextKeyMarker>d/a</NextKeyMarker>"], ids=["", "again"])
def test_a_server_that_does_not_get_on_is_an_error(
    proxy: Proxy, facet: Uploads, at: At, more: str
) -> None:
    """A list cut short without a word would pass for all there is."""
    page = f"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>{more}</ListMultipartUploadsResult>"
    proxy.rule("ListMultipartUploads", Answer(200, body=page.encode()))
    with pytest.raises(StorageError, match="where they go on"):
        listed(facet, at("d/"))


def test_one_that_is_being_written_stays(
    proxy: Proxy, storage: S3Storage, facet: Uploads, transfer: Transfer, at: At
) -> None:
    hold = Hold()
    proxy.rule("UploadPart", hold)
    writer = threading.Thread(
        target=lambda: transfer.upload(MemorySource(LARGE), at("file"), Hints(), work())
    )
    writer.start()
    hold.wait_reached()
    (found,) = listed(facet, at(""))
    assert facet.writes(found)
    with pytest.raises(TooLate, match="is writing it"):
        facet.abort(found)
    ctx = OpContext(Vfs(storages={storage.root: storage}))
    report = abort(ctx, weigh(ctx, [found]))
    assert "cancel that job first" in report.failures[0].reason
    assert proxy.count("AbortMultipartUpload") == 0
    hold.release()
    writer.join(10.0)
    assert storage.stat(at("file")).size == len(LARGE)


def test_the_reason_why_it_is_still_there_is_told_and_it_can_be_tried_again(
    proxy: Proxy, facet: Uploads, at: At, ministack_server: Server, box: str
) -> None:
    begun(ministack_server, at("file"), b"x")
    (found,) = listed(facet, at(""))
    proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"), nth=1)
    proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"), nth=2)
    proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"), nth=3)
    with pytest.raises(StorageError, match="access denied"):
        facet.abort(found)
    assert not facet.writes(found), "it is left behind, nobody writes it"
    facet.abort(found)
    assert ministack_server.uploads(box) == []


def test_a_part_that_comes_late_is_aborted_again(
    proxy: Proxy, facet: Uploads, at: At, ministack_server: Server, box: str
) -> None:
    """The first abort is answered, but does not hold."""
    begun(ministack_server, at("file"), b"x")
    (found,) = listed(facet, at(""))
    proxy.rule("AbortMultipartUpload", Answer(204, body=b""), nth=1)
    facet.abort(found)
    assert proxy.count("AbortMultipartUpload") == 2
    assert ministack_server.uploads(box) == []


def test_without_the_right_to_list_it_says_so(proxy: Proxy, facet: Uploads, at: At) -> None:
    proxy.rule("ListMultipartUploads", Answer(403, "AccessDenied"))
    with pytest.raises(Denied):
        listed(facet, at("d/"))


def test_the_rule_is_what_a_bucket_takes(
    facet: Uploads, at: At, moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    for place, prefix in ((at("d/"), "d/"), (at(""), "")):
        rule = json.loads(facet.rule(place, 7))
        bucket, client = new_bucket(moto_server), moto_server.client()
        client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rule)
        (kept,) = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert kept["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert kept["Filter"].get("Prefix", "") == prefix
