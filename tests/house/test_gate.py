import sys
from pathlib import Path

import pytest

from tests import __main__ as gate

PROJECT = Path(__file__).resolve().parents[2]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_good_step_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.run(python("print('one'); print('two'); print()")) == gate.Outcome(True, "two")
    assert capsys.readouterr().out == ""


def test_a_failed_step_shows_everything(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = gate.run(python("import sys; print('one'); sys.exit('two')"))
    assert not outcome.passed
    assert set(capsys.readouterr().out.split()) == {"one", "two"}


def test_a_step_that_hangs_is_ended() -> None:
    outcome = gate.run(python("import signal; signal.pause()"), seconds=0.2)
    assert outcome == gate.Outcome(False, "ended after 0 s")


def test_no_tests_found_is_a_failure(tmp_path: Path) -> None:
    outcome = gate.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path)]
    )
    assert not outcome.passed


@pytest.mark.parametrize(("bad", "status"), [("", 0), ("lint", 1), ("tests", 1)])
def test_every_step_runs_and_any_failure_counts(
    bad: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def step(name: str) -> gate.Outcome:
        ran.append(name)
        return gate.Outcome(name != bad, f"closing line of {name}")

    monkeypatch.setattr(
        gate, "module", lambda *words: lambda: step("types" if words == ("mypy",) else _step(words))
    )
    monkeypatch.setattr(gate, "layers", lambda: step("layers"))
    monkeypatch.setattr(gate, "ministack", lambda: step("ministack"))
    monkeypatch.setattr(gate, "tests", lambda arguments: step("tests"))
    assert gate.main([]) == status
    assert ran == ["format", "lint", "types", "layers", "ministack", "tests"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "closing line of tests"
    assert [line.split()[0] for line in lines if "FAILED" in line] == ([bad, bad] if bad else [])


def _step(words: tuple[str, ...]) -> str:
    return "format" if "format" in words else "lint"


def test_programs_that_tests_start_find_what_was_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    ran = gate.run(python("import sys; print(sys.dont_write_bytecode)"))
    assert ran == gate.Outcome(True, "False")


def test_the_ci_script_does_what_the_readme_says() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    text = script.read_text("utf-8")
    for command in ("python3 -m venv", "pip install -q -e '.[dev]'", "python -m tests"):
        assert command in text
