"""ListingCache by itself: time, room, epochs, pins, facts, figures."""

from __future__ import annotations

import gc
import threading
import tracemalloc

import pytest

from tfm.model.change import Change, around, beneath
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.listing import Listing
from tfm.model.location import LOCAL, S3, Location
from tfm.storage.cache import ListingCache


def place(key: str) -> Location:
    return Location(S3, key)


def listing(key: str, *names: str, complete: bool = True) -> Listing:
    return Listing(
        place(key), tuple(Entry(name, Kind.FILE, 1) for name in names), 0.0, complete=complete
    )


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> ListingCache:
    return ListingCache(ttl=60, max_entries=4, clock=clock)


def put(cache: ListingCache, key: str, *names: str, ttl: float | None = None) -> bool:
    return cache.put(cache.ticket(place(key)), listing(key, *names), ttl)


def test_a_listing_is_known_until_its_time_is_over(cache: ListingCache, clock: Clock) -> None:
    assert put(cache, "b/d/", "x")
    clock.now += 59.9
    found = cache.get(place("b/d/"))
    assert found is not None
    assert [entry.name for entry in found.entries] == ["x"]
    clock.now += 0.1
    assert cache.peek(place("b/d/")) is None
    assert cache.stats().expired_entries == 1
    assert cache.get(place("b/d/")) is None
    assert cache.stats().total_entries == 0


def test_each_entry_can_have_a_time_of_its_own(cache: ListingCache, clock: Clock) -> None:
    put(cache, "b/long/", ttl=300)
    put(cache, "b/short/", ttl=1)
    assert not put(cache, "b/never/", ttl=0)
    clock.now += 2
    assert cache.peek(place("b/long/")) is not None
    assert cache.peek(place("b/short/")) is None
    assert cache.peek(place("b/never/")) is None


def test_the_least_recently_used_goes_first(cache: ListingCache) -> None:
    for name in "abcd":
        put(cache, f"b/{name}/")
    cache.get(place("b/a/"))
    cache.peek(place("b/b/"))  # a look that does not count as use
    put(cache, "b/e/")
    assert [where.key for where in cache.places()] == ["b/c/", "b/d/", "b/a/", "b/e/"]


def test_what_is_expired_goes_before_what_is_not(cache: ListingCache, clock: Clock) -> None:
    put(cache, "b/new/", ttl=300)
    for name in "abc":
        put(cache, f"b/{name}/", ttl=1)
    clock.now += 2
    put(cache, "b/e/")
    assert [where.key for where in cache.places()] == ["b/new/", "b/e/"]


def test_expired_entries_are_swept_when_they_are_more_than_half(clock: Clock) -> None:
    cache = ListingCache(clock=clock)
    for number in range(100):
        put(cache, f"b/{number}/", ttl=1)
    clock.now += 2
    for number in range(40):
        put(cache, f"b/new{number}/", ttl=300)
    stats = cache.stats()
    assert stats.expired_entries == 0
    assert stats.total_entries == 40
    assert stats.bytes == 40 * 400


def test_expired_entries_that_are_few_may_stay(clock: Clock) -> None:
    cache = ListingCache(clock=clock)
    for number in range(100):
        put(cache, f"b/{number}/", ttl=300 if number % 2 else 1)
    clock.now += 2
    for number in range(50):
        put(cache, f"b/new{number}/", ttl=300)
    assert cache.stats().expired_entries == 50
    assert cache.sweep() == 50
    assert cache.stats().total_entries == 100


def test_bytes_are_bounded_whatever_the_count(clock: Clock) -> None:
    cache = ListingCache(max_bytes=100_000, clock=clock)
    put(cache, "b/small/", "x")
    put(cache, "b/large/", *[f"name{number}" for number in range(200)])
    put(cache, "b/large2/", *[f"name{number}" for number in range(200)])
    assert cache.stats().bytes <= 100_000
    assert cache.peek(place("b/large/")) is None
    assert cache.peek(place("b/large2/")) is not None
    put(cache, "b/huge/", *[f"name{number}" for number in range(1000)])
    assert cache.stats().bytes <= 100_000
    assert cache.peek(place("b/huge/")) is None


def test_replacing_counts_its_bytes_once(cache: ListingCache) -> None:
    for _ in range(5):
        put(cache, "b/d/", "x", "y")
    one = cache.stats()
    assert one.total_entries == 1
    cache.drop(around(place("b/d/x")))
    assert cache.stats().bytes == 0


def test_what_is_on_screen_is_not_pushed_out(cache: ListingCache) -> None:
    put(cache, "b/seen/")
    cache.pin(place("b/seen/"))
    cache.pin(place("b/seen/"))
    cache.unpin(place("b/seen/"))
    for name in "abcdef":
        put(cache, f"b/{name}/")
    assert cache.peek(place("b/seen/")) is not None
    assert cache.stats().total_entries == 4
    cache.unpin(place("b/seen/"))
    put(cache, "b/g/")
    assert cache.peek(place("b/seen/")) is None


def test_a_listing_that_began_before_a_change_is_not_stored(cache: ListingCache) -> None:
    ticket = cache.ticket(place("b/d/"))
    other = cache.ticket(place("b/e/"))
    cache.drop(around(place("b/d/new")))
    assert not cache.put(ticket, listing("b/d/", "old"))
    assert cache.put(other, listing("b/e/"))
    assert cache.peek(place("b/d/")) is None
    late = cache.ticket(place("b/d/"))
    assert cache.put(late, listing("b/d/", "old", "new"))


def test_a_fact_that_was_asked_before_a_change_is_not_stored(cache: ListingCache) -> None:
    ticket = cache.ticket(place("b/d/"))
    cache.drop(around(place("b/d/x")))
    assert not cache.put_fact(ticket, place("b/d/x"), None)
    assert cache.fact(place("b/d/x")) == (False, None)


def test_clearing_spoils_what_is_on_its_way(cache: ListingCache) -> None:
    put(cache, "b/a/")
    ticket = cache.ticket(place("b/d/"))
    cache.clear()
    assert not cache.put(ticket, listing("b/d/"))
    assert cache.stats().total_entries == cache.stats().bytes == 0


def test_an_incomplete_listing_is_never_kept(cache: ListingCache) -> None:
    ticket = cache.ticket(place("b/d/"))
    assert not cache.put(ticket, listing("b/d/", "x", complete=False))


def test_an_object_touches_every_directory_above_it(cache: ListingCache) -> None:
    for key in ("", "b/", "b/d/", "b/d/e/"):
        put(cache, key)
    cache.drop(around(place("b/d/x")))
    assert [where.key for where in cache.places()] == ["b/d/e/"]


def test_a_subtree_is_dropped_whole_and_its_namesake_is_not(cache: ListingCache) -> None:
    for key in ("b/foo/", "b/foo/deep/", "b/foo2/"):
        put(cache, key)
    ticket = cache.ticket(place("b/foo/other/"))
    cache.drop(Change(subtrees=frozenset({place("b/foo/")})))
    assert [where.key for where in cache.places()] == ["b/foo2/"]
    assert not cache.put(ticket, listing("b/foo/other/"))


def test_facts_go_with_their_directory_and_their_subtree(cache: ListingCache) -> None:
    entry = Entry("x", Kind.FILE, 1)
    for key in ("b/d/x", "b/e/x", "b/f/g/x", "b/f/"):
        cache.put_fact(cache.ticket(place(key).parent), place(key), entry)
    cache.drop(around(place("b/d/other")))
    assert cache.fact(place("b/d/x")) == (False, None)
    assert cache.fact(place("b/e/x")) == (True, entry)
    cache.drop(beneath(place("b/f/")))
    assert cache.fact(place("b/f/g/x")) == (False, None)
    assert cache.fact(place("b/f/")) == (False, None)


def test_that_nothing_is_there_is_a_fact_with_an_end(cache: ListingCache, clock: Clock) -> None:
    cache.put_fact(cache.ticket(place("b/")), place("b/no"), None)
    assert cache.fact(place("b/no")) == (True, None)
    clock.now += 60
    assert cache.fact(place("b/no")) == (False, None)


def test_facts_give_way_before_listings(cache: ListingCache) -> None:
    for number in range(3):
        put(cache, f"b/{number}/")
    cache.put_fact(cache.ticket(place("b/")), place("b/x"), None)
    put(cache, "b/3/")
    assert cache.fact(place("b/x")) == (False, None)
    assert len(cache.places()) == 4


def test_changes_of_other_storages_do_no_harm(cache: ListingCache) -> None:
    put(cache, "b/d/")
    cache.drop(beneath(Location(LOCAL, "/b/d")))
    cache.drop(beneath(Location(S3, "bb/")))
    cache.drop(Change())
    assert cache.peek(place("b/d/")) is not None


def test_the_figures(cache: ListingCache, clock: Clock) -> None:
    cache.get(place("b/d/"))
    put(cache, "b/d/", "x")
    cache.get(place("b/d/"))
    cache.fact(place("b/y"))
    stats = cache.stats()
    assert (stats.hits, stats.misses) == (1, 2)
    assert (stats.total_entries, stats.expired_entries) == (1, 0)
    assert (stats.max_entries, stats.default_ttl) == (4, 60)
    assert stats.bytes > 0
    clock.now += 61
    assert cache.stats().expired_entries == 1


def test_smaller_limits_hold_at_once(cache: ListingCache) -> None:
    for name in "abcd":
        put(cache, f"b/{name}/")
    cache.configure(ttl=5, max_entries=2)
    assert [where.key for where in cache.places()] == ["b/c/", "b/d/"]
    assert (cache.ttl, cache.chosen_ttl, cache.max_entries) == (5, 5, 2)


def test_a_thousand_typical_listings_take_at_most_ten_megabytes() -> None:
    def build(directory: int) -> Listing:
        key = f"bucket/project/data/{directory:04}/"
        rows = tuple(
            Entry(
                f"part-{directory:04}-{row:03}.parquet",
                Kind.FILE,
                1_000_000 + row,
                1_700_000_000_000_000_000 + row,
                ObjectDetails(etag=f"{directory * 20 + row:032x}", storage_class="STANDARD"),
            )
            for row in range(20)
        )
        return Listing(place(key), rows, 1_700_000_000.0)

    cache = ListingCache()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1000):
            made = build(number)
            assert made.find("part-0000-007.parquet") is None or number == 0  # as `stat` asks
            assert cache.put(cache.ticket(made.where), made)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(cache.places()) == 1000
    assert taken <= 10 * 1024 * 1024
    estimate = cache.stats().bytes
    assert 0.6 * taken <= estimate <= 2 * taken, "the budget counts what is really taken"


def test_many_threads_leave_it_whole() -> None:
    cache = ListingCache(max_entries=20)
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(200):
                key = f"b/{(number * 7 + turn) % 40}/"
                put(cache, key, "x", "y")
                cache.get(place(key))
                cache.put_fact(cache.ticket(place("b/")), place(f"b/f{turn % 30}"), None)
                if turn % 5 == 0:
                    cache.drop(around(place(f"{key}x")))
                cache.stats()
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert cache.stats().total_entries <= 20
    cache.drop(beneath(place("b/")))
    assert cache.stats().total_entries == cache.stats().bytes == 0
