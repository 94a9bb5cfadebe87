"""What a delete or an overwrite leaves behind in a bucket with versions: everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tests.storage.s3.pieces import work
from tfm.model.cancel import NEVER
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.past import at_moment, at_version
from tfm.storage.base import Hints
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]


@pytest.mark.parametrize("how", ["single", "batch", "overwrite"])
def test_the_old_version_can_be_had_again(
    storage: S3Storage, at: At, ministack_server: Server, box: str, how: str
) -> None:
    client, place = ministack_server.client(), at("d/file")
    client.put_bucket_versioning(Bucket=box, VersioningConfiguration={"Status": "Enabled"})
    old = client.put_object(Bucket=box, Key="d/file", Body=b"old")["VersionId"]
    shown = storage.stat(place)
    if how == "single":
        storage.delete(place, expected=shown)
    elif how == "batch":
        many = storage.facets.delete_many
        assert many is not None
        assert [removal.error for removal in many.delete_many([(place, None)])] == [None]
    else:
        with storage.open_write(place, Hints(replaces=shown), work()) as writer:
            writer.write(b"new")
            writer.commit()
    told = client.list_object_versions(Bucket=box, Prefix="d/file")
    assert old in [version["VersionId"] for version in told["Versions"]]
    assert len(told.get("DeleteMarkers", ())) == (how != "overwrite")
    body = client.get_object(Bucket=box, Key="d/file", VersionId=old)["Body"].read()
    assert body == b"old"
    for version in [*told["Versions"], *told.get("DeleteMarkers", ())]:
        client.delete_object(Bucket=box, Key="d/file", VersionId=version["VersionId"])


def test_the_details_of_a_version_have_its_own_tags(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    client = ministack_server.client()
    client.put_bucket_versioning(Bucket=box, VersioningConfiguration={"Status": "Enabled"})
    old = client.put_object(Bucket=box, Key="a", Body=b"old", Tagging="state=old")["VersionId"]
    client.put_object(Bucket=box, Key="a", Body=b"new", Tagging="state=new")
    proxy.rule("HeadObject", EditHeaders(response={"x-amz-tagging-count": "1"}))
    facet = storage.facets.versions
    assert facet is not None
    past = facet.past(at_version(storage.root, old))
    describe = past.facets.describe
    assert describe is not None
    told = describe.describe(Location(past.root, at("a").key))
    assert [fact.value for fact in told if fact.label == "Tag state"] == ["old"]


CUT = (
    b"<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>a</Key><VersionId>1</VersionId>"
    b"<LastModified>2026-11-20T12:00:00.000Z</LastModified><Size>3</Size></Version></ListVersionsResult>"
)


@pytest.mark.parametrize("key", ["", "a"])
def test_versions_that_are_cut_are_never_taken_for_all(
    proxy: Proxy, storage: S3Storage, at: At, key: str
) -> None:
    proxy.rule("ListObjectVersions", Answer(200, body=CUT))
    facet = storage.facets.versions
    assert facet is not None
    with pytest.raises(StorageError, match="does not say where"):
        list(facet.versions(at(key), NEVER))
    past = facet.past(at_moment(storage.root, 1))
    with pytest.raises(StorageError, match="does not say where"):
        past.stat(Location(past.root, at("a").key))
