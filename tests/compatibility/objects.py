"""Checks of files and directories: listed, read, written, copied, moved, deleted, proved."""

from __future__ import annotations

import base64
import random
from typing import Any

from tests.compatibility.site import MIB, Differs, Lacks, Site, done, lacks, notes_of
from tfm.model.cancel import NEVER
from tfm.model.entry import ObjectDetails
from tfm.model.errors import AlreadyExists, StorageError, TooLate
from tfm.model.location import Location
from tfm.ops.checksum import Algorithm, Sum, checksums
from tfm.ops.context import OpContext
from tfm.ops.objects import rewrite
from tfm.ops.plan import pick
from tfm.storage.base import Hints, Work
from tfm.storage.object_facets import Edit
from tfm.storage.s3.copy import Copier

LARGE = random.Random(3).randbytes(MIB) * 11
_PARTS: dict[str, object] = {"multipart_threshold": 5 * MIB, "part_size": 5 * MIB}


def _names(ctx: OpContext, place: Location) -> list[tuple[str, bool]]:
    rows = ctx.vfs.scan(place, fresh=True).entries
    return sorted((row.name, row.is_directory) for row in rows)


def _write(ctx: OpContext, place: Location, data: bytes, hints: Hints | None = None) -> str:
    """By the engine's writer; gives its notes."""
    writer = ctx.vfs.open_write(place, hints or Hints(size=len(data)), Work())
    try:
        writer.write(data)
        return " ".join(writer.commit().notes)
    finally:
        writer.abort()


# -- listings ----------------------------------------------------------------------------------------


def listing(site: Site) -> None:
    """Files and directories of one directory."""
    here, ctx = site.fresh(), site.tfm()
    for name in ("a", "d/b", "d/e/c", "ä +%41"):
        site.put(here.child(name))
    assert _names(ctx, here) == [("a", False), ("d", True), ("ä +%41", False)]


def _small_pages(client: Any) -> None:
    def shrink(params: dict[str, Any], **_more: object) -> None:
        params["url"] += "&max-keys=2"

    for operation in ("ListObjectsV2", "ListObjects"):
        client.meta.events.register(f"before-call.s3.{operation}", shrink)


def pages(site: Site) -> None:
    """A listing of several pages, by the second version."""
    here, ctx = site.fresh(), site.tfm()
    names = [f"{number}" for number in range(5)]
    for name in (*names, "d/x"):
        site.put(here.child(name))
    storage = site.storage(ctx)
    storage.on_new_client(_small_pages)
    assert _names(ctx, here) == [*((name, False) for name in names), ("d", True)]
    if storage._calls.manners.list_v2 is False:
        raise Differs("the server knows only the first version, by which it is listed")


def first_version(site: Site) -> None:
    """The same by the first version, as tfm does where there is no second."""
    here, ctx = site.fresh(), site.tfm()
    names = [f"{number}" for number in range(5)]
    for name in (*names, "d/x", "d/y"):
        site.put(here.child(name))
    storage = site.storage(ctx)
    storage.on_new_client(_small_pages)
    storage._calls.manners.list_v2 = False
    assert _names(ctx, here) == [*((name, False) for name in names), ("d", True)]


def odd_names(site: Site) -> None:
    """Keys with `//`, `..`, and `a` beside `a/b`."""
    here, ctx, refused = site.fresh(), site.tfm(), []
    for name in ("x//y", "x/../z", "a", "a/b", "end ", "\t"):
        place = here.child(name)
        try:
            _write(ctx, place, b"1")
        except StorageError:
            refused.append(repr(name))
            continue
        assert site.read(place) == b"1"
        assert ctx.vfs.exists(place)
    if refused:
        raise Differs(f"not stored: {', '.join(refused)}")


def markers(site: Site) -> None:
    """An empty directory is made, shown and entered."""
    here, ctx = site.fresh(), site.tfm()
    place = here.child("empty", directory=True)
    ctx.vfs.mkdir(place)
    assert site.keys(here) == ["empty/"]
    assert _names(ctx, here) == [("empty", True)]
    assert _names(ctx, place) == []


# -- reading and writing -----------------------------------------------------------------------------


def upload(site: Site) -> None:
    """A small file up, with its time."""
    here, ctx = site.fresh(), site.tfm()
    report = site.carry(ctx, site.file(b"small"), here.child("a"))
    assert site.read(here.child("a")) == b"small"
    assert "mtime" in {name.lower() for name in site.head(here.child("a"))["Metadata"]}
    if "size only" in notes_of(report):
        raise Differs("checked by size only")


def download(site: Site) -> None:
    """A small file down."""
    here, ctx = site.fresh(), site.tfm()
    site.put(here.child("a"), b"small")
    target = site.file(b"")
    path = site.directory / "down-small"
    site.carry(ctx, here.child("a"), target.parent.child(path.name))
    assert path.read_bytes() == b"small"


def ranges(site: Site) -> None:
    """A part of a file, as the viewer reads it."""
    here, ctx = site.fresh(), site.tfm()
    site.put(here.child("a"), b"0123456789")
    entry = site.entry(ctx, here.child("a"))
    with ctx.vfs.open_read(here.child("a"), 3, expected=entry, length=4) as reader:
        assert reader.read(100) == b"3456"


def large_upload(site: Site) -> None:
    """A file in parts, in parallel."""
    here, ctx = site.fresh(), site.tfm(**_PARTS)
    report = site.carry(ctx, site.file(LARGE), here.child("a"))
    assert site.read(here.child("a")) == LARGE
    assert site.server.uploads(site.bucket) == []
    if "size only" in notes_of(report):
        raise Differs("checked by size only: the server gives no digest")


def large_download(site: Site) -> None:
    """The same down, in ranges."""
    here, ctx = site.fresh(), site.tfm(**_PARTS)
    site.carry(ctx, site.file(LARGE), here.child("a"))
    path = site.directory / "down-large"
    site.carry(ctx, here.child("a"), site.file(b"").parent.child(path.name))
    assert path.read_bytes() == LARGE


# -- conditions --------------------------------------------------------------------------------------


def conditional_put(site: Site) -> None:
    """Nothing is overwritten unasked, not even by who writes at the same moment."""
    here, ctx = site.fresh(), site.tfm()
    place = here.child("a")
    notes = _write(ctx, place, b"first")
    try:
        _write(ctx, place, b"second")
    except AlreadyExists:
        assert site.read(place) == b"first"
    else:
        raise AssertionError("it was overwritten")
    seen = site.entry(ctx, place)
    site.put(place, b"theirs")
    try:
        _write(ctx, place, b"mine", Hints(size=4, replaces=seen))
    except TooLate:
        assert site.read(place) == b"theirs"
    else:
        raise AssertionError("what had changed was overwritten")
    _tell_whether_atomic(site, "conditions", notes)


def _tell_whether_atomic(site: Site, ability: str, notes: str) -> None:
    """What a trial says of the server; tfm looks right before where it has no conditions."""
    ctx = site.tfm()
    facet, here = site.facets(ctx).abilities, site.fresh()
    assert facet is not None
    tried = facet.try_writing(here, facet.trial_names(here), NEVER)
    assert tried.left == ""
    told = {row.name: row.can.value for row in facet.known(here).abilities}
    if told[ability] != "yes":
        said = ", and the report says so" if "not atomic" in notes else ""
        raise Differs(f"not atomic: tfm looks right before it writes{said}")


def conditional_get(site: Site) -> None:
    """What changed since it was shown is not read as if it were the same."""
    here, ctx = site.fresh(), site.tfm()
    site.put(here.child("a"), b"old")
    seen = site.entry(ctx, here.child("a"))
    site.put(here.child("a"), b"new")
    try:
        with ctx.vfs.open_read(here.child("a"), expected=seen) as reader:
            reader.read(10)
    except TooLate:
        return
    raise AssertionError("something else was read")


def conditional_copy(site: Site) -> None:
    """A copy by the server takes what was seen, and overwrites nothing."""
    here, ctx = site.fresh(), site.tfm()
    facet = site.facets(ctx).server_copy
    assert facet is not None
    source, target = here.child("a"), here.child("b")
    site.put(source, b"old")
    seen = site.entry(ctx, source)
    site.put(source, b"newer")
    try:
        facet.copy(source, seen, target, Hints(size=3), Work())
    except (TooLate, StorageError) as error:
        late = not isinstance(error, TooLate)
    else:
        raise AssertionError("another one was copied")
    site.put(target, b"theirs")
    try:
        facet.copy(source, site.entry(ctx, source), target, Hints(size=5), Work())
    except AlreadyExists:
        assert site.read(target) == b"theirs"
    else:
        raise Differs("a file that stands in the way is overwritten if it came after the look")
    manners = site.storage(ctx)._calls.manners
    if manners.copy_conditions and not manners.guards_copies:
        raise Differs("not atomic: the target is looked at right before")
    if late:
        raise Differs("another source shows only after the copy, which is then no success")
    _tell_whether_atomic(site, "copy_conditions", "")


def conditional_delete(site: Site) -> None:
    """What changed since it was shown is not deleted."""
    here, ctx = site.fresh(), site.tfm()
    site.put(here.child("a"), b"old")
    seen = site.entry(ctx, here.child("a"))
    site.put(here.child("a"), b"newer")
    try:
        ctx.vfs.delete(here.child("a"), expected=seen)
    except TooLate:
        assert site.read(here.child("a")) == b"newer"
    else:
        raise AssertionError("another one was deleted")
    facet = site.facets(ctx).delete_many
    assert facet is not None
    if not facet.conditional:
        raise Differs("each is looked at before it is deleted: not trusted to compare")


# -- copies and deletes ------------------------------------------------------------------------------

_HEADERS = {"ContentType": "text/x-odd", "CacheControl": "no-cache", "Metadata": {"one": "1"}}


def _same_headers(site: Site, place: Location) -> None:
    head = site.head(place)
    assert head["ContentType"] == "text/x-odd"
    assert head.get("CacheControl") == "no-cache", "Cache-Control was lost"
    names = {name.lower(): value for name, value in head["Metadata"].items()}
    assert names.get("one") == "1", "metadata was lost"


def server_copy(site: Site) -> None:
    """A copy by the server, with headers and metadata."""
    here, ctx = site.fresh(), site.tfm()
    site.put(here.child("a"), b"data", **_HEADERS)
    site.carry(ctx, here.child("a"), here.child("b"))
    assert site.read(here.child("b")) == b"data"
    _same_headers(site, here.child("b"))


def copy_in_parts(site: Site) -> None:
    """The same in parts, as above 5 GiB."""
    here, ctx = site.fresh(), site.tfm(**_PARTS)
    site.put(here.child("a"), LARGE, **_HEADERS)
    copier = site.facets(ctx).server_copy
    assert isinstance(copier, Copier)
    copier.limit = copier.part = 5 * MIB
    report = site.carry(ctx, here.child("a"), here.child("b"))
    assert site.read(here.child("b")) == LARGE
    _same_headers(site, here.child("b"))
    if "size only" in notes_of(report):
        raise Differs("checked by size only: the server gives no digest")


def batch_delete(site: Site) -> None:
    """Many keys by one request."""
    here, ctx = site.fresh(), site.tfm()
    names = ("a", "b c", "d/ä")
    for name in names:
        site.put(here.child(name))
    site.put(here.child("stays"))
    facet = site.facets(ctx).delete_many
    assert facet is not None
    removals = facet.delete_many([(here.child(name), None) for name in names])
    for removal in removals:
        if removal.error is not None:
            raise removal.error
    assert site.keys(here) == ["stays"]
    if not site.storage(ctx)._calls.manners.batches:
        raise Differs("each key costs a request of its own")


# -- proof -------------------------------------------------------------------------------------------


def _checksum(algorithm: Algorithm, site: Site) -> None:
    here, ctx = site.fresh(), site.tfm()
    place, field = here.child("a"), f"Checksum{algorithm.name}"
    (ours,) = _sums(ctx, site.file(b"data"), algorithm)
    value = base64.b64encode(bytes.fromhex(ours)).decode()
    try:
        site.put(place, b"data", ChecksumAlgorithm=algorithm.name, **{field: value})
        head = site.head(place, ChecksumMode="ENABLED")
    except Exception as error:
        raise lacks(error, "it does not take one") from error
    if not head.get(field):
        raise Lacks("it keeps none")
    assert head[field] == value
    assert _sums(ctx, place, algorithm) == [ours]
    path = site.directory / f"sum-{algorithm.value}"
    site.carry(ctx, place, site.file(b"").parent.child(path.name))
    assert path.read_bytes() == b"data"
    try:
        site.put(here.child("b"), b"other", ChecksumAlgorithm=algorithm.name, **{field: value})
    except site.client.exceptions.ClientError:
        return
    raise Differs("kept, but not compared with what arrives")


def _sums(ctx: OpContext, place: Location, algorithm: Algorithm) -> list[str]:
    found: list[Sum] = []
    done(checksums(ctx, pick(ctx, [place]), algorithm, told=found.append))
    return [each.digest for each in found]


def crc32(site: Site) -> None:
    """CRC-32 kept, shown, and held against a download."""
    _checksum(Algorithm.CRC32, site)


def crc32c(site: Site) -> None:
    """CRC-32C."""
    _checksum(Algorithm.CRC32C, site)


def crc64(site: Site) -> None:
    """CRC-64/NVME."""
    _checksum(Algorithm.CRC64NVME, site)


def sha1(site: Site) -> None:
    """SHA-1."""
    _checksum(Algorithm.SHA1, site)


def sha256(site: Site) -> None:
    """SHA-256."""
    _checksum(Algorithm.SHA256, site)


# -- what an object has besides its bytes ------------------------------------------------------------


def tags(site: Site) -> None:
    """Tags written, read, and gone again."""
    here, ctx = site.fresh(), site.tfm()
    place, facet = here.child("a"), site.facets(ctx).tags
    assert facet is not None
    site.put(place, b"data")
    for wanted in ((("one", "1"), ("two", "a b")), ()):
        facet.set_tags(place, wanted)
        assert facet.tags(place) == wanted
    assert site.read(place) == b"data"
    foreign = (("one", "ä"),)
    try:
        facet.set_tags(place, foreign)
    except StorageError as error:
        raise Differs(f"not with letters beyond ASCII ({error.code})") from error
    assert facet.tags(place) == foreign


def tags_kept(site: Site) -> None:
    """Tags come along with a copy by the server."""
    here, ctx = site.fresh(), site.tfm()
    place, facet = here.child("a"), site.facets(ctx).tags
    assert facet is not None
    site.put(place, b"data")
    facet.set_tags(place, (("one", "1"),))
    site.carry(ctx, place, here.child("b"))
    if facet.tags(here.child("b")) != (("one", "1"),):
        raise Differs("a copy has none of them")


def metadata(site: Site) -> None:
    """Headers and metadata changed in place; everything else stays."""
    here, ctx = site.fresh(), site.tfm()
    place = here.child("a")
    site.put(place, b"data", **_HEADERS)
    edit = Edit(headers=(("Content-Language", "de"),), metadata=(("two", "2"),))
    report = rewrite(ctx, site.picked(ctx, place), edit)
    for item in report.failures:
        assert item.error is not None
        raise item.error
    assert site.read(place) == b"data"
    _same_headers(site, place)
    head = site.head(place)
    names = {name.lower(): value for name, value in head["Metadata"].items()}
    assert names.get("two") == "2"
    told = notes_of(report)
    if head.get("ContentLanguage") != "de":
        assert told, "a header was not kept, and nothing is said"
    if told:
        raise Differs(told)


def class_at_upload(site: Site) -> None:
    """A storage class chosen for an upload."""
    here, ctx = site.fresh(), site.tfm(storage_class="STANDARD_IA")
    site.carry(ctx, site.file(b"data"), here.child("a"))
    kept = str(site.head(here.child("a")).get("StorageClass") or "STANDARD")
    if kept != "STANDARD_IA":
        raise Lacks(f"it is stored as {kept}")
    details = site.entry(ctx, here.child("a")).details
    assert isinstance(details, ObjectDetails)
    assert details.storage_class == "STANDARD_IA"


def class_changed(site: Site) -> None:
    """A storage class changed in place."""
    here, ctx = site.fresh(), site.tfm()
    place = here.child("a")
    site.put(place, b"data", **_HEADERS)
    report = rewrite(ctx, site.picked(ctx, place), Edit(storage_class="STANDARD_IA"))
    for item in report.failures:
        assert item.error is not None
        raise item.error
    _same_headers(site, place)
    kept = str(site.head(place).get("StorageClass") or "STANDARD")
    if kept != "STANDARD_IA":
        assert notes_of(report), "it is not stored so, and nothing is said"
        raise Lacks(notes_of(report))


def restore(site: Site) -> None:
    """An archived object asked back."""
    here, ctx = site.fresh(), site.tfm()
    place, facets = here.child("a"), site.facets(ctx)
    assert facets.tiers is not None
    try:
        site.put(place, b"data", StorageClass="GLACIER")
    except Exception as error:
        raise lacks(error, "nothing is archived") from error
    facets.tiers.restore(place, site.entry(ctx, place), 1, "Standard")
    if "Restore" not in site.head(place):
        raise Lacks("nothing shows that it was asked for")


def access(site: Site) -> None:
    """An access list read, and set to public-read and back."""
    here, ctx = site.fresh(), site.tfm()
    place, facet = here.child("a"), site.facets(ctx).access
    assert facet is not None
    site.put(place, b"data")
    assert facet.access(place) is not None
    facet.set_access(place, "public-read")
    public = ("everybody", "READ") in facet.access(place)
    facet.set_access(place, "private")
    assert ("everybody", "READ") not in facet.access(place)
    assert site.read(place) == b"data"
    if not public:
        raise Lacks("public-read is taken, and changes nothing")
