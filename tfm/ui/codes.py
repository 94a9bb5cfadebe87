"""Codes of devices that a login wants: the thread that needs one waits, and one dialog asks for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.timer import Timer

from tfm.model.cancel import CancelToken
from tfm.model.errors import Cancelled
from tfm.storage.device_codes import CodeWanted
from tfm.ui.messages import Answered
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.prompt import Prompt

LOOK_AGAIN = 0.1
"""Seconds after which it is looked whether nobody types any more."""


@dataclass(eq=False)
class _Question:
    wanted: CodeWanted
    code: str = ""
    done: threading.Event = field(default_factory=threading.Event)


class CodeQuestions:
    """Event loop only, but for `ask`. There is never more than one question: `DeviceCodes` sees to that.

    Who left a question alone is not asked again for that device before he presses a key: a job may want the code for
    each of its files.
    """

    def __init__(self, app: TfmApp) -> None:
        self._app = app
        self._question: _Question | None = None
        self._dialog: Prompt | None = None
        self._timer: Timer | None = None
        self._refused: set[str] = set()
        self._closed = False

    def ask(self, wanted: CodeWanted, cancel: CancelToken) -> str:
        """On a worker: as `AskCode`."""
        hint = f"{self._app.key_of('refresh')} asks again."
        if wanted.device in self._refused:
            raise wanted.missing(hint)
        question = _Question(wanted)
        forget = cancel.on_cancel(question.done.set)
        try:
            self._app.post_message(Answered(lambda: self._put(question)))
            question.done.wait()
        finally:
            forget()
        if cancel.cancelled:
            self._app.post_message(Answered(lambda: self._withdraw(question)))
            raise Cancelled
        if not question.code:
            raise wanted.missing(hint)
        return question.code

    def pressed(self) -> None:
        """Somebody is there, and did something: he may be asked again."""
        self._refused.clear()

    def close(self) -> None:
        """The program ends: nobody is asked any more, and nobody waits."""
        self._closed = True
        self._stop_looking()
        if self._question is not None:
            self._question.done.set()

    def _put(self, question: _Question) -> None:
        self._question = question
        if self._closed:
            question.done.set()
        else:
            self._show()

    def _show(self) -> None:
        """Ask now, or as soon as nobody types into something else."""
        question = self._question
        if question is None or self._dialog is not None or question.done.is_set():
            return
        if self._is_typing():
            if self._timer is None:
                self._timer = self._app.set_interval(LOOK_AGAIN, self._show)
            return
        self._stop_looking()
        from tfm.ui.dialogs.prompt import Prompt

        def check(text: str) -> str:
            code = "".join(text.split())
            fine = len(code) == 6 and code.isascii() and code.isdigit()
            return "" if fine else "Write the six digits that the device shows."

        wanted = question.wanted
        self._dialog = dialog = Prompt(
            "Code wanted",
            f"The {wanted.words}:",
            check=check,
            noted=bool(wanted.trouble),
        )
        dialog.note(wanted.trouble)
        self._app.push_screen(dialog, lambda code: self._answered(question, code))

    def _is_typing(self) -> bool:
        from tfm.ui.dialogs.frame import Dialog

        top = self._app.screen
        if isinstance(top, PanesScreen):
            return top.mode is not None
        return not isinstance(top, Dialog) or top.field is not None

    def _answered(self, question: _Question, code: str | None) -> None:
        self._question = self._dialog = None
        if code:
            question.code = code
        elif not question.done.is_set():
            self._refused.add(question.wanted.device)
        question.done.set()

    def _withdraw(self, question: _Question) -> None:
        """Nobody waits for it any more."""
        if self._question is not question:
            return
        self._question = None
        self._stop_looking()
        dialog, self._dialog = self._dialog, None
        if dialog is not None and self._app.screen is dialog:
            dialog.dismiss(None)

    def _stop_looking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
