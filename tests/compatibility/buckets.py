"""Checks of history, encryption, links, and what is asked of a bucket."""

from __future__ import annotations

import os
import ssl
import urllib.error
import urllib.request

import pytest

from tests.compatibility.site import OWN_KEY, Differs, Lacks, Site
from tfm.model.cancel import NEVER
from tfm.model.errors import NeedsLogin, NotFound, StorageError
from tfm.model.location import S3, Location
from tfm.model.past import at_moment, now
from tfm.storage.object_facets import Keeping, PostForm, PostLimits, Version, Versions

_SECOND = 10**9


# -- history -----------------------------------------------------------------------------------------


def _versions(site: Site) -> tuple[Versions, Location]:
    bucket = site.bucket_with_versions()
    facet = site.facets(site.tfm()).versions
    assert facet is not None
    top = Location(S3, f"{bucket}/")
    keeping = facet.keeping(top)
    if keeping is not Keeping.ON:
        raise Lacks(f"versioning was switched on, and is {keeping.value}")
    return facet, top


def _all(facet: Versions, place: Location) -> list[Version]:
    return [version for page in facet.versions(place, NEVER) for version in page]


def versions(site: Site) -> None:
    """Versions listed, and each of them read."""
    facet, top = _versions(site)
    place = top.child("a")
    for data in (b"one", b"three"):
        site.put(place, data)
    found = _all(facet, place)
    assert [version.entry.size for version in found] == [5, 3]
    for version, data in zip(found, (b"three", b"one"), strict=True):
        with facet.past(version.place.root).open_read(version.place) as reader:
            assert reader.read(100) == data


def undelete(site: Site) -> None:
    """A deleted file brought back, and versions deleted for good."""
    facet, top = _versions(site)
    place = top.child("a")
    site.put(place, b"data")
    site.client.delete_object(Bucket=top.container, Key="a")
    marks = [version for version in _all(facet, place) if version.deleted]
    assert len(marks) == 1
    for removal in facet.remove_versions(marks):
        assert removal.error is None
    assert site.read(place) == b"data"
    for removal in facet.remove_versions(_all(facet, place)):
        assert removal.error is None
    assert _all(facet, place) == []


def time_travel(site: Site) -> None:
    """A directory as it was at a moment."""
    facet, top = _versions(site)
    site.put(top.child("d/a"), b"old")
    moment = _all(facet, top.child("d/a"))[0].entry.mtime_ns
    assert moment is not None
    ticked = moment
    # times of versions are whole seconds at some servers: what is stored next has to have another one
    while ticked // _SECOND <= moment // _SECOND:
        site.put(top.child("clock"))
        told = _all(facet, top.child("clock"))[0].entry.mtime_ns
        assert told is not None
        ticked = told
    site.put(top.child("d/a"), b"newer")
    site.put(top.child("d/b"), b"later")
    past = facet.past(at_moment(top.root, moment))
    here = Location(past.root, f"{top.container}/d/")
    rows = [row for page in past.scan(here, NEVER) for row in page]
    assert [(row.name, row.size) for row in rows] == [("a", 3)]
    with past.open_read(here.child("a")) as reader:
        assert reader.read(100) == b"old"
    assert now(here) == top.child("d", directory=True)


# -- encryption --------------------------------------------------------------------------------------


def server_keys(site: Site) -> None:
    """SSE-S3 for an upload and a copy."""
    here, ctx = site.fresh(), site.tfm(encryption="AES256")
    site.carry(ctx, site.file(b"data"), here.child("a"))
    site.carry(ctx, here.child("a"), here.child("b"))
    for name in ("a", "b"):
        if site.head(here.child(name)).get("ServerSideEncryption") != "AES256":
            raise Lacks("it is stored, and not said to be encrypted")


def key_service(site: Site) -> None:
    """SSE-KMS with a key that is named."""
    here, ctx = site.fresh(), site.tfm(encryption="aws:kms", kms_key_id=site.kms_key or "a-key")
    site.carry(ctx, site.file(b"data"), here.child("a"))
    if site.head(here.child("a")).get("ServerSideEncryption") != "aws:kms":
        raise Lacks("it is stored, and not said to be encrypted")
    assert site.read(here.child("a")) == b"data"


def customer_key(site: Site) -> None:
    """SSE-C: up and down with a key of one's own, and not without."""
    here = site.fresh()
    ctx = site.tfm(encryption="SSE-C", customer_key=f"env:{OWN_KEY}")
    site.carry(ctx, site.file(b"data"), here.child("a"))
    path = site.directory / "down-own-key"
    site.carry(ctx, here.child("a"), site.file(b"").parent.child(path.name))
    assert path.read_bytes() == b"data"
    try:
        found = site.read(here.child("a"))
    except site.client.exceptions.ClientError:
        return
    assert found == b"data"
    raise Lacks("it is read without the key, too")


def customer_key_copied(site: Site) -> None:
    """Such an object copied by the server."""
    here = site.fresh()
    ctx = site.tfm(encryption="SSE-C", customer_key=f"env:{OWN_KEY}")
    site.carry(ctx, site.file(b"data"), here.child("a"))
    report = site.carry(ctx, here.child("a"), here.child("b"))
    own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(32)}
    assert site.read(here.child("b"), **own) == b"data"
    assert report.all_done


# -- links, logins -----------------------------------------------------------------------------------


def _link(site: Site, place: Location, *, upload: bool = False) -> str:
    facet = site.facets(site.tfm()).presign
    assert facet is not None
    return facet.link(place, 60, upload=upload).url


def _fetch(url: str, data: bytes | None = None) -> bytes:
    method = "GET" if data is None else "PUT"
    headers = {} if data is None else {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, context=_trust()) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise Lacks(f"the server refuses the link: {error.code}") from error


def link_down(site: Site) -> None:
    """A link that downloads, and not with another key in it."""
    here = site.fresh()
    site.put(here.child("a"), b"data")
    site.put(here.child("b"), b"other")
    url = _link(site, here.child("a"))
    assert _fetch(url) == b"data"
    try:
        _fetch(url.replace("/a?", "/b?"))
    except Lacks:
        return
    raise Differs("the signature is not checked: any key can be fetched with it")


def link_up(site: Site) -> None:
    """A link that stores an object."""
    here = site.fresh()
    _fetch(_link(site, here.child("a"), upload=True), b"sent")
    assert site.read(here.child("a")) == b"sent"


def form_up(site: Site) -> None:
    """A form that stores an object as it allows, and not a larger one."""
    here = site.fresh()
    facet = site.facets(site.tfm()).presign
    assert facet is not None
    form = facet.post(here.child("a"), 60, PostLimits(10))
    if (status := _fill_in(form, b"sent")) >= 300:
        raise Lacks(f"the server refuses the form: {status}")
    assert site.read(here.child("a")) == b"sent"
    if _fill_in(form, b"more than it allows") < 300:
        raise Differs("its limits are not checked")


def _fill_in(form: PostForm, data: bytes) -> int:
    """As a browser does; the status."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in form.fields
    ]
    parts.append(b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n')
    parts.append(b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--edge--\r\n")
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    request = urllib.request.Request(form.url, b"".join(parts), headers, method="POST")
    try:
        with urllib.request.urlopen(request, context=_trust()) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))


def wrong_secret(site: Site) -> None:
    """A wrong secret key is told as what it is."""
    ctx = site.tfm(access_key_id_from="TFM_KEY", secret_access_key_from="TFM_SECRET")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFM_KEY", site.server.access_key)
        patch.setenv("TFM_SECRET", "not-the-secret-of-anybody")
        try:
            ctx.vfs.scan(site.top, fresh=True)
        except NeedsLogin:
            return
        except StorageError as error:
            raise Differs(f"told as: {error.reason or error.message}") from error
    raise Differs("signatures are not checked")


def missing(site: Site) -> None:
    """What is not there is not found: bucket, directory, object."""
    ctx = site.tfm()
    for place in (
        Location(S3, "no-such-bucket-anywhere/"),
        site.fresh(),
        site.fresh().child("absent"),
    ):
        try:
            if place.looks_like_directory:
                ctx.vfs.scan(place, fresh=True)
            else:
                ctx.vfs.stat(place, fresh=True)
        except NotFound:
            continue
        raise AssertionError(f"{place} is found")


# -- what is asked of a server -----------------------------------------------------------------------


def recognised(site: Site) -> None:
    """The make of the server is recognised."""
    ctx = site.tfm()
    facet = site.facets(ctx).abilities
    assert facet is not None
    told = facet.probe(site.top, NEVER)
    if not told.server:
        raise Differs("not recognised: what it can do is asked")
