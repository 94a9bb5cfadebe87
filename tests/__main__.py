"""The gate: everything that must hold before a change lands. `python -m tests [PYTEST ARGUMENTS]`.

Runs format check, lint, types, layers, makes `.venv-ministack` when it is missing or its pin changed, then all
tests on three workers. Every step runs even when an earlier one failed; the status is 0 only when all passed.
With arguments pytest gets them too, say `tests/ops -k copy`, or `--cov=tfm` for the coverage, which takes twice
the time and is a run of its own for that reason.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1]
DEADLINE_SECONDS: Final = 20 * 60
"""A run that takes longer hangs; it is ended and fails."""
WORKERS: Final = "3"
"""One more than the cores it is made for: many tests wait for a program or a server."""
STACKS_SECONDS: Final = 300
"""A test that takes longer has its stacks printed."""


@dataclass(frozen=True)
class Outcome:
    """What came of a step; `last_line` is its closing line."""

    passed: bool
    last_line: str = ""


def run(command: list[str], *, show: bool = False, seconds: float = DEADLINE_SECONDS) -> Outcome:
    """Run a command in the project; its output is shown as it comes, or only when it failed."""
    # what was compiled is kept: the tests start hundreds of programs, and each would compile all of it again
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    watch = threading.Timer(seconds, end)
    watch.daemon = True
    watch.start()
    lines: list[str] = []
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            lines.append(line)
            if show:
                print(line, end="", flush=True)
    watch.cancel()
    passed = process.returncode == 0 and not late.is_set()
    if not show and not passed:
        print("".join(lines), end="", flush=True)
    closing = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return Outcome(passed, f"ended after {seconds:.0f} s" if late.is_set() else closing)


def module(*arguments: str) -> Callable[[], Outcome]:
    """A step that is a Python module of this environment."""
    return lambda: run([sys.executable, "-m", *arguments])


def layers() -> Outcome:
    """The import contracts; import-linter has a program and no module to run."""
    program = Path(sys.executable).with_name("lint-imports")
    return run([str(program), "--no-cache"])


def ministack() -> Outcome:
    """Make the environment of the AWS-like server, unless it is there with the right pin."""
    from tests.servers.kinds import MINISTACK_REQUIREMENTS, MINISTACK_VARIABLE, MINISTACK_VENV

    if os.environ.get(MINISTACK_VARIABLE):
        return Outcome(True)
    stamp = MINISTACK_VENV / "requirements.txt"
    wanted = MINISTACK_REQUIREMENTS.read_text("utf-8")
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return Outcome(True)
    made = run([sys.executable, "-m", "venv", "--clear", str(MINISTACK_VENV)])
    if made.passed:
        python = str(MINISTACK_VENV / "bin" / "python")
        made = run([python, "-m", "pip", "install", "-q", "-r", str(MINISTACK_REQUIREMENTS)])
    if made.passed:
        shutil.copyfile(MINISTACK_REQUIREMENTS, stamp)  # last: a half-made environment is made anew
    return made


def tests(arguments: list[str]) -> Outcome:
    """All tests. No test found is a failure too (pytest's status 5)."""
    options = ["-n", WORKERS, "--dist", "worksteal"]
    options += ["-o", f"faulthandler_timeout={STACKS_SECONDS}"]
    return run([sys.executable, "-m", "pytest", *options, *arguments], show=True)


def main(arguments: list[str]) -> int:
    """Run all steps; 0 when all passed."""
    steps: dict[str, Callable[[], Outcome]] = {
        "format": module("ruff", "format", "--check", "."),
        "lint": module("ruff", "check", "."),
        "types": module("mypy"),
        "layers": layers,
        "ministack": ministack,
        "tests": lambda: tests(arguments),
    }
    rows: list[str] = []
    outcome = Outcome(True)
    passed = True
    for name, step in steps.items():
        began = time.monotonic()
        outcome = step()
        passed = passed and outcome.passed
        verdict = "ok" if outcome.passed else "FAILED"
        rows.append(f"{name:10} {verdict:6} {time.monotonic() - began:6.1f} s")
        print(rows[-1], flush=True)
    print("", *rows, outcome.last_line, sep="\n", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
