import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

CONFTEST = """
from pathlib import Path
from tests.house.skip_policy import SkipPolicy

def pytest_configure(config):
    config.pluginmanager.register(SkipPolicy(Path(__file__).with_name("allowed.txt")))
"""

SKIPS = """
import pytest

def test_runs():
    pass

@pytest.mark.skipif(True, reason="needs a kernel with FUSE")
def test_marked():
    pass

def test_inside():
    pytest.skip("needs a kernel with FUSE")

@pytest.mark.xfail(reason="known and expected")
def test_expected_failure():
    raise ValueError
"""

MODULE_SKIP = """
import pytest
pytest.skip("not on a Tuesday", allow_module_level=True)
"""


def run(directory: Path, allowed: str, *arguments: str, **files: str) -> tuple[int, str]:
    (directory / "conftest.py").write_text(CONFTEST)
    (directory / "pytest.ini").write_text("[pytest]\n")
    (directory / "allowed.txt").write_text(allowed)
    for name, text in files.items():
        (directory / f"test_{name}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        check=False,
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["plain", "xdist"])
def test_a_listed_reason_passes_and_is_counted(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    status, output = run(tmp_path, "# a comment\nneeds a kernel with FUSE\n", *arguments, a=SKIPS)
    assert status == 0, output
    assert "skips by reason" in output
    assert "    2  needs a kernel with FUSE" in output
    assert "known and expected" not in output
    assert "NOT ALLOWED" not in output


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["plain", "xdist"])
def test_an_unlisted_reason_fails_the_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    files = {"a": SKIPS, "b": MODULE_SKIP}
    status, output = run(tmp_path, "needs a kernel with FUSE\n", *arguments, **files)
    assert status == 1, output
    assert "    2  needs a kernel with FUSE" in output
    assert "    1  NOT ALLOWED not on a Tuesday" in output
    assert "The run fails" in output


def test_a_run_without_skips_says_nothing(tmp_path: Path) -> None:
    status, output = run(tmp_path, "", a="def test_runs(): pass\n")
    assert status == 0, output
    assert "skips by reason" not in output
