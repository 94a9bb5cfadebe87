"""A storage is shared by all threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.contract.rig import Bench
from tfm.model.errors import AlreadyExists, NotFound, StorageError, TooLate
from tfm.storage.base import Hints

THREADS = 8


def _together(act: Callable[[int], object]) -> Counter[str]:
    """Run `act(0)` to `act(7)` at the same moment; how each ended, by name of the error."""
    barrier = threading.Barrier(THREADS, timeout=30)

    def one(number: int) -> str:
        barrier.wait()
        try:
            act(number)
        except StorageError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


class TestThreads:
    def test_eight_threads_with_names_of_their_own(self, bench: Bench) -> None:
        def work(number: int) -> None:
            for turn in range(4):
                name, data = f"file-{number}-{turn}", f"{number}/{turn}".encode() * 100
                bench.write(name, data)
                assert bench.read(name) == data
                bench.storage.mkdir(bench.at(f"dir-{number}-{turn}/"))
                if turn % 2:
                    bench.storage.delete(bench.at(name), expected=bench.stat(name))

        assert _together(work) == {"done": THREADS}
        expected = {(f"file-{n}-{t}", False) for n in range(THREADS) for t in (0, 2)}
        expected |= {(f"dir-{n}-{t}", True) for n in range(THREADS) for t in range(4)}
        assert bench.rows() == expected

    def test_of_eight_that_create_one_file_one_wins(self, bench: Bench) -> None:
        outcome = _together(lambda number: bench.write("same", f"{number}".encode() * 1000))
        assert outcome == {"done": 1, AlreadyExists.__name__: THREADS - 1}
        content = bench.ground.read("same")
        assert len(set(content)) == 1
        assert len(content) == 1000

    def test_of_eight_that_replace_one_file_one_wins(self, bench: Bench) -> None:
        bench.ground.write("same", b"old")
        shown = bench.row("same")
        outcome = _together(
            lambda number: bench.write("same", f"{number}".encode() * 1000, Hints(replaces=shown))
        )
        assert outcome == {"done": 1, TooLate.__name__: THREADS - 1}
        assert len(set(bench.ground.read("same"))) == 1

    def test_of_eight_that_make_one_directory_one_wins(self, bench: Bench) -> None:
        outcome = _together(lambda _number: bench.storage.mkdir(bench.at("same/")))
        assert outcome == {"done": 1, AlreadyExists.__name__: THREADS - 1}
        assert bench.rows() == {("same", True)}

    def test_eight_that_delete_one_file(self, bench: Bench) -> None:
        bench.ground.write("same", b"x")
        outcome = _together(lambda _number: bench.storage.delete(bench.at("same")))
        assert outcome["done"] >= 1
        assert outcome.keys() <= {"done", NotFound.__name__}
        assert bench.ground.names() == {}

    def test_listing_while_others_write_and_delete(self, bench: Bench) -> None:
        def work(number: int) -> None:
            for turn in range(4):
                if number % 2:
                    bench.write(f"{number}-{turn}", b"x")
                    bench.storage.delete(bench.at(f"{number}-{turn}"))
                else:
                    names = {name for name, _directory in bench.rows()}
                    assert "stays" in names

        bench.ground.write("stays", b"x")
        assert _together(work) == {"done": THREADS}
        assert bench.rows() == {("stays", False)}

    def test_eight_readers_of_one_file(self, bench: Bench) -> None:
        data = bytes(range(256)) * 400
        bench.ground.write("file", data)

        def work(number: int) -> None:
            assert bench.read("file", number * 1000, block=777) == data[number * 1000 :]

        assert _together(work) == {"done": THREADS}
