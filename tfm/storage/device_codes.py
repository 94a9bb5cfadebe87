"""Codes of devices that a login wants beside its keys (MFA), and who is asked for them.

A storage asks on the thread of the request that needs one. Whoever runs the program says who answers: a dialog, the
terminal, or nobody. A code is used at once; it is neither kept nor logged.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import NeedsLogin
from tfm.model.text import SafeText, safe_text

_LOOK_AT_CANCEL = 0.05

_cancel: ContextVar[CancelToken] = ContextVar("tfm_code_cancel", default=NEVER)
_silent: ContextVar[bool] = ContextVar("tfm_code_silent", default=False)


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """A question: `device` is its serial number or ARN, `profile` whose login wants its code.

    `trouble` says why the code before was not taken; empty the first time.
    """

    device: str
    profile: str
    trouble: str = ""

    @property
    def words(self) -> SafeText:
        """Half a sentence."""
        return safe_text(f"profile {self.profile} wants the MFA code of the device {self.device}")

    def missing(self, hint: str) -> NeedsLogin:
        """The error of whoever has none; `hint` says what to do, beside what always helps."""
        why = f" {self.trouble}" if self.trouble else ""
        command = f"aws sts get-caller-identity --profile {shlex.quote(safe_text(self.profile))}"
        hint = f"{hint} In a shell, {command} asks as well, and tfm uses its session."
        return NeedsLogin(f"The {self.words}.{safe_text(why)}", hint=hint, code="MFA")


AskCode = Callable[[CodeWanted, CancelToken], str]
"""Gives the code, on the thread that needs it. Raises NeedsLogin if there is none, Cancelled."""


def _nobody(wanted: CodeWanted, _cancel: CancelToken) -> str:
    raise wanted.missing("Nobody can be asked for it here.")


class DeviceCodes:
    """Who is asked for codes; one for all storages of a program, so that nobody is asked twice for one login.

    `given` answers the first question. `sessions` are what logins gave for codes, by profile and what was asked for, as long
    as the program runs; they are used inside `turn` only. `refused` are the keys of those that a server did not take.
    """

    def __init__(self, given: str = "") -> None:
        self._given = given
        self._ask: AskCode = _nobody
        self._turn = threading.RLock()
        self.sessions: dict[tuple[str, str], Any] = {}
        self.refused: set[str] = set()

    def asked_by(self, ask: AskCode) -> None:
        """From now on `ask` answers."""
        self._ask = ask

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One login at a time, with its question; whoever waits for that can be cancelled. Raises Cancelled."""
        cancel = _cancel.get()
        while not self._turn.acquire(timeout=_LOOK_AT_CANCEL):
            cancel.check()
        try:
            yield
        finally:
            self._turn.release()

    def code(self, wanted: CodeWanted) -> str:
        """The code, as somebody typed it. Raises NeedsLogin, Cancelled."""
        given, self._given = self._given, ""
        if given:
            return given
        if _silent.get():
            raise wanted.missing("Open the place to be asked for it.")
        cancel = _cancel.get()
        cancel.check()
        return self._ask(wanted, cancel)


@contextmanager
def asking(cancel: CancelToken) -> Iterator[None]:
    """What this thread asks for inside is not wanted any more once `cancel` is set."""
    token = _cancel.set(cancel)
    try:
        yield
    finally:
        _cancel.reset(token)


@contextmanager
def unasked() -> Iterator[None]:
    """Nobody is asked for what this thread does inside: it does it unbidden. Then it fails with NeedsLogin."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)
