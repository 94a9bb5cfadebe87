"""The cache functions that scripts know."""

from __future__ import annotations

import pathlib
import time

import pytest

import tfm
from tests.path.conftest import Clock
from tests.storage.counting import Counting
from tfm.config.places import make_private
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Corrupt
from tfm.model.listing import Listing
from tfm.model.location import S3, parse
from tfm.path import (
    S3_CACHE_MAX_ENTRIES,
    S3_CACHE_TTL,
    Path,
    S3Cache,
    clear_s3_cache,
    configure_s3_cache,
    default_vfs,
    get_s3_cache,
    get_s3_cache_stats,
)
from tfm.storage.base import Hints
from tfm.storage.blocks import MOST_KEPT
from tfm.storage.listing_store import ListingStore
from tfm.storage.memory.streams import MemoryReader
from tfm.storage.vfs import Vfs


@pytest.fixture
def listed(bucket: Path, storage: Counting) -> Path:
    """A bucket of which the listings of `a/`, `b/` and the bucket itself are known."""
    for name in ("a/1", "b/2", "c"):
        (bucket / name).write_text(name)
    for directory in (bucket, bucket / "a/", bucket / "b/"):
        assert [*directory.iterdir()]
    storage.taken()
    return bucket


def known(listed: Path) -> list[str]:
    """Which of the three are still known."""
    cache = get_s3_cache()
    return [
        name for name, place in (("top", listed), ("a", listed / "a/"), ("b", listed / "b/"))
        if cache.get(place) is not None
    ]  # fmt: skip


def test_a_second_read_of_an_unchanged_object_fetches_nothing(
    bucket: Path, storage: Counting, clock: Clock
) -> None:
    file = bucket / "notes.txt"
    file.write_text("one\ntwo\n")
    storage.taken()
    assert file.read_text() == "one\ntwo\n"
    assert storage.taken() == {"read": 1}
    assert file.read_text() == file.read_bytes().decode() == "one\ntwo\n"
    with file.open("rb", buffering=0) as opened:
        assert opened.seek(-4, 2) == 4
        assert opened.read() == b"two\n"
        opened.seek(1)
        assert opened.read(2) == b"ne"
    assert storage.taken() == {}
    assert file.stat().st_size == 8  # an answer told it
    assert storage.taken() == {}
    file.write_text("three")
    storage.taken()
    assert file.read_text() == "three"
    assert storage.taken() == {"read": 1}
    clock.now += 61
    file.read_text()
    assert storage.taken() == {"read": 1}
    for forget in (clear_s3_cache, lambda: get_s3_cache().invalidate_key("bucket", "notes.txt")):
        forget()
        file.read_text()
        assert storage.taken() == {"read": 1}


def test_a_new_version_in_a_new_listing_is_read(bucket: Path, storage: Counting) -> None:
    file = bucket / "x"
    file.write_text("old")
    assert [*bucket.iterdir()] == [file]
    assert file.read_text() == file.read_text() == "old"
    other = Vfs(storages={S3: storage})  # somebody else's
    with other.open_write(file.location, Hints(replaces=other.stat(file.location))) as writer:
        writer.write(b"new")
        writer.commit()
    storage.taken()
    assert file.read_text() == "old"  # as long as the listing says so
    assert storage.taken() == {}
    default_vfs().scan(bucket.location, fresh=True)
    storage.taken()
    assert file.read_text() == file.read_text() == "new"
    assert storage.taken() == {"read": 1}


def test_nothing_is_kept_without_a_time_to_keep_it(bucket: Path, storage: Counting) -> None:
    configure_s3_cache(ttl=0)
    (bucket / "x").write_text("x")
    storage.taken()
    assert (bucket / "x").read_text() == (bucket / "x").read_text()
    assert storage.taken() == {"read": 2}


def test_what_is_large_or_was_read_in_part_is_not_kept(bucket: Path, storage: Counting) -> None:
    data = bytes(MOST_KEPT + 1)
    (bucket / "large").write_bytes(data)
    (bucket / "small").write_bytes(data[:-1])
    storage.taken()
    for name, requests in (("large", 2), ("small", 1)):
        assert (bucket / name).read_bytes() == (bucket / name).read_bytes()
        assert storage.taken() == {"read": requests}
    (bucket / "part").write_bytes(b"abcdef")
    for _ in range(2):
        with (bucket / "part").open("rb", buffering=0) as opened:
            assert opened.read(3) == b"abc"
            opened.seek(4)
            assert opened.read() == b"ef"
    assert storage.taken()["read"] == 4
    assert default_vfs().blocks.bytes < 2 * MOST_KEPT


def test_what_came_wrong_is_not_kept(
    bucket: Path, storage: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bucket / "x").write_text("right")
    monkeypatch.setattr(MemoryReader, "verify", _refuse)
    with pytest.raises(Corrupt):
        (bucket / "x").read_text()
    monkeypatch.undo()
    storage.taken()
    assert (bucket / "x").read_text() == "right"
    assert storage.taken() == {"read": 1}


def _refuse(_reader: object) -> None:
    raise Corrupt("Other bytes than the server promised.")


def test_the_defaults() -> None:
    assert (S3_CACHE_TTL, S3_CACHE_MAX_ENTRIES) == (60, 1000)
    assert tfm.S3_CACHE_TTL == 60
    stats = get_s3_cache_stats()
    assert stats["default_ttl"] == 60
    assert stats["max_entries"] == 1000
    assert stats["total_entries"] == stats["expired_entries"] == 0


def test_get_and_put(bucket: Path, storage: Counting, clock: Clock) -> None:
    cache = get_s3_cache()
    assert cache.get("s3://bucket/x") is None
    cache.put("s3://bucket/x", [Entry("made up", Kind.FILE, 5)], ttl=300)
    found = cache.get(bucket / "x")
    assert found is not None
    assert [entry.name for entry in found.entries] == ["made up"]
    assert [path.name for path in (bucket / "x").iterdir()] == ["made up"]
    assert (bucket / "x" / "made up").stat().st_size == 5
    assert storage.taken() == {}
    clock.now += 299
    assert cache.get("s3://bucket/x/") is not None
    clock.now += 2
    assert cache.get("s3://bucket/x/") is None
    cache.put("s3://bucket/x", [])
    clock.now += 59
    assert cache.get("s3://bucket/x/") is not None
    clock.now += 2
    assert cache.get("s3://bucket/x/") is None


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda cache: cache.invalidate_bucket("bucket"), []),
        (lambda cache: cache.invalidate_bucket("other"), ["top", "a", "b"]),
        (lambda cache: cache.invalidate_key("bucket", "a/1"), ["b"]),
        (lambda cache: cache.invalidate_key("bucket", "c"), ["a", "b"]),
        (lambda cache: cache.invalidate_prefix("bucket", "a/"), ["b"]),
        (lambda cache: cache.invalidate_prefix("bucket", "b"), []),
        (lambda cache: cache.clear(), []),
        (lambda cache: clear_s3_cache(), []),
    ],
)
def test_what_each_way_to_forget_leaves(listed: Path, act: object, left: list[str]) -> None:
    assert known(listed) == ["top", "a", "b"]
    act(get_s3_cache())  # type: ignore[operator]
    assert known(listed) == left


def test_forgetting_a_key_forgets_its_facts_and_what_a_listing_said(
    listed: Path, storage: Counting
) -> None:
    path = next(iter((listed / "a/").iterdir()))
    assert not (listed / "deep" / "no").exists()
    storage.taken()
    get_s3_cache().invalidate_key("bucket", "a/1")
    assert path.exists()
    assert storage.taken() == {"stat": 1}
    get_s3_cache().invalidate_prefix("bucket", "deep/")
    assert not (listed / "deep" / "no").exists()
    assert storage.taken()["stat"] >= 1
    again = next(iter((listed / "a/").iterdir()))
    clear_s3_cache()
    storage.taken()
    assert again.exists()
    assert storage.taken() == {"stat": 1}


@pytest.mark.parametrize("name", ["", "a/b"])
def test_what_is_no_bucket_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name of a bucket"):
        S3Cache().invalidate_bucket(name)


def test_the_lifetime_can_be_chosen(bucket: Path, storage: Counting, clock: Clock) -> None:
    configure_s3_cache(ttl=120, max_entries=2000)
    stats = get_s3_cache_stats()
    assert (stats["default_ttl"], stats["max_entries"]) == (120, 2000)
    assert not (bucket / "x").exists()
    storage.taken()
    clock.now += 119
    assert not (bucket / "x").exists()
    assert storage.taken() == {}
    clock.now += 2
    assert not (bucket / "x").exists()
    assert storage.taken() != {}
    clear_s3_cache()
    configure_s3_cache(ttl=0)
    for _ in range(2):
        assert not (bucket / "y").exists()
        assert storage.taken() == {"stat": 2}


def test_a_choice_does_not_make_the_local_disk_cached() -> None:
    configure_s3_cache(ttl=300)
    assert default_vfs().lifetime(Path("/").location) == 0


def test_fewer_entries_take_effect_at_once(listed: Path) -> None:
    configure_s3_cache(max_entries=1)
    assert get_s3_cache_stats()["total_entries"] == 1
    assert known(listed) == ["b"]


@pytest.mark.parametrize("wrong", [{"ttl": -1}, {"max_entries": 0}])
def test_wrong_figures_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be"):
        configure_s3_cache(**wrong)


def test_hits_and_misses_are_counted(listed: Path) -> None:
    before = get_s3_cache_stats()
    [*listed.iterdir()]
    assert Path("s3://bucket/c").exists()
    assert not (listed / "elsewhere/deep").exists()
    after = get_s3_cache_stats()
    assert after["hits"] >= before["hits"] + 2
    assert after["misses"] > before["misses"]


def test_what_panes_left_on_the_disk_goes_too(bucket: Path, home: pathlib.Path) -> None:
    store = ListingStore(home / ".cache/tfm/listings", make_private)
    places = [parse(f"s3://{key}") for key in ("bucket/", "bucket/a/", "other/")]
    places.append(parse("s3://work@bucket/a/"))

    def left() -> list[str]:
        return [str(place) for place in places if store.load("me", place)]

    for place in places:
        assert store.store("me", Listing(place, (Entry("x", Kind.FILE, 1),), time.time()))
    assert len(left()) == 4
    get_s3_cache().invalidate_prefix("bucket", "a/")
    assert left() == ["s3://other/"]
    clear_s3_cache()
    assert left() == []
