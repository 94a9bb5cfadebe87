"""The cache functions that scripts know."""

from __future__ import annotations

import pytest

import tfm
from tests.path.conftest import Clock
from tests.storage.counting import Counting
from tfm.model.entry import Entry, Kind
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
