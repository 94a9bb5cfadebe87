"""A large local directory: listed, sorted, and held, beside what the system calls alone take."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.timing import Row, compared
from benchmarks.world import World
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import Cancelled
from tfm.model.location import local
from tfm.model.order import SortKey, SortSpec
from tfm.session.rows import Rows, plan_rows
from tfm.storage.vfs import Vfs

Bare = list[tuple[str, os.stat_result]]


def bare_listing(path: Path, most: int | None = None) -> Bare:
    """Names and facts, nothing else."""
    found: Bare = []
    with os.scandir(path) as items:
        for item in items:
            found.append((item.name, item.stat(follow_symlinks=False)))
            if len(found) == most:
                break
    return found


def bare_sorted(found: Bare) -> Bare:
    """In the order of the names, as plain text."""
    return sorted(found, key=lambda row: row[0])


def listed(vfs: Vfs, path: Path) -> tuple[Entry, ...]:
    """The whole directory through the door; asked of the disk."""
    return vfs.scan(local(path), fresh=True).entries


def first_rows(vfs: Vfs, path: Path) -> Rows:
    """What a pane can draw first: the first page, sorted; the rest is called off."""
    token = CancelToken()
    arrived: list[Rows] = []

    def page(entries: Sequence[Entry]) -> None:
        arrived.append(plan_rows(entries, SortSpec(), hidden=False))
        token.cancel()

    try:
        vfs.scan(local(path), cancel=token, on_page=page, fresh=True)
    except Cancelled:
        pass
    return arrived[0]


def rows(world: World) -> Iterator[Row]:
    """Listing and sorting, beside scandir, lstat and sort."""
    rounds = world.size.rounds
    with world.many_files() as path:
        vfs = Vfs()
        count = len(listed(vfs, path))
        what = f"{count:,} files"
        yield from compared(
            f"{what}: listed",
            lambda: listed(vfs, path),
            "scandir + lstat",
            lambda: bare_listing(path),
            rounds,
            cpu=True,
        )
        yield from compared(
            f"{what}: listed and sorted",
            lambda: plan_rows(listed(vfs, path), SortSpec(), hidden=False),
            "scandir + lstat + sort",
            lambda: bare_sorted(bare_listing(path)),
            rounds,
            cpu=True,
            note="naturally (file9 before file10), directories first, with totals and an index; "
            "the floor sorts plain text",
        )
        yield from compared(
            f"{what}: first rows",
            lambda: first_rows(vfs, path),
            "scandir + lstat + sort, 1,000",
            lambda: bare_sorted(bare_listing(path, 1000)),
            rounds,
            cpu=True,
        )
        yield from _sorted(vfs, path, what, rounds)
        yield _held("listing, a row", lambda: listed(vfs, path), path)
        yield _held(
            "listing and pane, a row",
            lambda: plan_rows(listed(vfs, path), SortSpec(), hidden=False),
            path,
        )
        vfs.close()


def _sorted(vfs: Vfs, path: Path, what: str, rounds: int) -> Iterator[Row]:
    """Rows of a known listing in every order."""
    known, bare = listed(vfs, path), bare_listing(path)
    for key in SortKey:
        yield from compared(
            f"{what}: rows by {key.value}",
            lambda key=key: plan_rows(known, SortSpec(key), hidden=False),  # type: ignore[misc]
            "sort of the names",
            lambda: bare_sorted(bare),
            rounds,
            wall=False,
            cpu=True,
        )


def _held(what: str, make: Callable[[], object], path: Path) -> Row:
    """Bytes for each entry, beside those of a list of names and stat results."""
    ours, floor = bytes_of(make), bytes_of(lambda: bare_listing(path))
    count = len(bare_listing(path))
    return Row(what, (ours / count,), "name and stat_result", (floor / count,), "B", note="memory")


def bytes_of(make: Callable[[], object]) -> int:
    """What the result of a call keeps in memory, as tracemalloc sees it."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        made = make()
        after, _ = tracemalloc.get_traced_memory()
        del made
        return after - before
    finally:
        tracemalloc.stop()
