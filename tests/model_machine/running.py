"""Opens worlds and runs the machine in them, always the same way for the same seed."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaign.ground import environment
from tests.model_machine.coverage import Cell, Coverage
from tests.model_machine.machine import machine_of
from tests.model_machine.stores import (
    BucketStore,
    DiskStore,
    Requests,
    ShelfStore,
    Store,
    s3_storage,
)
from tests.model_machine.trip import Trip
from tests.model_machine.world import World
from tests.servers.server import Server

STEPS: Final = 40
WORLDS: Final[tuple[tuple[str, str], ...]] = (("disk", "s3"), ("disk", "memory"), ("s3", "memory"))
ROUND: Final = 10
"""Examples of one round. Hypothesis varies what it has tried; a new round tries something else."""
MOST_ROUNDS: Final = 3
"""How many times the usual number of rounds may follow while a reachable cell is still empty."""

RETRIES: Final = 2
"""How often a patient world repeats a request."""

OpenWorld = Callable[[bool], World]
Opener = Callable[[Trip, Callable[[], int]], Store]


class _InOrder:
    """`os.scandir` by name: what a disk tells first must not decide what a seed comes to."""

    real: Any = staticmethod(os.scandir)

    def __init__(self, path: Any = ".") -> None:
        with self.real(path) as items:
            self._items = iter(sorted(items, key=lambda item: os.fsencode(item.name)))

    def __enter__(self) -> _InOrder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[os.DirEntry[str]]:
        return self

    def __next__(self) -> os.DirEntry[str]:
        return next(self._items)

    def close(self) -> None:
        """All was read at once."""


@contextlib.contextmanager
def opened(stores: tuple[str, str], server: Server | None, base: Path) -> Iterator[OpenWorld]:
    """A way to make worlds of these stores; two S3 storages serve them all, as clients are costly."""
    with contextlib.ExitStack() as stack:
        numbers = itertools.count()
        openers: dict[str, Opener] = {
            "disk": lambda trip, _now: DiskStore(base / str(next(numbers)), trip),
            "memory": ShelfStore,
        }
        if "s3" in stores:
            assert server is not None
            stack.enter_context(environment(server, base))
            storages = [s3_storage(server, retries) for retries in (0, RETRIES)]
            for storage in storages:
                stack.callback(storage.close)
            watch = Requests(*storages)
            openers["s3"] = lambda trip, _now: BucketStore(server, storages, trip, watch)
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(os, "scandir", _InOrder)
        yield lambda patient: World(tuple(openers[name] for name in stores), patient=patient)


def run_machine(
    open_world: OpenWorld,
    number: int,
    examples: int,
    coverage: Coverage,
    *,
    wanted: Sequence[Cell] = (),
    shrink: bool = True,
) -> None:
    """So many examples from this seed; a failure is raised with the steps that lead to it.

    In every third round the engine repeats what failed, so that a fault of a server changes nothing.
    """
    patient = number % 3 == 0
    machine = seed(number)(machine_of(lambda: open_world(patient), coverage, wanted))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=False,  # the seed above decides
            print_blob=True,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def cover(
    stores: tuple[str, str],
    open_world: OpenWorld,
    number: int,
    operations: int,
    coverage: Coverage,
) -> int:
    """Rounds with seeds from `number` on, until enough was done and every reachable cell was met.

    Gives the number of rounds. Raises for whatever the machine finds, with the round it was in.
    """
    most = MOST_ROUNDS * (operations // (ROUND * STEPS // 2) + 20)
    for rounds in range(most):
        empty = coverage.empty(stores)
        if coverage.operations >= operations and not empty:
            return rounds
        try:
            run_machine(open_world, number + rounds, ROUND, coverage, wanted=empty)
        except BaseException as error:
            error.add_note(f"{' and '.join(stores)}, round {rounds + 1} from seed {number}")
            raise
    return most
