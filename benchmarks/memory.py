"""What is held in memory: the cache of listings, and the running program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.local_listing import bytes_of
from benchmarks.screen import Screen
from benchmarks.startup import EMPTY_APP
from benchmarks.timing import Row
from benchmarks.world import World
from tfm.model.entry import Entry, Kind
from tfm.model.listing import Listing
from tfm.model.location import S3, Location
from tfm.storage.cache import ListingCache
from tfm.storage.s3.parse import parse_page

_TYPICAL = 20


def typical_listing(number: int) -> Listing:
    """A directory of a bucket, read from an answer as a server writes it: some prefixes, mostly objects."""
    prefix = f"logs/{number:04}/"
    prefixes = _TYPICAL // 5
    answer = "<ListBucketResult><IsTruncated>false</IsTruncated>"
    for at in range(_TYPICAL - prefixes):
        answer += (
            f"<Contents><Key>{prefix}report-{number:04}-{at:02}.csv.gz</Key>"
            f"<LastModified>2026-01-{1 + at:02}T10:20:{number % 60:02}.000Z</LastModified>"
            f"<ETag>&quot;{number * 1000 + at:032x}&quot;</ETag>"
            f"<Size>{1_000_000 + number * 1000 + at}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
        )
    for at in range(prefixes):
        answer += f"<CommonPrefixes><Prefix>{prefix}part-{at}/</Prefix></CommonPrefixes>"
    page = parse_page((answer + "</ListBucketResult>").encode())
    cut = len(prefix)
    entries = [Entry(name[cut:-1], Kind.DIRECTORY) for name in page.prefixes]
    entries += [row.entry(row.key[cut:]) for row in page.rows]
    return Listing(Location(S3, f"bucket/{prefix}"), tuple(entries), 0.0)


def cache_of(count: int, *, asked: bool = False) -> ListingCache:
    """A cache that holds so many typical listings; `asked`: each was also asked about one name."""
    cache = ListingCache(max_entries=count)
    for number in range(count):
        listing = typical_listing(number)
        if asked:
            listing.index()
        cache.put(cache.ticket(listing.where), listing)
    return cache


def rows(world: World) -> Iterator[Row]:
    """Bytes of the cache, and resident sizes beside an empty Textual app."""
    count = world.size.listings
    held = cache_of(count).stats()
    if held.total_entries != count:
        raise RuntimeError(f"the cache holds {held.total_entries} of {count} listings")
    for what, asked in (("", False), (", each asked about a name", True)):
        yield Row(
            f"cache of {count:,} listings of {_TYPICAL} rows{what}",
            (float(bytes_of(lambda asked=asked: cache_of(count, asked=asked))),),  # type: ignore[misc]
            "its own estimate",
            (float(held.bytes),),
            "B",
            note="promise: at most 10 MB for 1,000",
        )
    rounds = world.size.few_rounds
    with world.many_files() as many, world.directory() as few, world.directory() as home:
        (few / "one.txt").touch()
        empty = [
            _resident(world, [sys.executable, str(EMPTY_APP)], b"painted", home)
            for _ in range(rounds)
        ]
        started = [_tfm(world, few, b"one.txt", home) for _ in range(rounds)]
        total = f"{world.size.files:,}".encode()
        full = [_tfm(world, many, total, home) for _ in range(rounds)]
    yield Row("program after its start", tuple(started), "empty Textual app", tuple(empty), "B")
    yield Row(
        f"program with {world.size.files:,} rows",
        tuple(full),
        "program after its start",
        tuple(started),
        "B",
    )


def _tfm(world: World, left: Path, text: bytes, home: Path) -> float:
    return _resident(world, [sys.executable, "-m", "tfm", str(left), str(home)], text, home)


def _resident(world: World, command: list[str], text: bytes, home: Path) -> float:
    with Screen(command, world.size, home) as screen:
        screen.wait_for(text)
        screen.wait_quiet()
        return float(screen.resident())
