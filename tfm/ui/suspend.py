"""Hands the terminal over to another program, and takes it back as it was.

The event loop stands still meanwhile, so nothing of ours is painted over the other program; jobs go on
on their threads. Interrupt and quit keys there are the other program's business. What it leaves behind (a raw
terminal, mouse reports, a scroll region, answers nobody reads) is put right before we paint again.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Final

from textual.app import SuspendNotSupported

from tfm.model.text import safe_text

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_log = logging.getLogger("tfm.program")

NOT_STARTED: Final = 127
"""The exit status of what could not be started, as shells say it."""

_SANE: Final = (
    "\x1b[?1l\x1b>"  # cursor keys and keypad as usual
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l"
    "\x1b[?5l\x1b[?7h\x1b[4l"  # reverse video, no wrap, insert
    "\x1b7\x1b[r\x1b8"  # the scroll region; that alone would send the cursor to the top
    "\x1b(B\x0f\x1b[m\x1b[?25h"
)
"""Undoes what a program that was killed may have left on."""


class Pause(enum.Enum):
    """When a person has to press Enter before the panes come back."""

    NEVER = "never"
    ON_FAILURE = "on failure"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit status (128+n by signal n), or why it could not be started."""

    code: int
    problem: str = ""

    @property
    def fine(self) -> bool:
        """True if it ran and was content."""
        return self.code == 0 and not self.problem


class Handover:
    """Runs one program at a time in our place; event loop only."""

    def __init__(self, app: TfmApp) -> None:
        self._app = app

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause = Pause.NEVER,
        banner: str = "",
    ) -> Ended:
        """Run `argv` on the terminal and wait for its end; never raises for what it does.

        `banner` is a line told before it starts. A SIGTERM or SIGHUP for us goes on to the program;
        we follow it when it has ended.
        """
        visit = _Visit(self._app)
        try:
            with self._app.suspend():
                ended = visit.run(argv, cwd=cwd, environ=environ, pause=pause, banner=banner)
        except SuspendNotSupported:
            return Ended(NOT_STARTED, "There is no terminal here to hand over.")
        _log.info("%s ended with status %d", safe_text(argv[0]), ended.code)
        self._app.title_line.again()
        for number in visit.told_to_end:
            self._app.die(number)
        return ended


def to_shell(app: TfmApp) -> str:
    """Stop this program as Ctrl-Z stops others, until the shell continues it; why not, else ""."""
    stop = getattr(app._driver, "stop_process", None)
    if stop is None or os.getpgrp() == os.getsid(0):
        return "tfm was not started from a shell that could continue it."
    stop(whole_group=True)
    return ""


class _Visit:
    """One program on the terminal: its signals, and the terminal before and after it."""

    def __init__(self, app: TfmApp) -> None:
        self.told_to_end: list[signal.Signals] = []
        self._input = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
        self._child: subprocess.Popen[bytes] | None = None
        self._app = app

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause,
        banner: str,
    ) -> Ended:
        modes = _modes(self._input)
        with self._signals():
            if banner:
                _say(f"{safe_text(banner)}\n")
            ended = self._wait_for(argv, cwd, environ)
            _take_terminal(self._input)
            _restore(self._input, modes)
            if ended.problem:
                _say(f"{safe_text(ended.problem)}\n")
            if pause is Pause.ALWAYS or (pause is Pause.ON_FAILURE and not ended.fine):
                self._wait_for_enter(ended)
            with contextlib.suppress(termios.error):  # answers to the questions of the other one
                termios.tcflush(self._input, termios.TCIFLUSH)
        return ended

    def _wait_for(self, argv: Sequence[str], cwd: str, environ: Mapping[str, str]) -> Ended:
        try:
            # standard output may go to a file or a pipe: what is seen goes where we paint
            seen = 1 if os.isatty(1) else 2
            self._child = subprocess.Popen(
                list(argv), cwd=cwd, env=dict(environ), stdin=self._input, stdout=seen, stderr=2
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return Ended(NOT_STARTED, f"{argv[0]} cannot be started: {reason}.")
        with self._child as child:
            if self.told_to_end:
                child.terminate()
            code = child.wait()
        self._child = None
        return Ended(code if code >= 0 else 128 - code)

    def _wait_for_enter(self, ended: Ended) -> None:
        if self.told_to_end:
            return
        status = "" if ended.fine or ended.problem else f"It ended with status {ended.code}. "
        _say(f"\n{status}Press Enter to return to tfm. ")
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            while not self.told_to_end and os.read(self._input, 1) not in (b"", b"\n", b"\r"):
                pass
        except (KeyboardInterrupt, OSError):  # Ctrl-C is an answer as well; the line may be gone
            return

    # -- signals -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Handlers of our own; a handler, unlike SIG_IGN, is not inherited by the program."""
        handlers = {
            signal.SIGINT: _let_be,
            signal.SIGQUIT: _let_be,
            signal.SIGTERM: self._pass_on,
            signal.SIGHUP: self._pass_on,
        }
        # the event loop would do its part as soon as it turns again, also for the SIGINT of others
        woken = signal.set_wakeup_fd(-1)
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(woken)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        first = not self.told_to_end
        self.told_to_end.append(signal.Signals(number))
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, number)
        elif first:
            raise KeyboardInterrupt  # ends the wait for Enter


def _let_be(_number: int, _frame: FrameType | None) -> None:
    """The program on the terminal got it as well, and knows what it means."""


# -- the terminal --------------------------------------------------------------------------------------

_Modes = list[object]


def _modes(descriptor: int) -> _Modes | None:
    try:
        return list(termios.tcgetattr(descriptor))
    except termios.error:
        return None


def _restore(descriptor: int, modes: _Modes | None) -> None:
    if modes is not None:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)  # type: ignore[arg-type]
    _say(_SANE)


def _take_terminal(descriptor: int) -> None:
    """A shell that was killed leaves the terminal with its group: take it back, politely.

    Politely: if the shell that started us has it, then it has put us into the background; whoever is
    in the background stops until it is continued in front.
    """
    try:
        front, ours = os.tcgetpgrp(descriptor), os.getpgrp()
        if front == ours:
            return
        if os.getppid() > 1 and front == os.getpgid(os.getppid()):
            wait_in_background(descriptor)
            return
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            os.tcsetpgrp(descriptor, ours)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    except OSError:
        return  # no controlling terminal: nothing to take


def wait_in_background(descriptor: int) -> None:
    """Stop as often as it takes, until this process is in front of its terminal."""
    try:
        while os.tcgetpgrp(descriptor) != os.getpgrp():
            os.kill(os.getpid(), signal.SIGSTOP)
    except OSError:
        return


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "replace"))
