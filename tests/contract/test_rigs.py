"""The suite itself: nobody is left out, nothing is claimed that does not hold."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from tests.contract import (
    test_abilities,
    test_containers,
    test_locks,
    test_objects,
    test_remove,
    test_rename,
    test_scan,
    test_settings,
    test_transfer,
    test_uploads,
    test_versions,
)
from tests.contract.rig import FACTS, SUITES, Bench, Rig, all_rigs
from tests.storage.s3.rig import OWN_PLACE
from tfm.storage.facets import Facets
from tfm.storage.registry import BACKENDS

PROJECT = Path(__file__).resolve().parents[2]
RIGS = all_rigs()
SUITE_MODULES = (
    test_abilities,
    test_containers,
    test_locks,
    test_objects,
    test_remove,
    test_rename,
    test_scan,
    test_settings,
    test_transfer,
    test_uploads,
    test_versions,
)


def test_every_registered_backend_has_a_rig() -> None:
    assert {rig.scheme for rig in RIGS} == set(BACKENDS)


def test_an_account_of_ones_own() -> None:
    if not OWN_PLACE:
        pytest.skip("needs TFM_TEST_S3=s3://bucket/prefix")
    assert "s3_own" in {rig.name for rig in RIGS}


def test_rigs_have_names_of_their_own() -> None:
    assert Counter(rig.name for rig in RIGS).most_common(1)[0][1] == 1


def test_every_facet_has_a_suite() -> None:
    assert SUITE_MODULES  # importing them filled the table
    assert set(SUITES) == {field.name for field in fields(Facets)}


def test_every_facet_is_tested_on_some_backend() -> None:
    assert set().union(*(rig.facets for rig in RIGS)) == {field.name for field in fields(Facets)}


def test_a_rig_declares_what_its_storage_has(bench: Bench, rig: Rig) -> None:
    storage = bench.storage
    assert {fact for fact in FACTS if getattr(storage.features, fact)} == rig.facts
    present = {f.name for f in fields(Facets) if getattr(storage.facets, f.name) is not None}
    assert present == rig.facets


def test_a_rig_opens_on_nothing(bench: Bench) -> None:
    assert bench.ground.names() == {}
    assert bench.ground.rows() == set()
    assert bench.ground.debris() == []
    assert bench.top.root == bench.storage.root


def test_the_ground_tells_the_truth(bench: Bench) -> None:
    bench.ground.write("a/b", b"12")
    bench.ground.make_directory("hollow/")
    assert bench.ground.read("a/b") == b"12"
    assert bench.ground.names().get("a/b") == 2
    assert bench.ground.names().get("hollow/") == 0
    assert bench.ground.rows() == {("a", True), ("hollow", True)}
    assert bench.ground.rows("a/") == {("b", False)}
    assert bench.ground.rows("absent/") is None
    bench.ground.remove("a/b")
    bench.ground.remove("hollow/")
    assert not {"a/b", "hollow/"} & bench.ground.names().keys()


def test_every_deviation_says_what_the_server_answers() -> None:
    for rig in RIGS:
        for name, reason in rig.deviations.items():
            assert len(reason) > 20, f"{rig.name}: {name} says too little"
            assert ":" in reason, f"{rig.name}: {name} names no answer of the server"


def test_the_reference_deviates_in_nothing() -> None:
    by_name = {rig.name: rig for rig in RIGS}
    for name in ("memory_keys", "memory_tree", "local", "s3_ministack"):
        assert by_name[name].deviations == {}


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """The ids of the suite, as a run of its own collects them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "tests/contract"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return [line.partition("::")[2] for line in run.stdout.splitlines() if "::" in line]


def test_every_declared_deviation_names_a_test(collected: list[str]) -> None:
    for rig in RIGS:
        own: set[str] = set()
        for name in collected:
            found = re.search(rf"\[{rig.name}(?:-(.*))?\]$", name)
            if found:
                parameter = f"[{found[1]}]" if found[1] else ""
                own.update((name[: found.start()] + parameter, name[: found.start()]))
        assert own, f"{rig.name} runs no test"
        assert set(rig.deviations) - own == set()


def test_a_deviation_that_stops_fails_the_run(tmp_path: Path) -> None:
    probe = tmp_path / "test_probe.py"
    probe.write_text(
        "import pytest\n"
        "from tests.contract import conftest\n"
        "from tests.contract.rig import Rig\n"
        "REASON = 'the server answers: something'\n"
        "NAMES = {'TestIt::test_passes[x]': REASON, 'TestIt::test_fails[x]': REASON,\n"
        "         'TestIt::test_breaks[x]': REASON}\n"
        "RIG = Rig('probe', 'none', None, frozenset(), frozenset(), NAMES)\n"
        "conftest.all_rigs = lambda: (RIG,)\n"
        "class TestIt:\n"
        "    @pytest.mark.parametrize('n', ['x', 'y'])\n"
        "    def test_passes(self, rig, n): pass\n"
        "    @pytest.mark.parametrize('n', ['x'])\n"
        "    def test_fails(self, rig, n): assert False\n"
        "    @pytest.mark.parametrize('n', ['x'])\n"
        "    def test_breaks(self, rig, n): raise RuntimeError('no answer at all')\n"
    )
    (tmp_path / "conftest.py").write_text("from tests.contract.conftest import *\n")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {PROJECT}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "-c", "pytest.ini", "test_probe.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    outcome = {
        line.split()[1].rpartition("::")[2]: line.split()[0]
        for line in run.stdout.splitlines()
        if "::test_" in line and line.split()[0] in ("PASSED", "FAILED", "XFAIL", "ERROR")
    }
    assert outcome == {
        "test_passes[probe-x]": "FAILED",
        "test_passes[probe-y]": "PASSED",
        "test_fails[probe-x]": "XFAIL",
        "test_breaks[probe-x]": "FAILED",
    }, run.stdout[-3000:]
    assert "the server answers: something" in run.stdout
