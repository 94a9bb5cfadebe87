"""Listings on the disk: what comes back, what is refused, what is forgotten."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tfm.config.places import Places, make_private
from tfm.model.change import Change, around, beneath
from tfm.model.entry import ContainerDetails, Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.listing import Listing
from tfm.model.location import Location, parse
from tfm.storage import listing_file
from tfm.storage.listing_store import DAY, ListingStore, usual_directory

NOW = float(int(time.time()))
"""Files tell the time of the machine, which is of use when they are tidied up."""
HERE = parse("s3://bucket/dir/")


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> ListingStore:
    return ListingStore(tmp_path / "cache" / "listings", make_private, clock=clock)


def row(name: str, size: int = 5) -> Entry:
    details = ObjectDetails("0123456789abcdef" * 2, "STANDARD")
    return Entry(name, Kind.FILE, size, 1_700_000_000_123_456_000, details)


def listing(*names: str, where: Location = HERE) -> Listing:
    return Listing(where, tuple(map(row, names)), NOW - 5)


def files(store: ListingStore) -> list[Path]:
    return sorted(store.directory.rglob("*.*"))


ODD = (
    Entry("plain", Kind.DIRECTORY),
    Entry("marked", Kind.DIRECTORY, 0, 5, ObjectDetails("e", "STANDARD", marker=True)),
    Entry("an old bucket", Kind.DIRECTORY, None, 7_000),
    Entry("a bucket", Kind.DIRECTORY, None, 7_000, ContainerDetails("eu-west-1")),
    Entry("without details", Kind.FILE, 3, None),
    Entry("", Kind.FILE, 0, -1, ObjectDetails("x-12", "GLACIER", restore="ongoing", parts=12)),
    row("a\nb\t\x1b[31m\u202e"),
    row("not utf-8 \udcff\udc80"),
    row("a lone surrogate \ud800"),
    row("ü" * 500),
    row("large", 5 * 2**40),
)


def test_what_is_kept_comes_back_as_it_was(store: ListingStore) -> None:
    assert store.load("me", HERE) is None
    assert store.store("me", Listing(HERE, ODD, NOW - 5))
    found = store.load("me", HERE)
    assert found is not None
    assert (found.entries, found.taken_at, found.whole) == (ODD, NOW - 5, True)
    assert store.store("me", listing("newer"))
    found = store.load("me", HERE)
    assert found is not None
    assert found.entries == (row("newer"),)
    assert len(files(store)) == 1


def test_nobody_else_can_look(store: ListingStore) -> None:
    before = os.umask(0)
    try:
        store.store("me", listing("a"))
    finally:
        os.umask(before)
    [file] = files(store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for directory in (file.parent, store.directory, store.directory.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_another_account_and_another_place_see_nothing(store: ListingStore) -> None:
    store.store("me", listing("a"))
    assert store.load("you", HERE) is None
    assert store.load("me", parse("s3://bucket/dir/dir/")) is None
    assert store.load("me", parse("s3://work@bucket/dir/")) is None
    [file] = files(store)
    store.store("you", listing("b"))
    theirs = next(each for each in files(store) if each != file)
    file.replace(theirs)  # a file that came under the name of another account
    assert store.load("you", HERE) is None
    assert not theirs.exists()


def test_any_cut_and_any_flipped_bit_is_told_and_the_file_removed(store: ListingStore) -> None:
    store.store("me", listing("a", "b", "c"))
    [file] = files(store)
    good = file.read_bytes()
    damaged = [good[:length] for length in range(len(good))]
    damaged += [
        good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :] for at in range(len(good))
    ]
    damaged += [good + b"x", good.replace(b"listing 1", b"listing 2"), os.urandom(300)]
    for data in damaged:
        file.write_bytes(data)
        assert store.load("me", HERE) is None
        assert not file.exists()
    file.write_bytes(good)
    assert store.load("me", HERE) is not None


@pytest.mark.parametrize(
    "columns",
    [
        None,
        [],
        [["a"]] * 8,
        [["a"], "f", [1], [2], ["e"], ["c"], [""], [1.5]],
        [["a"], "f", [True], [2], ["e"], ["c"], [""], [0]],
        [["a"], "q", [1], [2], ["e"], ["c"], [""], [0]],
        [["a", "b"], "f", [1], [2], ["e"], ["c"], [""], [0]],
        [{"a": 1}, "f", [1], [2], ["e"], ["c"], [""], [0]],
    ],
)
def test_what_a_program_of_ours_would_not_have_written_is_refused(columns: object) -> None:
    begun = listing_file.pack("me", Listing(HERE, (), NOW))
    with pytest.raises(ValueError):
        listing_file.unpack(begun + listing_file._block(columns))


def test_a_block_that_swells_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = listing_file.pack("me", listing(*(f"{n:090}" for n in range(1000))))
    assert len(listing_file.unpack(data)[1]) == 1000
    monkeypatch.setattr(listing_file, "_LARGEST_BLOCK", 64 * 1024)
    with pytest.raises(ValueError, match="larger"):
        listing_file.unpack(data)


def test_only_the_first_rows_of_a_huge_listing_are_kept(
    store: ListingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_file, "MOST_ROWS", 2500)
    huge = Listing(HERE, tuple(row(f"{n:06}", n) for n in range(10_000)), NOW - 5)
    assert store.store("me", huge)
    found = store.load("me", HERE)
    assert found is not None
    assert found.entries == huge.entries[:2500]
    assert not found.whole


def test_rows_of_a_disk_are_not_kept(store: ListingStore) -> None:
    local = Entry("a", Kind.FILE, 1, 1, LocalDetails(0, 0, 0, 0, 0, 0, 0))
    assert not store.store("me", Listing(HERE, (local,), NOW))
    assert not store.store("me", Listing(HERE, (Entry("l", Kind.LINK),), NOW))
    assert not store.directory.exists()


@pytest.mark.parametrize("taken_at", [NOW - 31 * DAY, NOW + 3600], ids=["too old", "not yet"])
def test_what_is_too_old_or_not_yet_is_not_shown(
    store: ListingStore, clock: Clock, taken_at: float
) -> None:
    clock.now = taken_at
    store.store("me", Listing(HERE, (row("a"),), taken_at))
    clock.now = NOW
    assert store.load("me", HERE) is None
    assert files(store) == []


def test_the_least_recently_used_go_first_and_there_is_never_more_than_allowed(
    tmp_path: Path, clock: Clock
) -> None:
    names = tuple(os.urandom(16).hex() for _ in range(50))
    one = len(listing_file.pack("x" * 32, listing(*names)))
    store = ListingStore(tmp_path, make_private, max_bytes=one * 5, clock=clock)
    places = [parse(f"s3://bucket/{n}/") for n in range(9)]
    for number, place in enumerate(places):
        store.store("me", listing(*names, where=place))
        _at(store, place, NOW - 100 + number)
        _at(store, places[0], NOW)  # always of use
        assert sum(file.stat().st_size for file in files(store)) <= one * 5
    left = [place for place in places if store.load("me", place)]
    assert left[0] == places[0]
    assert left[-1] == places[-1]
    assert left[1:] == places[-len(left) + 1 :]
    large = listing(*(os.urandom(16).hex() for _ in range(200)))
    assert not store.store("me", large), "one alone may not push out all others"


def _at(store: ListingStore, place: Location, moment: float) -> None:
    file = store._file("me", place)
    os.utime(file, (moment, moment))


def test_a_look_makes_it_recent(store: ListingStore) -> None:
    store.store("me", listing("a"))
    [file] = files(store)
    os.utime(file, (1, 1))
    store.load("me", HERE)
    assert file.stat().st_mtime > 1


def test_tidying_takes_what_is_old_and_what_nobody_finished(store: ListingStore) -> None:
    store.store("me", listing("a"))
    store.store("you", listing("b"))
    mine, theirs = store._file("me", HERE), store._file("you", HERE)
    begun, abandoned = mine.with_name(".x.new"), mine.with_name(".y.new")
    for file, age in ((mine, 5), (theirs, 31 * DAY), (begun, 60), (abandoned, 7200)):
        file.touch()
        os.utime(file, (NOW - age, NOW - age))
    store.tidy()
    assert mine.exists() and begun.exists()
    assert not theirs.exists() and not abandoned.exists()
    assert not theirs.parent.exists()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (around(parse("s3://bucket/a/x")), ["other/"]),
        (beneath(parse("s3://bucket/a/")), ["other/"]),
        (Change(frozenset({parse("s3://bucket/a/")})), ["bucket/", "bucket/a/b/", "other/"]),
        (Change(subtrees=frozenset({parse("s3://bucket/a/")})), ["bucket/", "other/"]),
        (beneath(parse("s3://bucket/ab/")), ["bucket/a/", "bucket/a/b/", "other/"]),
        (beneath(parse("s3://work@bucket/a/")), ["bucket/", "bucket/a/", "bucket/a/b/", "other/"]),
    ],
)
def test_what_a_change_forgets(store: ListingStore, change: Change, left: list[str]) -> None:
    keys = ("bucket/", "bucket/a/", "bucket/a/b/", "other/")
    places = [parse(f"s3://{key}") for key in keys]
    for account in ("me", "you"):
        for place in places:
            store.store(account, listing("x", where=place))
    store.drop("me", change)
    if change == around(parse("s3://bucket/a/x")):
        left = ["bucket/a/b/", *left]
    assert [place.key for place in places if store.load("me", place)] == left
    assert all(store.load("you", place) for place in places), "another account's own matter"
    store.drop_where(lambda place: place.container == "bucket")
    assert [place.key for place in places if store.load("you", place)] == ["other/"]
    store.clear()
    assert [*store.directory.iterdir()] == []


def test_what_stands_in_the_way_is_no_error(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    broken = ListingStore(tmp_path / "file" / "listings", make_private)
    assert not broken.store("me", listing("a"))
    assert broken.load("me", HERE) is None
    for act in (broken.clear, broken.tidy, lambda: broken.drop("me", beneath(HERE))):
        act()
    store = ListingStore(tmp_path / "listings", make_private)
    store.store("me", listing("a"))
    file = store._file("me", HERE)
    file.unlink()
    os.mkfifo(file)
    assert store.load("me", HERE) is None, "nobody waits for a pipe"
    file.unlink()
    secret = tmp_path / "elsewhere"
    secret.write_bytes(listing_file.pack("me", listing("a")))
    file.symlink_to(secret)
    assert store.load("me", HERE) is None, "a link is not followed"
    store.clear()
    assert secret.exists()


def test_a_directory_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    store = ListingStore(tmp_path / "listings", make_private)
    store.directory.mkdir(mode=0o777)
    store.directory.chmod(0o777)
    assert not store.store("me", listing("a"))
    assert files(store) == []


def test_several_programs_at_once_tear_nothing(tmp_path: Path) -> None:
    seen: list[int] = []
    stop = threading.Event()

    def work(number: int, act: Callable[[ListingStore, int], None]) -> threading.Thread:
        one = ListingStore(tmp_path / "listings", make_private)
        thread = threading.Thread(target=lambda: _until(stop, lambda: act(one, number)))
        thread.start()
        return thread

    def write(one: ListingStore, number: int) -> None:
        one.store("me", Listing(HERE, tuple(row(f"{n}", number) for n in range(300)), NOW))
        one.tidy()

    def read(one: ListingStore, _number: int) -> None:
        one._clock = lambda: NOW
        found = one.load("me", HERE)
        if found is not None:
            sizes = {entry.size for entry in found.entries}
            assert len(found.entries) == 300 and len(sizes) == 1
            seen.append(sizes.pop() or 0)
            if len(seen) >= 40:
                stop.set()

    threads = [work(n, write) for n in (1, 2)] + [work(0, read)]
    stop.wait(10)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) >= 40, "a whole listing was always there to read"


def _until(stop: threading.Event, act: Callable[[], None]) -> None:
    while not stop.is_set():
        act()


def test_scripts_find_it_where_the_program_puts_it(home: Path) -> None:
    assert usual_directory(os.environ) == Places.from_environ(os.environ).listings
    assert usual_directory({"HOME": "/x"}) == Places.from_environ({"HOME": "/x"}).listings
    assert usual_directory({"HOME": "/x", "XDG_CACHE_HOME": "relative"}) == Path(
        "/x/.cache/tfm/listings"
    )
    assert usual_directory({}) is None
