"""The battery runs, and this program keeps everything in it. What others do is not judged here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.battery.cases import CASES
from tests.fakes.machine import NEEDS_MOUNT

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_this_program_keeps_everything() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.battery", "--only", "tfm"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if os.geteuid() != 0 or "no right to mount" in ran.stdout:
        pytest.skip(NEEDS_MOUNT)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    (row,) = [line for line in ran.stdout.splitlines() if line.startswith("| tfm ")]
    assert row.count("| kept") == len(CASES)


def test_a_wrong_name_touches_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.battery", "--only", "nobody"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "nobody" in ran.stderr and not ran.stdout
