"""Saves what is to outlive the program, soon after it changed and never on the event loop.

Two files: where the panes are (the last writer wins) and what is remembered of places (merged with
what other instances wrote). A change starts a timer; what changes until it ends goes along. While
nothing changes nothing is written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from textual.message import Message
from textual.timer import Timer

from tfm.config.memory import Edit, Memory, merge_memory
from tfm.config.state import State, save_state
from tfm.jobs.lane import Lane, Task
from tfm.session.recall import Recall
from tfm.ui.messages import Answered

SAVE_AFTER = 2.0
"""Seconds; the most that a killed program forgets."""

AT_THE_END = 2.5
"""Seconds that leaving waits for the last save: a home directory that hangs does not keep anybody."""

_log = logging.getLogger("tfm.ui")


class App(Protocol):
    """What the keeper needs of the app."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Once, after `delay` seconds."""
        ...

    def post_message(self, message: Message) -> bool:
        """From any thread."""
        ...


class Keeper:
    """`state` pictures the panes as they are; a file that is None is not written."""

    def __init__(
        self,
        app: App,
        recall: Recall,
        state: Callable[[], State],
        *,
        memory_file: Path | None,
        state_file: Path | None,
    ) -> None:
        self._app = app
        self._recall = recall
        self._state = state
        self._memory_file = memory_file
        self._state_file = state_file
        self._lane = Lane("keep", 1)
        self._timer: Timer | None = None
        self._last_saved: State | None = None
        self._closed = False
        self._said: set[str] = set()
        recall.changed = self.later

    def later(self) -> None:
        """Something may have changed: save soon."""
        if self._timer is None and not self._closed and (self._memory_file or self._state_file):
            self._timer = self._app.set_timer(SAVE_AFTER, self._due)

    @property
    def pending(self) -> bool:
        """True while a timer runs until the next save."""
        return self._timer is not None

    def save_now(self) -> None:
        """Do not wait for the timer."""
        if self._timer is not None:
            self._timer.stop()
            self._due()

    def close(self) -> None:
        """Save the rest and wait a moment for it."""
        self._closed = True
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        task = self._save()
        if task is not None and not task.ended.wait(AT_THE_END):
            self._say("The places of the panes could not be saved in time.")
        self._lane.close()

    def _due(self) -> None:
        self._timer = None
        self._save()

    def _save(self) -> Task | None:
        edits = self._recall.take_pending() if self._memory_file else ()
        state: State | None = self._state()
        if state == self._last_saved:
            state = None
        if not edits and state is None:
            return None
        self._last_saved = state or self._last_saved
        return self._lane.submit(lambda: self._write(edits, state))

    # -- on the worker thread ----------------------------------------------------------------------

    def _write(self, edits: tuple[Edit, ...], state: State | None) -> None:
        if state is not None and self._state_file is not None:
            self._say(save_state(self._state_file, state))
        if not edits or self._memory_file is None:
            return
        try:
            merged, notice = merge_memory(self._memory_file, edits)
        except OSError as error:
            self._say(f"Places could not be remembered: {error.strerror or error}")
            self._app.post_message(Answered(lambda: self._recall.give_back(edits)))
        else:
            self._say(notice)
            self._app.post_message(Answered(lambda: self._merged(merged)))

    def _merged(self, merged: Memory) -> None:
        self._recall.saved(merged)

    def _say(self, notice: str) -> None:
        """Into the log, the same thing once."""
        if notice and notice not in self._said:
            self._said.add(notice)
            _log.warning("%s", notice)
