"""A program under way: a plain command, or one in a terminal whose questions are answered."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.terminal import Terminal

CALM = 0.25
"""Seconds without a change of the screen before a key is pressed."""


class Running(ABC):
    """What a case needs of a program; `kill` ends it with all it started, at once."""

    pid: int

    @abstractmethod
    def tend(self) -> None:
        """Do what its screen asks for now; returns at once."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """True once it is over."""

    @property
    @abstractmethod
    def screen(self) -> str:
        """What it shows, for those who mend this script."""

    def kill(self) -> None:
        """SIGKILL for the program and everything it started, parents first."""
        waiting, family = [self.pid], []
        children = _children()
        while waiting:
            pid = waiting.pop(0)
            family.append(pid)
            waiting += children.get(pid, [])
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Give back what it holds, after its end."""


class Command(Running):
    """A command without a terminal."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def tend(self) -> None:
        """It asks nothing."""

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def screen(self) -> str:
        return ""

    def close(self) -> None:
        self._process.wait(20)


@dataclass(frozen=True)
class Press:
    """When the screen shows this pattern, press these keys (`text:…` types)."""

    pattern: str
    keys: tuple[str, ...]


class Screen(Running):
    """A program in a terminal: its opening keys one after the other, then answers as it asks."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        opening: Sequence[Press],
        answers: Sequence[Press],
    ) -> None:
        self._terminal = Terminal(argv, env=environment, cwd=cwd, columns=120, rows=40)
        self.pid = self._terminal.process.pid
        self._opening = list(opening)
        self._answers = answers
        self._answered = ""
        self._shown, self._since = "", time.monotonic()

    def tend(self) -> None:
        shown = self.screen
        if shown != self._shown:
            self._shown, self._since = shown, time.monotonic()
        if time.monotonic() - self._since < CALM:
            return  # it is still painting, and may throw away what is typed now
        if self._opening:
            if re.search(self._opening[0].pattern, shown):
                self._press(self._opening.pop(0).keys)
            return
        if shown == self._answered:
            return  # the answer is on its way
        for answer in self._answers:
            if re.search(answer.pattern, shown):
                self._answered = shown
                self._press(answer.keys)
                return

    def _press(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key.startswith("text:"):
                self._terminal.type_text(key.removeprefix("text:"))
            else:
                self._terminal.send(key)

    @property
    def ended(self) -> bool:
        return self._terminal.process.poll() is not None

    @property
    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self._terminal.screen())

    def close(self) -> None:
        self._terminal.kill()


def _children() -> dict[int, list[int]]:
    """The children of every process there is."""
    found: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        found.setdefault(int(told[1]), []).append(int(path.parent.name))
    return found
