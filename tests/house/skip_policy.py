"""A skipped test is a test that proves nothing, so every reason to skip is known and counted.

`SkipPolicy(file)` is a pytest plugin: it prints a table "skips by reason" at the end and makes the run
fail when a reason is not one of the lines of `file` (`#` starts a comment). With xdist it works in the
controller, where the reports of all workers arrive.
"""

from collections import Counter
from pathlib import Path

import pytest


def allowed_reasons(file: Path) -> set[str]:
    """The reasons in the list, one per line."""
    lines = (line.strip() for line in file.read_text("utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return " ".join(text.removeprefix("Skipped: ").split()) or "(no reason given)"


class SkipPolicy:
    """Collects skips of one run; see the module."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.allowed = allowed_reasons(file)
        self.skipped: dict[str, str] = {}
        """Reason by test: a module skipped as a whole is reported once by every worker."""

    @property
    def refused(self) -> set[str]:
        """Reasons met that are not in the list."""
        return set(self.skipped.values()) - self.allowed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is not a skip."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that was skipped as a whole."""
        if report.skipped:
            self.skipped[report.nodeid] = _reason(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a green run with an unknown reason red."""
        if self.refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        if not self.skipped:
            return
        terminalreporter.section("skips by reason")
        for reason, number in sorted(Counter(self.skipped.values()).items()):
            mark = "NOT ALLOWED " if reason in self.refused else ""
            terminalreporter.write_line(f"{number:5}  {mark}{reason}")
        if self.refused:
            terminalreporter.write_line(
                f"The run fails: reasons marked NOT ALLOWED are not in {self.file.name}.", red=True
            )
