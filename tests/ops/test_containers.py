"""Containers emptied: nothing stays but what cannot go, and that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, ReplaceBody
from tests.servers.server import Server
from tests.ui.rig import write
from tfm.model.cancel import CancelToken
from tfm.model.errors import NotEmpty, Unsupported
from tfm.model.location import S3, Location, parse
from tfm.ops.containers import Held, create, empty, look_into, remove_containers, told_of
from tfm.ops.context import OpContext, Outcome
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs


class Account:
    """One storage for all tests: making clients takes longer than what is tested."""

    def __init__(self, server: Server) -> None:
        self.client: Any = server.client()
        self.proxy = Proxy(server)
        self.storage = S3Storage(
            S3, {"endpoint_url": self.proxy.endpoint_url, "retry_delay": 0.01, "outage_wait": 0.0}
        )
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.environment().items():
                patch.setenv(name, value)
            assert not self.storage._calls.on_aws


@pytest.fixture(scope="module")
def account(moto_server: Server) -> Iterator[Account]:
    made = Account(moto_server)
    yield made
    made.storage.close()
    made.proxy.close()


class Bucket:
    """A bucket with two old versions, a delete marker, two files and an unfinished upload."""

    def __init__(self, account: Account, name: str) -> None:
        self.proxy, self.client, self.storage = account.proxy, account.client, account.storage
        self.name, self.place = name, Location(S3, f"{name}/")
        self.vfs = Vfs(storages={S3: self.storage})
        enabled = {"Status": "Enabled"}
        self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration=enabled)
        for body in (b"old", b"new"):
            self.client.put_object(Bucket=name, Key="d/a", Body=body)
        self.client.put_object(Bucket=name, Key="b", Body=b"x")
        self.client.put_object(Bucket=name, Key="c", Body=b"x")
        self.client.delete_object(Bucket=name, Key="b")
        self.client.create_multipart_upload(Bucket=name, Key="big")
        self.proxy.reset()

    def context(self) -> OpContext:
        return OpContext(self.vfs)

    def left(self) -> list[str]:
        told = self.client.list_object_versions(Bucket=self.name)
        uploads = self.client.list_multipart_uploads(Bucket=self.name)
        rows = [
            *told.get("Versions", ()),
            *told.get("DeleteMarkers", ()),
            *uploads.get("Uploads", ()),
        ]
        return sorted(row["Key"] for row in rows)


@pytest.fixture
def bucket(
    account: Account, moto_server: Server, new_bucket: Callable[[Server], str]
) -> Iterator[Bucket]:
    yield Bucket(account, new_bucket(moto_server))
    account.proxy.clear_rules()


def test_objects_versions_markers_and_uploads_go_and_the_bucket_stays(bucket: Bucket) -> None:
    assert look_into(bucket.context(), bucket.place) == Held(5, 1)
    report = empty(bucket.context(), bucket.place)
    [item] = report.items
    assert (item.source, item.outcome) == (bucket.place, Outcome.DONE)
    assert item.note == "5 objects and versions, 1 unfinished upload removed"
    assert bucket.left() == []
    assert "DeleteBucket" not in bucket.proxy.counts()
    bucket.client.head_bucket(Bucket=bucket.name)
    assert look_into(bucket.context(), bucket.place).is_empty
    assert remove_containers(bucket.context(), [(bucket.place, None)]).all_done  # type: ignore[list-item]
    assert bucket.name not in [row["Name"] for row in bucket.client.list_buckets()["Buckets"]]


def test_page_by_page_the_list_goes_on_where_nothing_was_removed_yet(bucket: Bucket) -> None:
    client = bucket.storage._calls.clients.get(bucket.name, bulk=True)
    event = "provide-client-params.s3.ListObjectVersions"
    client.meta.events.register(event, _two_a_page)
    report = empty(bucket.context(), bucket.place)
    client.meta.events.unregister(event, _two_a_page)
    assert report.all_done
    assert bucket.left() == []
    counts = bucket.proxy.counts()
    assert counts["DeleteObjects"] == 3
    # page two is there before page one goes
    assert [e.op for e in bucket.proxy.exchanges() if "Versions" in e.op or "Delete" in e.op][
        :3
    ] == ["ListObjectVersions", "ListObjectVersions", "DeleteObjects"]


def test_keys_of_uploads_are_asked_for_so_that_they_can_stand_in_xml(bucket: Bucket) -> None:
    """No parser gets beyond a control character: such an upload could not even be listed."""
    assert look_into(bucket.context(), bucket.place).unfinished == 1
    assert empty(bucket.context(), bucket.place).all_done
    assert remove_containers(bucket.context(), [(bucket.place, None)]).all_done  # type: ignore[list-item]
    asked = bucket.proxy.exchanges("ListMultipartUploads")
    assert len(asked) >= 4
    assert {each.query.get("encoding-type") for each in asked} == {"url"}


def test_more_than_one_page_of_uploads_goes_and_a_list_without_an_end_is_no_success(
    bucket: Bucket,
) -> None:
    key = "<Upload><Key>{0}</Key><UploadId>{0}</UploadId></Upload>"
    more = "<IsTruncated>true</IsTruncated>"
    pages = (more + "<NextKeyMarker>a%0A</NextKeyMarker>" + key.format("a%0A"), key.format("b"))
    for nth, text in enumerate(pages, 1):
        bucket.proxy.rule("ListMultipartUploads", Answer(200, body=_uploads(text)), nth=nth)
    [item] = empty(bucket.context(), bucket.place).items
    assert "2 unfinished uploads removed" in item.note
    assert {each.key for each in bucket.proxy.exchanges("AbortMultipartUpload")} == {"a\n", "b"}
    bucket.proxy.clear_rules()
    bucket.proxy.rule("ListMultipartUploads", Answer(200, body=_uploads(more + key.format("a"))))
    [item] = empty(bucket.context(), bucket.place).items
    assert item.outcome is Outcome.FAILED
    assert "where they go on" in item.reason


def _uploads(rows: str) -> bytes:
    text = f"<EncodingType>url</EncodingType>{rows}"
    return f"<ListMultipartUploadsResult>{text}</ListMultipartUploadsResult>".encode()


def test_a_server_without_a_list_of_uploads_is_emptied_all_the_same(bucket: Bucket) -> None:
    bucket.proxy.rule("ListMultipartUploads", Answer(501, "NotImplemented"))
    assert look_into(bucket.context(), bucket.place) == Held(5)
    assert empty(bucket.context(), bucket.place).all_done


def _two_a_page(params: dict[str, Any], **_more: Any) -> dict[str, Any]:
    return {**params, "MaxKeys": min(2, params.get("MaxKeys", 2))}


def test_what_is_locked_is_told_by_its_key_and_the_rest_goes(
    ministack_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    storage, client = S3Storage(S3, {"outage_wait": 0.0}), ministack_server.client()
    ctx, place = OpContext(Vfs(storages={S3: storage})), Location(S3, "box-with-a-lock/")
    assert create(ctx, place, {"lock": "on"}).missed == ()
    for key in ("free", "locked"):
        client.put_object(Bucket=place.container, Key=key, Body=b"x")
    client.put_object_legal_hold(Bucket=place.container, Key="locked", LegalHold={"Status": "ON"})
    locked, whole = empty(ctx, place).items
    assert locked.source == place.child("locked")
    assert locked.outcome is Outcome.FAILED
    assert "the object is locked" in locked.reason
    assert whole.source == place
    assert isinstance(whole.error, NotEmpty)
    assert "1 could not be removed" in whole.reason
    assert ministack_server.keys(place.container) == ["locked"]
    client.put_object_legal_hold(Bucket=place.container, Key="locked", LegalHold={"Status": "OFF"})
    assert empty(ctx, place).all_done
    assert remove_containers(ctx, [(place, ctx.vfs.stat(place))]).all_done
    storage.close()


def test_what_came_meanwhile_is_no_success(bucket: Bucket) -> None:
    bucket.proxy.rule(
        "ListObjectsV2",
        ReplaceBody(
            b"<ListBucketResult><Contents><Key>late</Key><Size>1</Size></Contents></ListBucketResult>"
        ),
    )
    [item] = empty(bucket.context(), bucket.place).items
    assert item.outcome is Outcome.FAILED
    assert "came meanwhile" in item.reason


def test_a_cancel_tells_how_far_it_came(bucket: Bucket) -> None:
    cancel = CancelToken()
    cancel.cancel()
    [item] = empty(OpContext(bucket.vfs, cancel=cancel), bucket.place).items
    assert item.outcome is Outcome.CANCELLED
    assert len(bucket.left()) == 6


def test_where_each_removal_wants_a_code_nothing_is_begun(bucket: Bucket) -> None:
    bucket.proxy.rule(
        "GetBucketVersioning",
        ReplaceBody(
            b"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"
            b"</VersioningConfiguration>"
        ),
    )
    with pytest.raises(Unsupported, match="MFA delete"):
        empty(bucket.context(), bucket.place)
    assert len(bucket.left()) == 6


def test_an_upload_that_cannot_be_aborted_keeps_it(bucket: Bucket) -> None:
    bucket.proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"))
    upload, whole = empty(bucket.context(), bucket.place).items
    assert upload.source == bucket.place.child("big")
    assert upload.outcome is whole.outcome is Outcome.FAILED
    assert bucket.left() == ["big"]


def test_where_no_versions_are_kept(tmp_path: object) -> None:
    root = parse("mem://").root
    vfs = Vfs(storages={root: MemoryStorage(root, {"page_size": 3})})
    place, ctx = parse("mem://box/"), OpContext(vfs)
    made = create(ctx, place, {})
    assert told_of(made, place) == "Made box."
    for number in range(8):
        write(vfs, f"mem://box/d/file{number}")
    assert look_into(ctx, place) == Held(8)
    [failed] = remove_containers(ctx, [(place, vfs.stat(place))]).items
    assert isinstance(failed.error, NotEmpty)
    assert empty(ctx, place).all_done
    assert vfs.scan(place, fresh=True).entries == ()
    assert remove_containers(ctx, [(place, vfs.stat(place))]).all_done
    assert vfs.scan(place.parent, fresh=True).entries == ()
