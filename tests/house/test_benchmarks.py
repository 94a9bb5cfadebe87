"""Every benchmark runs, at tiny sizes. What it finds is not judged here: nothing is a timed test."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import timing
from benchmarks.__main__ import BENCHMARKS
from benchmarks.local_listing import bytes_of
from benchmarks.memory import cache_of
from benchmarks.timing import Row

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 120

SUBJECTS = {
    "version": ["tfm --version", "import tfm"],
    "paint": ["first paint, 120×40", "both panes filled, 120×40"],
    "files": ["300 files: listed", "300 files: first rows", "300 files: rows by time, processor"],
    "objects": ["30 objects: listed", "30 objects: listed, processor"],
    "cached": ["cold: iterdir", "cached: stat of a listed item", "cached beside cold: read_text"],
    "memory": ["cache of 20 listings of 20 rows", "program with 300 rows"],
    "large": ["down: parallel ranges; 6 MiB, bare loopback", "up; 6 MiB, bare loopback"],
    "overhead": ["list; 30 objects", "get; 2 MiB, one request", "put; 20 MiB, in parts"],
    "peers": ["up: 5 files of 2 KiB", "down: one file of 6 MiB"],
}


def measured(name: str, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The rows of one benchmark in quick mode, by what they say."""
    file = tmp_path / "measured.json"
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file), name],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert f"## {name}" in ran.stdout
    document = json.loads(file.read_text("utf-8"))
    assert list(document["benchmarks"]) == [name]
    return {row["what"]: row for row in document["benchmarks"][name]}


def test_every_benchmark_has_its_line_here() -> None:
    assert SUBJECTS.keys() == BENCHMARKS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS)
def test_it_runs(name: str, tmp_path: Path) -> None:
    rows = measured(name, tmp_path)
    assert set(SUBJECTS[name]) <= set(rows)
    for row in rows.values():
        # a CPU too quick for the kernel's clock may read as 0
        least = 0 if "processor" in row["what"] else 1e-12
        assert row["ours"] and min(row["ours"]) >= least
        assert row["floor_name"] and len(row["floor"]) == len(row["ours"])
    if name == "cached":
        asked = {what: row["note"] for what, row in rows.items()}
        assert asked["cold: exists by path"] == "1 request"
        assert asked["cold: iterdir"] == "1 request"
        assert asked["cached: exists by path, of nothing"] == "no requests"
        assert asked["cached: iterdir"] == "no requests"


def test_a_wrong_name_measures_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 2
    assert "speed" in ran.stderr and not ran.stdout


def test_two_things_are_taken_in_turn() -> None:
    order: list[str] = []
    ours, floor = timing.in_turn(lambda: order.append("a"), lambda: order.append("b"), 3)
    assert "".join(order) == "ab" + "ababab"
    assert len(ours) == len(floor) == 3


def test_the_ratio_is_that_of_pairs() -> None:
    row = Row("x", (2.0, 40.0, 6.0), "y", (1.0, 10.0, 2.0))
    assert row.ratios == (2.0, 4.0, 3.0)
    assert timing.shown_ratio(row) == "3.00 × (2.00–4.00)"
    assert row.as_json()["ratio"] == 3.0
    assert timing.shown_ratio(Row("alone", (1.0,))) == ""


@pytest.mark.parametrize(
    ("values", "unit", "text"),
    [
        ([0.00124, 0.0012, 0.00131], "s", "1.24 ms (1.2–1.31)"),
        ([3.5], "s", "3.5 s"),
        ([4.2e-7], "s", "420 ns"),
        ([3 * 2**20], "B", "3 MiB"),
        ([400.0], "B", "400 B"),
        ([], "s", ""),
    ],
)
def test_figures_are_short(values: list[float], unit: str, text: str) -> None:
    assert timing.shown(values, unit) == text


def test_children_count_as_processor_time() -> None:
    work = "x = 0\nfor n in range(2_000_000): x += n"
    spent = timing.cost(lambda: subprocess.run([sys.executable, "-c", work], check=True))
    assert spent.cpu > 0


def test_the_package_does_not_know_them() -> None:
    for source in (PROJECT / "tfm").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
            assert not [name for name in names if name.split(".")[0] == "benchmarks"], source


@pytest.mark.parametrize("asked", [False, True])
def test_a_thousand_typical_listings_take_at_most_ten_megabytes(asked: bool) -> None:
    taken = bytes_of(lambda: cache_of(1000, asked=asked))
    assert 1_000_000 < taken <= 10_000_000
