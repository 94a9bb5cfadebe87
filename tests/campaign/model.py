"""Campaign `model`: random acts in both worlds, held against plain dictionaries after each of them.

The machine stands in `tests/model_machine`: copies, moves, renames, deletes and the rest, with faults,
cancels, old rows and a second client, on every pair of disk, bucket and shelf in memory. What was
reached is counted by operation, pair of stores and outcome; a cell that could be reached and was not is
a problem.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.campaign.result import Result
from tests.model_machine.coverage import Cell, Coverage, every_cell, unreachable
from tests.model_machine.running import WORLDS, cover, opened
from tests.servers.kinds import MINISTACK
from tests.servers.server import Server, start

Pair = tuple[str, str]

SIZES: Final[dict[str, Mapping[Pair, int]]] = {
    "ci": {("disk", "s3"): 1_000, ("disk", "memory"): 6_500, ("s3", "memory"): 750},
    "full": {("disk", "s3"): 60_000, ("disk", "memory"): 100_000, ("s3", "memory"): 40_000},
}
"""How many operations at least, for each world; more follow until every reachable cell was met."""
SPREAD: Final = 1_000_000
"""Seeds between two worlds of one campaign."""


def run(seed: int, size: str, directory: Path) -> Result:
    """The campaign. A world in which something is found ends there; the others go on."""
    result = Result("model", seed, size)
    tables: dict[Pair, Coverage] = {}
    with start(MINISTACK) as server:
        for stores in WORLDS:
            tables[stores], finding = explore(stores, seed, size, server, directory)
            if finding:
                result.problems.append(f"{_named(stores)}: {finding}")
            else:
                result.problems += [
                    f"{_named(stores)}: {one}" for one in gaps(stores, tables[stores])
                ]
    visits = sum((table.cells for table in tables.values()), Counter[Cell]())
    distinct = {cell for stores in tables for cell in every_cell(stores)}
    result.counts = {
        "operations": sum(table.operations for table in tables.values()),
        "operations by world": Counter({_named(s): t.operations for s, t in tables.items()}),
        "cells": len(distinct),
        "cells visited": len(distinct & visits.keys()),
        "cells out of reach": sum(bool(unreachable(cell)) for cell in distinct),
        "why they are out of reach": {
            " | ".join(cell): unreachable(cell) for cell in sorted(distinct) if unreachable(cell)
        },
        "visits": Counter({" | ".join(cell): count for cell, count in visits.items()}),
    }
    return result


def explore(
    stores: Pair, seed: int, size: str, server: Server | None, directory: Path
) -> tuple[Coverage, str]:
    """One world; its table, and the trace of what was found, empty if nothing was."""
    coverage = Coverage()
    number = seed + WORLDS.index(stores) * SPREAD
    with opened(stores, server, directory / "-".join(stores)) as open_world:
        try:
            cover(stores, open_world, number, SIZES[size][stores], coverage)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding, and the other worlds go on
            return coverage, traceback.format_exc()
    return coverage, ""


def gaps(stores: Pair, table: Coverage) -> list[str]:
    """What was to be reached and was not, and the other way round."""
    return [f"never reached: {' | '.join(cell)}" for cell in table.empty(stores)] + [
        f"out of reach, and yet reached: {' | '.join(cell)}" for cell in table.impossible()
    ]


def _named(stores: Pair) -> str:
    return " and ".join(stores)
