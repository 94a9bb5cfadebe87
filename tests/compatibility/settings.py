"""Checks of what a bucket has: made and removed, settings written, read back and taken away, unfinished uploads."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.compatibility.site import Differs, Lacks, Site, lacks
from tfm.model.cancel import NEVER
from tfm.model.errors import StorageError
from tfm.model.location import S3, Location
from tfm.storage.bucket_facets import Settings
from tfm.storage.object_locks import LockEdit

CORS: Final = {
    "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"]}]
}
LIFECYCLE: Final = {
    "Rules": [
        {
            "ID": "tidy",
            "Status": "Enabled",
            "Filter": {"Prefix": "logs/"},
            "Expiration": {"Days": 30},
        }
    ]
}
UNFINISHED: Final = {
    "Rules": [
        {
            "ID": "unfinished",
            "Status": "Enabled",
            "Filter": {"Prefix": "logs/"},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
}
ENCRYPTION: Final = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
PUBLIC_ACCESS: Final = dict.fromkeys(_BLOCKS, True)
POLICY: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::CONTAINER/*"],
        }
    ],
}
TAGS: Final = {"TagSet": [{"Key": "team", "Value": "maps"}]}
OWNERSHIP: Final = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
WEBSITE: Final = {"IndexDocument": {"Suffix": "index.html"}}
PAYS: Final = {"Payer": "Requester"}
FASTER: Final = {"Status": "Enabled"}


class Written:
    """A check that writes a setting of a new bucket, reads it back, and takes it away if that can be."""

    def __init__(self, name: str, document: dict[str, Any]) -> None:
        self._name = name
        self._document = document

    def __call__(self, site: Site) -> None:
        """What the server keeps must be what was sent, which the engine itself holds against each other."""
        place = Location(S3, f"{site.new_bucket()}/")
        facet = _settings(site)
        setting = next(each for each in facet.settings if each.name == self._name)
        text = json.dumps(self._document).replace("CONTAINER", place.container)
        before = facet.read(place, self._name)
        assert facet.fault_in(self._name, text) == ""
        facet.write(place, self._name, text, before.text)
        found = facet.read(place, self._name)
        assert found.text
        assert found.words
        if setting.removable:
            facet.write(place, self._name, "", found.text)
            after = facet.read(place, self._name)
            if after.text not in (before.text, ""):
                raise Differs("it cannot be taken away again")


def _settings(site: Site) -> Settings:
    facet = site.facets(site.tfm()).settings
    assert facet is not None
    return facet


def read(name: str) -> _Read:
    """A check that reads a setting and does not change it."""
    return _Read(name)


class _Read:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, site: Site) -> None:
        assert _settings(site).read(site.top, self._name).words


def made_and_removed(site: Site) -> None:
    """A bucket made with versions, looked at, and removed once nothing is in it."""
    ctx = site.tfm()
    facet = site.facets(ctx).containers
    assert facet is not None
    place = Location(S3, f"{site.new_name()}/")
    chosen = {"versions": "on"}
    assert facet.fault_in(place.container, chosen) == ""
    made = facet.create(place, chosen)
    try:
        assert facet.glance(place).told
        site.put(place.child("a"))
        assert facet.holds(place)
        try:
            facet.remove(place)
        except StorageError:
            pass
        else:
            raise AssertionError("a bucket that holds something was removed")
    finally:
        site.empty(place.container)
    facet.remove(place)
    assert place.container not in site.buckets()
    if made.missed:
        told = "; ".join(f"{what}: {error.reason or error.message}" for what, error in made.missed)
        raise Differs(f"not set with it, and the report says so: {told}")


def locked(site: Site) -> None:
    """A bucket made with object lock, and its settings read."""
    facet = site.facets(site.tfm()).containers
    assert facet is not None
    place = Location(S3, f"{site.new_name()}/")
    facet.create(place, {"lock": "on"})
    try:
        told = _settings(site).read(place, "object_lock")
        if "Enabled" not in told.text:
            raise Lacks("it is made, and has no lock")
    finally:
        site.server.discard(place.container)


def held(site: Site) -> None:
    """An object in such a bucket retained, held, let go again, and not deleted meanwhile."""
    name = site.new_name()
    ctx = site.tfm()
    facets = site.facets(ctx)
    assert facets.containers is not None
    assert facets.locks is not None
    facets.containers.create(Location(S3, f"{name}/"), {"lock": "on"})
    try:
        place = Location(S3, f"{name}/a")
        version = str(site.put(place).get("VersionId") or "")
        facets.locks.set_lock(place, LockEdit(hold=True))
        assert facets.locks.lock(place).hold
        try:
            site.client.delete_object(Bucket=name, Key="a", VersionId=version)
        except site.client.exceptions.ClientError:
            kept = True
        else:
            kept = False
        if kept:
            facets.locks.set_lock(place, LockEdit(hold=False))
            assert not facets.locks.lock(place).hold
        else:
            raise Differs("the server says that it is held, and deletes it")
    finally:
        site.server.discard(name)


def unfinished(site: Site) -> None:
    """An upload that was begun is listed with its parts, and ended."""
    here, ctx = site.fresh(), site.tfm()
    place, facet = here.child("a"), site.facets(ctx).uploads
    assert facet is not None
    where = {"Bucket": place.container, "Key": place.inner_key}
    try:
        begun = site.client.create_multipart_upload(**where)
        site.client.upload_part(
            **where, UploadId=begun["UploadId"], PartNumber=1, Body=bytes(6 * 2**20)
        )
    except site.client.exceptions.ClientError as error:
        raise lacks(error, "none can be begun") from error
    try:
        found = [row for page in facet.uploads(here, NEVER) for row in page]
        if not found:
            raise Lacks("those of a directory are not listed")
        (row,) = found
        assert (row.place, row.id) == (place, begun["UploadId"])
        held = facet.parts(row)
        assert (held.count, held.bytes) == (1, 6 * 2**20)
        facet.abort(row)
        assert [row for page in facet.uploads(here, NEVER) for row in page] == []
        if row.began_ns is None:
            raise Differs("the server does not say when it was begun")
    finally:
        site.abort(place, begun["UploadId"])
