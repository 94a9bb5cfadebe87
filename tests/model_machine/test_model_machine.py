"""The campaign `model` in its small size, a test for each pair of stores; the seed is fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.model import SIZES, explore, gaps
from tests.model_machine.coverage import Coverage
from tests.model_machine.running import ROUND, opened, run_machine
from tests.servers.server import Server

SEED = 1


def check(stores: tuple[str, str], server: Server | None, base: Path) -> None:
    table, finding = explore(stores, SEED, "ci", server, base)
    assert not finding, finding
    print(f"{table.operations} operations\n{table.table()}")
    assert table.operations >= SIZES["ci"][stores]
    assert not gaps(stores, table)


@pytest.mark.slow
def test_disk_and_memory(tmp_path: Path) -> None:
    check(("disk", "memory"), None, tmp_path)


@pytest.mark.slow
def test_disk_and_s3(tmp_path: Path, ministack_server: Server) -> None:
    check(("disk", "s3"), ministack_server, tmp_path)


@pytest.mark.slow
def test_s3_and_memory(tmp_path: Path, ministack_server: Server) -> None:
    check(("s3", "memory"), ministack_server, tmp_path)


def test_a_run_is_always_the_same(tmp_path: Path) -> None:
    """Two tables of one seed, each from a directory of its own."""
    tables = []
    for number in range(2):
        coverage = Coverage()
        with opened(("disk", "memory"), None, tmp_path / str(number)) as open_world:
            for round_ in range(3):
                run_machine(open_world, SEED + round_, ROUND, coverage)
        tables.append(coverage.table())
    assert tables[0] == tables[1]
