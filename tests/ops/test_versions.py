"""Earlier versions: what is chosen to go, and that exactly it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import DropAnswer
from tests.ops.conftest import World
from tests.servers.server import Server
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer
from tfm.model.entry import Entry, Kind
from tfm.model.errors import ReadOnly, Unsupported
from tfm.model.location import S3, Location
from tfm.model.past import at_moment
from tfm.ops.context import OpContext, Outcome
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.ops.settings import settings_of, write_setting
from tfm.ops.versions import (
    Doomed,
    Outdated,
    every_version,
    find,
    marks_above,
    remove_versions,
)
from tfm.storage.object_facets import Keeping, Version
from tfm.storage.s3.storage import S3Storage
from tfm.storage.s3.versions import S3Versions
from tfm.storage.vfs import Vfs

DAY = 86400 * 10**9


def version(name: str, time: int, *, latest: bool = False, deleted: bool = False) -> Version:
    entry = Entry("file", Kind.FILE, None if deleted else 10, time)
    return Version(Location(S3, "b/file"), name, entry, latest, deleted)


# newest first: a mark, then four versions, a day apart
HISTORY = (
    version("m", 10 * DAY, latest=True, deleted=True),
    version("4", 9 * DAY),
    version("3", 8 * DAY),
    version("2", 7 * DAY),
    version("1", 6 * DAY),
)


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (Outdated(), "4321"),
        (Outdated(keep=1), "321"),
        (Outdated(keep=9), ""),
        (Outdated(before_ns=9 * DAY), "21"),  # 3 is out of date since day 9, not before
        (Outdated(before_ns=9 * DAY + 1), "321"),
        (Outdated(keep=3, before_ns=20 * DAY), "1"),
        (every_version, "m4321"),
    ],
)
def test_which_go(rule: Any, gone: str) -> None:
    assert "".join(each.id for each in rule(HISTORY)) == gone


def test_marks_of_deletes_do_not_count_among_those_that_are_kept() -> None:
    now, mark = version("now", 20 * DAY, latest=True), version("m", 10 * DAY, deleted=True)
    four, *others = HISTORY[1:]
    for rule, history, gone in (
        (Outdated(keep=2), (now, mark, four, *others), "21"),
        (Outdated(keep=1), (now, four, mark, *others), "m321"),
        (Outdated(), (now, mark, four, *others), "m4321"),
    ):
        assert "".join(each.id for each in rule(history)) == gone


def test_the_current_one_stays_whatever_the_order_of_the_server() -> None:
    turned = (version("1", DAY), version("2", 2 * DAY, latest=True))
    assert Outdated()(turned) == []


def test_what_hides_a_file() -> None:
    assert marks_above(HISTORY) == [HISTORY[0]]
    assert marks_above(HISTORY[1:]) == []
    assert marks_above(HISTORY[:1]) == []  # nothing beneath to bring back


def test_what_would_go_in_numbers() -> None:
    assert (Doomed(HISTORY).bytes, Doomed(HISTORY).files, Doomed(HISTORY).marks) == (40, 1, 1)


def test_a_place_without_versions(world: World) -> None:
    ctx = OpContext(world.vfs)
    place = Location(next(iter(world.storages)), "bucket/file")
    with pytest.raises(Unsupported, match="no earlier versions"):
        find(ctx, [(place, Entry("file", Kind.FILE))], every_version)
    assert world.vfs.keeping(place) is Keeping.NONE
    past = Location(at_moment(place.root, DAY), place.key)
    with pytest.raises(Unsupported, match="no earlier versions"):
        world.vfs.stat(past)


class Bucket:
    """One bucket with versions, and operations on it."""

    def __init__(self, server: Server, name: str, vfs: Vfs) -> None:
        self.client, self.name, self.vfs = server.client(), name, vfs
        self.client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )

    def put(self, key: str, data: bytes = b"x") -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def at(self, key: str) -> Location:
        return Location(S3, f"{self.name}/{key}")

    def found(self, key: str, choose: Any = every_version) -> Doomed:
        kind = Kind.DIRECTORY if key.endswith("/") else Kind.FILE
        return find(OpContext(self.vfs), [(self.at(key), Entry("x", kind))], choose)

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body


@pytest.fixture
def box(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bucket]:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(S3, {"endpoint_url": moto_server.endpoint_url, "outage_wait": 0.0})
    yield Bucket(moto_server, new_bucket(moto_server), Vfs(storages={S3: storage}))
    storage.close()


def test_all_versions_of_a_tree_go_and_nothing_beside_it(box: Bucket) -> None:
    for key in ("d/a", "d/a", "d/e/b", "dd/c"):
        box.put(key)
    box.delete("d/a")
    counts: list[int] = []
    doomed = find(
        OpContext(box.vfs), [(box.at("d/"), Entry("d", Kind.DIRECTORY))], every_version, counts.append
    )  # fmt: skip
    assert (len(doomed.versions), doomed.files, doomed.marks, counts[-1]) == (4, 2, 1, 4)
    report = remove_versions(OpContext(box.vfs), doomed.versions)
    assert report.count(Outcome.DONE) == 4
    assert {item.source for item in report.items} == {box.at("d/a"), box.at("d/e/b")}
    assert all("version" in item.note or "marker" in item.note for item in report.items)
    assert box.found("").versions[0].place.key.endswith("dd/c")


def test_what_took_the_place_of_a_version_without_an_id_stays(
    ministack_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(S3, {"endpoint_url": ministack_server.endpoint_url, "outage_wait": 0.0})
    name, client = new_bucket(ministack_server), ministack_server.client()
    for key in ("a", "b", "c", "d/"):
        client.put_object(Bucket=name, Key=key, Body=b"before versions were kept")
    box = Bucket(ministack_server, name, Vfs(storages={S3: storage}))
    for key in ("a", "b", "c", "d/"):
        box.put(key, b"kept")
    suspended = {"Status": "Suspended"}
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=suspended)
    box.delete("c")
    marks = marks_above(box.found("c").versions)
    doomed = [each for key in ("a", "b", "d/") for each in box.found(key, Outdated()).versions]
    assert {each.id for each in [*marks, *doomed]} == {"null"}
    for key in ("a", "c", "d/"):
        box.put(key, b"new")
    box.put("d/x")
    report = remove_versions(OpContext(box.vfs), [*doomed, *marks])
    assert {item.source.inner_key: item.outcome for item in report.items} == {
        "a": Outcome.FAILED,
        "b": Outcome.DONE,
        "c": Outcome.FAILED,
        "d/": Outcome.FAILED,
    }
    assert [box.read(key) for key in ("a", "b", "c", "d/")] == [b"new", b"kept", b"new", b"new"]
    assert box.found("b").files == len(box.found("b").versions) == 1
    storage.close()


def test_what_was_picked_with_its_directory_counts_once(box: Bucket) -> None:
    box.put("d/a")
    box.put("d/a")
    picked = [
        (box.at("d/"), Entry("d", Kind.DIRECTORY)),
        (box.at("d/a"), Entry("a", Kind.FILE)),
    ]
    doomed = find(OpContext(box.vfs), picked, every_version)
    assert (len(doomed.versions), doomed.bytes) == (2, 2)


def test_a_listing_is_read_anew_after_an_undelete(box: Bucket) -> None:
    box.put("d/file")
    box.put("d/other")
    box.delete("d/file")
    assert [e.name for e in box.vfs.scan(box.at("d/")).entries] == ["other"]
    remove_versions(OpContext(box.vfs), marks_above(box.found("d/file").versions), "undelete")
    assert [e.name for e in box.vfs.scan(box.at("d/")).entries] == ["file", "other"]


def test_a_code_is_good_for_one_batch(box: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        box.put("a")
    monkeypatch.setattr(S3Versions, "batch", 2)
    versions = box.found("a").versions
    report = remove_versions(OpContext(box.vfs), versions, code="device 123456")
    assert [item.outcome for item in report.items] == [
        Outcome.DONE, Outcome.DONE, Outcome.FAILED,
    ]  # fmt: skip
    assert report.items[2].reason.startswith("The code was good for one request.")
    assert len(box.found("a").versions) == 1


def test_a_cancelled_removal_accounts_for_all(box: Bucket) -> None:
    box.put("a")
    token = CancelToken()
    token.cancel()
    report = remove_versions(OpContext(box.vfs, cancel=token), box.found("a").versions)
    assert [item.outcome for item in report.items] == [Outcome.CANCELLED]
    assert box.read("a") == b"x"


def test_a_version_goes_back_to_its_place_as_a_copy(box: Bucket) -> None:
    box.put("d/file", b"good")
    box.put("d/file", b"bad")
    old = box.found("d/file").versions[1]
    place = box.at("d/file")
    order = Order("copy", ((old.place, old.entry),), place, False, answer=Answer.OVERWRITE)
    report = order.run(OpContext(box.vfs))
    assert report.all_done, report.items
    assert box.read("d/file") == b"good"
    assert len(box.found("d/file").versions) == 3


def test_what_was_is_copied_and_never_changed(box: Bucket) -> None:
    box.put("d/file", b"good")
    past = at_moment(S3, 4_000_000_000 * 10**9)
    source = Location(past, box.at("d/").key)
    ctx = OpContext(box.vfs)
    picked = tuple(pick(ctx, [source]))
    assert Order("copy", picked, box.at("again/"), True).run(ctx).all_done
    assert box.read("again/d/file") == b"good"
    for order in (
        Order("move", picked, box.at("other/"), True),
        Order("copy", tuple(pick(ctx, [box.at("d/")])), Location(past, box.at("e/").key), True),
    ):
        with pytest.raises(ReadOnly):
            order.run(ctx)
    deleted = Order("delete", picked).run(ctx)
    assert all(isinstance(item.error, ReadOnly) for item in deleted.items)
    assert box.read("d/file") == b"good"


def test_the_state_is_not_known_any_more_once_somebody_tried_to_change_it(
    box: Bucket, moto_server: Server, proxy_for: Callable[[Server], Proxy]
) -> None:
    proxy = proxy_for(moto_server)
    options = {"endpoint_url": proxy.endpoint_url, "outage_wait": 0.0, "retry_delay": 0.01}
    storage = S3Storage(S3, options)
    vfs, place = Vfs(storages={S3: storage}), box.at("")
    assert vfs.keeping(place) is vfs.known_keeping(place) is Keeping.ON
    seen = settings_of(vfs, place).read(place, "versioning").text
    proxy.rule("PutBucketVersioning", DropAnswer())
    report = write_setting(OpContext(vfs), place, "versioning", '{"Status": "Suspended"}', seen)
    assert report.failures, "its answer was lost, and it is done"
    assert vfs.known_keeping(place) is None
    storage.close()


def test_the_state_is_known_once_it_was_asked(box: Bucket) -> None:
    assert box.vfs.known_keeping(box.at("x")) is None
    assert box.vfs.keeping(box.at("x")) is Keeping.ON
    assert box.vfs.known_keeping(Location(at_moment(S3, 1), box.at("y").key)) is Keeping.ON
