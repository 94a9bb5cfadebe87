"""The one door: cache, single flight, epochs, publication, refusals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from tests.storage.counting import SOON, Counting, Gate
from tfm.model.cancel import CancelToken
from tfm.model.change import Change, around
from tfm.model.entry import Entry, Kind
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    NotFound,
    ReadOnly,
    StorageError,
    Unexpected,
    Unsupported,
)
from tfm.model.listing import Listing
from tfm.model.location import Location, Root, Style
from tfm.storage.base import Hints
from tfm.storage.cache import ListingCache
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

KEYS = Root("s3", "test")
PATHS = Root("mem", "disk", Style.PATH)


def key(text: str) -> Location:
    return Location(KEYS, text)


@pytest.fixture
def storage() -> Counting:
    """A bucket `b` with three objects, listed in pages of one."""
    inner = MemoryStorage(KEYS, {"page_size": 1})
    inner.mkdir(key("b/"))
    return Counting(inner)


@pytest.fixture
def vfs(storage: Counting) -> Vfs:
    made = Vfs(storages={KEYS: storage})
    for name in ("b/d/1", "b/d/2", "b/d/3"):
        write(made, name, b"1")
    storage.taken()
    return made


def write(vfs: Vfs, name: str, data: bytes, replaces: Entry | None = None) -> None:
    with vfs.open_write(key(name), Hints(replaces=replaces)) as writer:
        writer.write(data)
        writer.commit()


@dataclass
class Asker:
    """A scan on a thread of its own."""

    vfs: Vfs
    where: Location
    token: CancelToken = field(default_factory=CancelToken)
    fresh: bool = False
    listing: Listing | None = None
    error: BaseException | None = None
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Asker:
        self.thread.start()
        return self

    def _run(self) -> None:
        try:
            self.listing = self.vfs.scan(
                self.where, cancel=self.token, on_page=self._page, fresh=self.fresh
            )
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            self.error = error

    def _page(self, page: Sequence[Entry]) -> None:
        self.seen += [entry.name for entry in page]

    def names(self) -> list[str]:
        self.end()
        assert self.error is None, self.error
        assert self.listing is not None
        return [entry.name for entry in self.listing.entries]

    def end(self) -> None:
        self.thread.join(SOON)
        assert not self.thread.is_alive(), "the scan hangs"


def hold_page(storage: Counting, number: int) -> Gate:
    """Hold every scan before its page `number`."""
    gate = Gate()

    def on_page(_place: Location, page: int) -> None:
        if page == number:
            gate.wait()

    storage.on_page = on_page
    return gate


def joined(vfs: Vfs, where: Location, askers: int) -> None:
    """Wait until so many wait for the one listing."""
    flight = vfs._flights[where]
    pause = threading.Event()
    for _ in range(int(SOON * 200)):
        if flight._watchers == askers:
            return
        pause.wait(0.005)
    raise AssertionError(f"{flight._watchers} wait instead of {askers}")


class TestListings:
    def test_a_known_listing_costs_nothing(self, vfs: Vfs, storage: Counting) -> None:
        seen: list[Sequence[Entry]] = []
        assert vfs.cached(key("b/d")) is None
        first = vfs.scan(key("b/d"))
        assert [entry.name for entry in first.entries] == ["1", "2", "3"]
        assert vfs.scan(key("b/d/"), on_page=seen.append) is first
        assert len(seen) == 1, "all at once"
        assert vfs.cached(key("b/d/")) is first
        assert storage.taken() == {"scan": 1}
        vfs.scan(key("b/d/"), fresh=True)
        assert storage.taken() == {"scan": 1}

    def test_pages_come_as_they_are_read(self, vfs: Vfs, storage: Counting) -> None:
        gate = hold_page(storage, 2)
        asker = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        assert asker.seen == ["1", "2"]
        gate.open()
        assert asker.names() == ["1", "2", "3"]

    def test_one_lifetime_can_be_given(self, storage: Counting) -> None:
        now = [0.0]
        vfs = Vfs(storages={KEYS: storage}, cache=ListingCache(clock=lambda: now[0]))
        vfs.scan(key("b/"), ttl=300)
        now[0] = 299
        assert vfs.cached(key("b/")) is not None
        now[0] = 301
        assert vfs.cached(key("b/")) is None
        vfs.scan(key("b/"), ttl=0)
        assert vfs.cached(key("b/")) is None
        assert vfs.lifetime(key("b/")) == 60

    def test_a_listing_that_fails_is_not_kept(self, vfs: Vfs, storage: Counting) -> None:
        def fail(_place: Location, number: int) -> None:
            if number == 2:
                raise OSError(5, "Input/output error")

        storage.on_page = fail
        with pytest.raises(StorageError, match="input/output"):
            vfs.scan(key("b/d/"))
        assert vfs.cached(key("b/d/")) is None
        storage.on_page = lambda _place, _number: None
        assert len(vfs.scan(key("b/d/")).entries) == 3


class TestSingleFlight:
    def test_two_askers_cost_one_request(self, vfs: Vfs, storage: Counting) -> None:
        gate = hold_page(storage, 2)
        first = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        second = Asker(vfs, key("b/d")).start()
        joined(vfs, key("b/d/"), 2)
        gate.open()
        assert first.names() == second.names() == ["1", "2", "3"]
        assert second.seen == ["1", "2", "3"], "it gets what came before it, too"
        assert storage.taken() == {"scan": 1}

    def test_nobody_joins_a_scan_that_was_given_up(self, vfs: Vfs, storage: Counting) -> None:
        gate = hold_page(storage, 1)
        left = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        left.token.cancel()  # and before the scan notices, the same directory is entered again
        again = Asker(vfs, key("b/d/")).start()
        pause = threading.Event()
        for _ in range(int(SOON * 200)):
            if storage.calls["scan"] == 2 or again.error is not None:
                break
            pause.wait(0.005)
        gate.open()
        assert again.names() == ["1", "2", "3"]
        left.end()
        assert isinstance(left.error, Cancelled)

    def test_a_follower_keeps_the_scan_alive_when_the_leader_leaves(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        gate = hold_page(storage, 1)
        leader = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        follower = Asker(vfs, key("b/d/")).start()
        joined(vfs, key("b/d/"), 2)
        leader.token.cancel()
        gate.open()
        assert follower.names() == ["1", "2", "3"]
        leader.end()
        assert isinstance(leader.error, Cancelled)
        assert "2" not in leader.seen, "nothing is drawn for who left"
        assert vfs.cached(key("b/d/")) is not None

    def test_a_follower_that_leaves_does_not_wait(self, vfs: Vfs, storage: Counting) -> None:
        gate = hold_page(storage, 1)
        leader = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        follower = Asker(vfs, key("b/d/")).start()
        joined(vfs, key("b/d/"), 2)
        follower.token.cancel()
        follower.end()
        assert isinstance(follower.error, Cancelled)
        gate.open()
        assert leader.names() == ["1", "2", "3"]

    def test_the_last_one_out_stops_the_paging(self, vfs: Vfs, storage: Counting) -> None:
        gate = hold_page(storage, 1)
        leader = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        follower = Asker(vfs, key("b/d/")).start()
        joined(vfs, key("b/d/"), 2)
        pages: list[int] = []
        held = storage.on_page

        def counted(place: Location, number: int) -> None:
            pages.append(number)
            held(place, number)

        storage.on_page = counted
        leader.token.cancel()
        follower.token.cancel()
        gate.open()
        leader.end()
        follower.end()
        assert isinstance(leader.error, Cancelled)
        assert pages == [], "no page was asked for after both had left"
        assert vfs.cached(key("b/d/")) is None

    def test_followers_hear_of_the_failure(self, vfs: Vfs, storage: Counting) -> None:
        gate = Gate()

        def fail(_place: Location, number: int) -> None:
            if number == 1:
                gate.wait()
                raise OSError(5, "Input/output error")

        storage.on_page = fail
        leader = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        follower = Asker(vfs, key("b/d/")).start()
        joined(vfs, key("b/d/"), 2)
        gate.open()
        leader.end()
        follower.end()
        assert isinstance(leader.error, StorageError)
        assert isinstance(follower.error, StorageError)

    def test_a_cancelled_asker_asks_nothing_more(self, vfs: Vfs, storage: Counting) -> None:
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            vfs.scan(key("b/d/"), cancel=token)
        assert vfs.cached(key("b/d/")) is None


class TestEpochs:
    def test_a_scan_that_began_before_a_change_is_not_stored(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        gate = hold_page(storage, 1)
        early = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        write(vfs, "b/d/4", b"1")
        gate.open()
        assert early.names() == ["1", "2", "3"], "its reader gets what was read"
        assert vfs.cached(key("b/d/")) is None, "but nobody else"
        assert [e.name for e in vfs.scan(key("b/d/")).entries] == ["1", "2", "3", "4"]

    def test_who_asks_after_a_change_does_not_join_what_began_before(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        gate = hold_page(storage, 1)
        early = Asker(vfs, key("b/d/")).start()
        assert gate.reached.wait(SOON)
        write(vfs, "b/d/4", b"1")
        storage.on_page = lambda _place, _number: None
        assert len(vfs.scan(key("b/d/")).entries) == 4
        gate.open()
        early.end()
        found = vfs.cached(key("b/d/"))
        assert found is not None
        assert len(found.entries) == 4, "the later listing stays"

    def test_a_look_that_began_before_a_change_is_not_remembered(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        real = storage.inner.stat

        def slow(location: Location) -> Entry:
            try:
                return real(location)
            finally:
                storage.inner.stat = real  # type: ignore[method-assign]
                write(vfs, "b/d/new", b"1")

        storage.inner.stat = slow  # type: ignore[method-assign]
        with pytest.raises(NotFound):
            vfs.stat(key("b/d/new"))
        assert vfs.stat(key("b/d/new")).size == 1


class TestFacts:
    def test_exists_costs_one_then_none_then_one_after_a_write(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        for expected in ({"stat": 1}, {}, {}):
            assert vfs.exists(key("b/d/1"))
            assert storage.taken() == expected
        write(vfs, "b/d/1", b"22", vfs.stat(key("b/d/1")))
        storage.taken()
        assert vfs.exists(key("b/d/1"))
        assert storage.taken() == {"stat": 1}
        assert vfs.stat(key("b/d/1")).size == 2

    def test_a_listing_answers_for_all_it_shows(self, vfs: Vfs, storage: Counting) -> None:
        vfs.scan(key("b/d/"))
        storage.taken()
        assert vfs.stat(key("b/d/2")).size == 1
        assert not vfs.exists(key("b/d/no"))
        assert vfs.stat(key("b/d/")).kind is Kind.DIRECTORY
        assert storage.taken() == {}
        assert vfs.stat(key("b/d/2"), fresh=True).size == 1
        assert storage.taken() == {"stat": 1}

    def test_what_is_missing_costs_nothing_the_second_time(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        for expected in (1, 0):
            with pytest.raises(NotFound):
                vfs.stat(key("b/no"))
            assert storage.taken().get("stat", 0) == expected
        write(vfs, "b/no", b"1")
        assert vfs.stat(key("b/no")).size == 1

    def test_a_bucket_that_the_account_does_not_list_can_still_be_there(
        self, vfs: Vfs, storage: Counting
    ) -> None:
        vfs.scan(key(""))
        storage.inner.mkdir(key("hidden/"))
        assert vfs.exists(key("hidden/"))

    def test_a_fault_is_not_remembered_as_an_answer(self, vfs: Vfs, storage: Counting) -> None:
        real = storage.inner.stat

        def broken(location: Location) -> Entry:
            raise PermissionError(13, "Permission denied")

        storage.inner.stat = broken  # type: ignore[method-assign]
        with pytest.raises(PermissionError):
            vfs.exists(key("b/d/1"))
        storage.inner.stat = real  # type: ignore[method-assign]
        assert vfs.exists(key("b/d/1"))


class TestResolve:
    def test_the_object_wins_else_it_is_the_directory(self, vfs: Vfs) -> None:
        assert vfs.resolve(key("b/d"))[0] == key("b/d/")
        write(vfs, "b/d", b"object")
        place, entry = vfs.resolve(key("b/d"))
        assert (place, entry.kind, entry.size) == (key("b/d"), Kind.FILE, 6)
        assert vfs.resolve(key("b/d/"))[1].kind is Kind.DIRECTORY

    def test_a_part_of_a_name_is_nothing(self, vfs: Vfs) -> None:
        write(vfs, "b/foo2/x", b"1")
        for text in ("b/foo", "b/foo/", "b/foo2/x/"):
            with pytest.raises(NotFound) as caught:
                vfs.resolve(key(text))
            assert caught.value.place == key(text)

    def test_buckets_and_their_list(self, vfs: Vfs) -> None:
        assert vfs.resolve(key("b/"))[1].kind is Kind.DIRECTORY
        assert vfs.resolve(key(""))[1].kind is Kind.DIRECTORY

    def test_paths_mean_themselves(self) -> None:
        storage = Counting(MemoryStorage(PATHS, {}))
        vfs = Vfs(storages={PATHS: storage})
        vfs.mkdir(Location(PATHS, "/d"))
        assert vfs.resolve(Location(PATHS, "/d"))[0] == Location(PATHS, "/d")
        storage.taken()
        with pytest.raises(NotFound):
            vfs.resolve(Location(PATHS, "/no"))
        assert storage.taken() == {"stat": 1}


class TestChanges:
    @pytest.fixture
    def heard(self, vfs: Vfs) -> list[Change]:
        changes: list[Change] = []
        vfs.subscribe(changes.append)
        return changes

    def test_every_act_drops_and_tells(
        self, vfs: Vfs, storage: Counting, heard: list[Change]
    ) -> None:
        acts: list[Callable[[], object]] = [
            lambda: write(vfs, "b/d/new", b"1"),
            lambda: vfs.mkdir(key("b/d/sub/")),
            lambda: vfs.delete(key("b/d/new")),
            lambda: vfs.apply(lambda _s: around(key("b/d/x")), key("b/d/x")),
            lambda: vfs.touch(key("b/d")),
            lambda: vfs.forget(around(key("b/d/x"))),
        ]
        for act in acts:
            vfs.scan(key("b/d/"))
            heard.clear()
            act()
            assert vfs.cached(key("b/d/")) is None
            assert len(heard) == 1
            assert heard[0].covers(key("b/d/"))

    def test_an_act_that_raises_counts_as_done_half(self, vfs: Vfs, heard: list[Change]) -> None:
        vfs.scan(key("b/d/"))

        def half(_storage: object) -> Change:
            raise ValueError("in the middle")

        with pytest.raises(Unexpected, match="in the middle"):
            vfs.apply(half, key("b/d/sub/"))
        assert vfs.cached(key("b/d/")) is None
        assert heard[0].covers(key("b/d/sub/deep/"))
        assert not heard[0].covers(key("b/d/subway/"))

    def test_a_commit_that_fails_counts_too(self, vfs: Vfs, heard: list[Change]) -> None:
        writer = vfs.open_write(key("b/d/new"), Hints())
        write(vfs, "b/d/new", b"theirs")
        vfs.scan(key("b/d/"))
        heard.clear()
        with writer, pytest.raises(AlreadyExists):
            writer.commit()
        assert len(heard) == 1
        assert vfs.cached(key("b/d/")) is None

    def test_an_abort_changes_nothing(self, vfs: Vfs, heard: list[Change]) -> None:
        known = vfs.scan(key("b/d/"))
        with vfs.open_write(key("b/d/new"), Hints()) as writer:
            writer.write(b"half")
        assert heard == []
        assert vfs.cached(key("b/d/")) is known

    def test_the_first_key_beneath_a_prefix_shows_above(self, vfs: Vfs) -> None:
        vfs.scan(key("b/"))
        write(vfs, "b/new/deep/x", b"1")
        assert [entry.name for entry in vfs.scan(key("b/")).entries] == ["d", "new"]

    def test_a_listener_that_fails_harms_nobody(self, vfs: Vfs) -> None:
        changes: list[Change] = []

        def fail(_change: Change) -> None:
            raise ZeroDivisionError

        vfs.subscribe(fail)
        vfs.subscribe(changes.append)
        write(vfs, "b/x", b"1")
        assert len(changes) == 1

    def test_who_left_hears_nothing(self, vfs: Vfs) -> None:
        changes: list[Change] = []
        leave = vfs.subscribe(changes.append)
        leave()
        leave()
        vfs.touch(key("b/"))
        assert changes == []


class TestRefusals:
    def test_read_only_refuses_every_way_to_write(self, storage: Counting) -> None:
        vfs = Vfs(storages={KEYS: storage}, read_only=True)
        acts: list[Callable[[], object]] = [
            lambda: vfs.open_write(key("b/x")),
            lambda: vfs.mkdir(key("b/x/")),
            lambda: vfs.delete(key("b/x")),
            lambda: vfs.apply(lambda _s: around(key("b/x")), key("b/x")),
        ]
        for act in acts:
            with pytest.raises(ReadOnly, match="--read-only"):
                act()
        assert storage.taken() == {}
        assert vfs.exists(key("b/"))

    def test_a_forbidden_thread_can_only_look_at_what_is_known(self, vfs: Vfs) -> None:
        known = vfs.scan(key("b/d/"))
        refused: list[str] = []
        found: list[Listing | None] = []

        def ui() -> None:
            vfs.forbid_this_thread()
            found.append(vfs.cached(key("b/d/")))
            acts: list[Callable[[], object]] = [
                lambda: vfs.scan(key("b/d/")),
                lambda: vfs.stat(key("b/d/1")),
                lambda: vfs.exists(key("b/d/1")),
                lambda: vfs.resolve(key("b/d/1")),
                lambda: vfs.open_read(key("b/d/1")),
                lambda: vfs.open_write(key("b/d/x")),
                lambda: vfs.mkdir(key("b/x/")),
                lambda: vfs.delete(key("b/d/1")),
                lambda: vfs.apply(lambda _s: Change(), key("b/")),
                lambda: vfs.features(Location(Root("mem", "never opened"), "")),
            ]
            for number, act in enumerate(acts):
                try:
                    act()
                except RuntimeError as error:
                    refused.append(str(error))
                else:
                    refused.append(f"act {number} was let through")

        thread = threading.Thread(target=ui)
        thread.start()
        thread.join(SOON)
        assert found == [known]
        assert refused == ["I/O was asked for on a thread that must never wait"] * 10
        assert vfs.stat(key("b/d/1")).size == 1, "other threads go on"

    def test_an_unknown_scheme_says_what_is_known(self) -> None:
        with pytest.raises(Unsupported, match="s3://"):
            Vfs().scan(Location(Root("gopher"), "x/"))


class BrokenCache(ListingCache):
    """Every method fails."""

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if callable(found) and not name.startswith("__"):
            raise ZeroDivisionError(name)
        return found


class TestHarmlessCache:
    def test_a_cache_that_fails_fails_nothing(self, storage: Counting) -> None:
        vfs = Vfs(storages={KEYS: storage}, cache=BrokenCache())
        heard: list[Change] = []
        vfs.subscribe(heard.append)
        write(vfs, "b/x", b"1")
        assert [entry.name for entry in vfs.scan(key("b/")).entries] == ["x"]
        assert vfs.cached(key("b/")) is None
        assert vfs.stat(key("b/x")).size == 1
        assert not vfs.exists(key("b/no"))
        assert vfs.resolve(key("b/x"))[0] == key("b/x")
        vfs.mkdir(key("b/d/"))
        vfs.delete(key("b/x"))
        vfs.touch(key("b/"))
        assert len(heard) == 4

    def test_an_answer_of_the_cache_is_no_fault(self, vfs: Vfs, storage: Counting) -> None:
        vfs.scan(key("b/d/"))
        storage.taken()
        with pytest.raises(NotFound):
            vfs.stat(key("b/d/no"))
        assert storage.taken() == {}


class TestOpening:
    def test_one_storage_for_many_threads(self) -> None:
        vfs = Vfs()
        barrier = threading.Barrier(8)
        found: list[int] = []

        def ask() -> None:
            barrier.wait(SOON)
            found.append(id(vfs.features(Location(Root("mem"), ""))))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        assert len(found) == 8
        assert len(set(found)) == 1
        assert len(vfs.opened()) == 1

    def test_closing_closes_them(self, vfs: Vfs, storage: Counting) -> None:
        vfs.close()
        assert storage.taken() == {"close": 1}
        assert vfs.opened() == ()
