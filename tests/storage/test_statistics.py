"""The figures of a run: counted right, in bounded memory, and what emptying the caches leaves."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.storage.counting import Counting
from tfm.model.change import beneath
from tfm.model.location import S3, Location, local
from tfm.storage.base import Hints
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.statistics import (
    OTHER_CODES,
    Charge,
    Tally,
    added,
    forget_cached,
    statistics,
)
from tfm.storage.vfs import Vfs

DIRECTORIES = 40


def place(text: str) -> Location:
    return Location(S3, text)


@pytest.fixture
def storage() -> Counting:
    return Counting(MemoryStorage(S3, {}))


@pytest.fixture
def vfs(storage: Counting) -> Vfs:
    """Two buckets; the first one with many directories, a file in each."""
    made = Vfs(storages={S3: storage})
    for bucket in ("b/", "other/"):
        made.mkdir(place(bucket))
    for number in range(DIRECTORIES):
        with made.open_write(place(f"b/d{number}/file"), Hints()) as writer:
            writer.write(b"x")
            writer.commit()
    return made


def walk(vfs: Vfs, directory: Location) -> None:
    """Into every directory, and a look at every file."""
    for entry in vfs.scan(directory).entries:
        child = directory.child(entry.name, directory=entry.is_directory)
        if entry.is_directory:
            walk(vfs, child)
        else:
            vfs.stat(child)


def used(vfs: Vfs) -> tuple[int, int]:
    told = vfs.cache.stats()
    return told.hits, told.misses


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_is_at_most_a_fifth_too_large(share: float) -> None:
    rng = random.Random(4)
    times = sorted(rng.lognormvariate(-3, 1.2) + 0.001 for _ in range(5000))
    tally = Tally()
    for seconds in times:
        tally.note("Get", seconds)
    exact = times[int(len(times) * share)]
    told = tally.figures()[0].latency.quantile(share)
    assert exact * 0.99 <= told <= exact * 1.2
    assert tally.figures()[0].latency.slowest == times[-1]


def test_what_is_beyond_the_scale_has_its_place() -> None:
    tally = Tally()
    assert added("none", []).latency.quantile(0.5) == 0
    tally.note("Get", 1e-6)
    assert tally.figures()[0].latency.quantile(0.99) == 1e-6
    tally.note("Get", 5000.0)
    assert tally.figures()[0].latency.quantile(0.99) == 5000.0


def test_memory_is_bounded_whatever_servers_say() -> None:
    tally = Tally()
    for number in range(1000):
        tally.note("Get", number / 10, error=f"Code{number}")
    (figures,) = tally.figures()
    assert figures.failed == figures.sent == 1000
    assert len(figures.errors) == 51
    assert figures.errors[0] == (OTHER_CODES, 950)
    assert len(figures.latency.counts) == 70


def test_many_threads_count_every_request() -> None:
    tally = Tally(lambda kind: Charge.PUT if kind == "Put" else Charge.GET)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for number in range(500):
            tally.note("Put", 0.01, bytes_up=3, charged=number % 5 > 0)
            tally.arrived("Get", 7)
            tally.repeat("Get")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    put, get = tally.figures()
    assert (put.kind, put.sent, put.charged, put.bytes_up) == ("Put", 2000, 1600, 6000)
    assert (get.kind, get.sent, get.repeated, get.bytes_down) == ("Get", 0, 2000, 14000)
    assert (put.charge, get.charge) == (Charge.PUT, Charge.GET)
    whole = added("all", (put, get))
    assert (whole.sent, whole.repeated, whole.bytes_up) == (2000, 2000, 6000)
    assert sum(whole.latency.counts) == 2000


def test_a_walk_that_is_repeated_hits_in_95_of_100(vfs: Vfs, storage: Counting) -> None:
    walk(vfs, place("b/"))
    hits, misses = used(vfs)
    storage.taken()
    walk(vfs, place("b/"))
    again, missed = used(vfs)[0] - hits, used(vfs)[1] - misses
    assert again >= 2 * DIRECTORIES
    assert again / (again + missed) >= 0.95
    assert storage.taken() == {}
    (listings, *_) = statistics(vfs).caches
    assert listings.hit_rate == used(vfs)[0] / sum(used(vfs))


def test_what_is_never_kept_is_never_missed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    vfs = Vfs()
    for _ in range(3):
        walk(vfs, local(tmp_path))
        vfs.scan(local(tmp_path))
    assert used(vfs) == (0, 0)
    assert statistics(vfs).caches[0].hit_rate is None


def test_what_a_pane_shows_from_the_cache_is_a_hit(vfs: Vfs) -> None:
    vfs.scan(place("b/"))
    hits, misses = used(vfs)
    assert vfs.cached(place("b/"), used=True) is not None
    assert vfs.cached(place("b/d1/"), used=True) is None  # the scan that follows is the miss
    assert used(vfs) == (hits + 1, misses)


@pytest.mark.parametrize(
    ("forgotten", "stays", "goes"),
    [
        ("b/", {"other/"}, {"", "b/", "b/d1/", "b/d2/"}),
        ("b/d1/", {"other/", "b/d2/"}, {"b/d1/", "b/"}),
        (None, set(), {"", "b/", "b/d1/", "b/d2/", "other/"}),
    ],
)
def test_what_emptying_the_caches_leaves(
    vfs: Vfs, forgotten: str | None, stays: set[str], goes: set[str]
) -> None:
    told: list[object] = []
    vfs.subscribe(told.append)
    for text in ("", "b/", "b/d1/", "b/d2/", "other/"):
        vfs.scan(place(text))
    list(vfs.walk(place("b/")))
    vfs.blocks.put(place("b/d1/file"), ("e", 1, 0), b"x", 60, vfs.blocks.epoch)  # type: ignore[arg-type]
    vfs.described.put(place("b/d1/file"), ("e", 1, 0), (), 60, vfs.described.epoch)  # type: ignore[arg-type]
    forget_cached(vfs, None if forgotten is None else beneath(place(forgotten)))
    assert {text for text in stays if vfs.cached(place(text))} == stays
    assert not {text for text in goes if vfs.cached(place(text))}
    assert [cache.entries for cache in statistics(vfs).caches[1:]] == [0, 0, 0]
    assert told == []  # nothing has changed: no pane reads again
