"""Starts other programs for the panes: makes ready on a worker, hands the terminal over, brings changes home."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tfm.config.commands import add_command, load_commands
from tfm.external import background
from tfm.external.associations import hands_on
from tfm.external.command import NotFoundProgram
from tfm.external.env import Shown, Situation
from tfm.external.errand import (
    Done,
    Errand,
    Prepared,
    Refused,
    fetches,
    finish,
    leave_to_look_at,
    looked_at,
    prepare,
    told_of,
)
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import LOCAL, Location
from tfm.model.program import Program
from tfm.model.text import safe_text
from tfm.session.pane import PaneState
from tfm.session.session import Side
from tfm.ui.bridge import Pending
from tfm.ui.messages import Answered
from tfm.ui.suspend import Ended, Pause

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.recall import Recall

T = TypeVar("T")

_log = logging.getLogger("tfm.program")

_NEVER_RAN: Final = (126, 127)


class Outside:
    """What the app uses to run programs; event loop only, but for what is said to run on a worker."""

    def __init__(self, app: TfmApp, environ: Mapping[str, str] | None = None) -> None:
        self._app = app
        self.environ = os.environ if environ is None else environ
        self._last_local = ""
        self._began_in = _current_directory()
        self._typed: list[str] = []
        self._fetching: Pending | None = None
        self._looked_at: list[Prepared] = []

    # -- what programs are told -------------------------------------------------------------------

    def situation(self) -> Situation:
        """Both panes as they are at this moment."""
        session = self._app.session
        return Situation(
            shown_of(session[Side.LEFT]),
            shown_of(session[Side.RIGHT]),
            left_is_active=session.active is Side.LEFT,
        )

    def last_local(self) -> str:
        """Where a program starts while its pane is remote: the last local directory, else ours."""
        session = self._app.session
        for pane in (session.pane, session.other):
            if pane.place.root == LOCAL:
                return pane.place.key
        return self._last_local or self._began_in

    def visited(self, place: Location) -> None:
        """A pane shows another place; the last local one is where programs start from a remote one."""
        if place.root == LOCAL:
            self._last_local = place.key

    def key_pressed(self, key: str) -> None:
        """A key that no action has: perhaps a program of the user's has it."""
        for program in self._app.settings.programs:
            if program.key and program.key == key:
                self.run(program)
                return

    # -- the command line -------------------------------------------------------------------------

    def earlier(self, dialog: Recall) -> None:
        """Give the dialog what was typed before, as soon as it is read."""

        def arrive(found: list[str]) -> None:
            dialog.earlier = found

        file = self._commands_file()
        if file is None:
            dialog.earlier = self._typed
        else:
            self._ask(lambda _cancel: load_commands(file), arrive)

    def typed(self, text: str) -> None:
        """Remember a command line."""
        file = self._commands_file()
        if file is None:
            self._typed.append(text)
        else:
            self._ask(lambda _cancel: add_command(file, text), lambda _none: None)

    def _commands_file(self) -> Path | None:
        state = self._app.start.state_file
        return None if state is None else state.with_name("commands")

    # -- running ----------------------------------------------------------------------------------

    def run(
        self,
        program: Program,
        *,
        situation: Situation | None = None,
        pause: Pause | None = None,
        subshell: bool = False,
        new_file: Location | None = None,
        find: Callable[[], tuple[str, ...]] | None = None,
        banner: str = "",
    ) -> None:
        """Run it; everything that goes wrong is told in the status line."""
        if pause is None:
            pause = Pause.ON_FAILURE if program.auto_return else Pause.ALWAYS
        chosen = situation or self.situation()
        if self._fetching is not None:
            told = f"Another program is being made ready. {self._stops()} stops that."
            self._app.say(told, "warning")
            return
        environ = dict(self.environ)
        if self._app.settings.text_editor:
            environ["TFM_EDITOR"] = " ".join(self._app.settings.text_editor)
        errand = Errand(program, chosen, environ, self.last_local(), subshell, new_file, find)
        if fetches(errand):
            self._app.say(f"Fetching … {self._stops()} stops.")

        def failed(error: StorageError) -> None:
            self._fetching = None
            self._app.say(str(error), "error")

        def ready(prepared: Prepared) -> None:
            self._fetching = None
            if program.terminal:
                ended = self._app.handover.run(
                    prepared.argv,
                    cwd=prepared.cwd,
                    environ=prepared.environ,
                    pause=pause,
                    banner=banner,
                )
                self._after(errand, prepared, ended)
            else:
                self._start_behind(errand, prepared)

        def make_ready(cancel: CancelToken) -> Prepared:
            lent, folders = self._app.lent, []

            def make_folder() -> Path:
                folders.append(lent.begin())
                return folders[-1]

            try:
                prepared = prepare(self._app.vfs, errand, make_folder, cancel)
            except BaseException:
                for folder in folders:
                    lent.settle(folder)
                raise
            lent.note(prepared.folder, prepared.borrowed)
            if cancel.cancelled:  # nobody will take it
                self._finish(prepared, fine=False)
            return prepared

        self._fetching = self._ask(make_ready, ready, failed)

    def _stops(self) -> str:
        return self._app.key_of("cancel")

    def stop(self) -> bool:
        """Stop fetching what a program was to work on; False if nothing is being fetched."""
        pending, self._fetching = self._fetching, None
        if pending is not None:
            pending.cancel()
        return pending is not None

    def close(self) -> None:
        """The end: copies that were only looked at go."""
        for prepared in self._looked_at:
            with contextlib.suppress(OSError):  # then it stays, and is offered at the next start
                looked_at(prepared)
            self._app.lent.settle(prepared.folder)
        self._looked_at.clear()
        self._app.lent.close()

    def _start_behind(self, errand: Errand, prepared: Prepared) -> None:
        name = errand.program.name

        def ended(status: int) -> None:  # on a thread of the program's own
            self._app.post_message(
                Answered(lambda: self._after(errand, prepared, Ended(status), behind=True))
            )

        def start(_cancel: CancelToken) -> None:
            try:
                background.start(
                    name, prepared.argv, cwd=prepared.cwd, environ=prepared.environ, ended=ended
                )
            except OSError:
                self._finish(prepared, fine=False)
                raise

        self._ask(start, lambda _none: self._app.say(f"{name} runs in the background."))

    def _after(
        self, errand: Errand, prepared: Prepared, ended: Ended, *, behind: bool = False
    ) -> None:
        """It has ended: tell, look at what it changed, bring copies home."""
        self._touch(errand)
        name = safe_text(errand.program.name)
        if ended.problem:
            self._app.say(ended.problem, "error")
        elif ended.code in _NEVER_RAN and not errand.subshell:
            self._app.say(f"{name} could not be run (status {ended.code}).", "error")
        elif ended.code and behind:
            self._app.say(f"{name} ended with status {ended.code}; the log has its words.", "error")

        def home(done: Done) -> None:
            told = told_of(done)
            if told:
                self._app.say(told, "warning" if done.kept or done.left else "good")
            left = [each for each in done.returned if each.error is not None]
            self._app.lent.ask(left, prepared.folder)

        if ended.fine and behind and hands_on(errand.program.command):
            self._ask(lambda _cancel: leave_to_look_at(prepared), lambda _none: None)
            if prepared.folder is not None:
                self._looked_at.append(prepared)
            return
        fine = ended.fine
        self._ask(lambda cancel: self._finish(prepared, fine=fine, cancel=cancel), home)

    def _finish(self, prepared: Prepared, *, fine: bool, cancel: CancelToken = NEVER) -> Done:
        """On a worker: bring home what was changed, and forget what is not out any more."""
        noted = self._app.lent.noted
        done = finish(self._app.vfs, prepared, fine=fine, cancel=cancel, noted=noted)
        self._app.lent.settle(prepared.folder)
        return done

    def _touch(self, errand: Errand) -> None:
        """What it may have changed is read again; a remote pane only after what could reach it."""
        reaches_far = errand.program.aws or errand.subshell
        for pane in self._app.session.panes.values():
            if pane.place.root == LOCAL or reaches_far:
                self._app.vfs.touch(pane.place)

    def _ask(
        self,
        act: Callable[[CancelToken], T],
        then: Callable[[T], None],
        failed: Callable[[StorageError], None] | None = None,
    ) -> Pending:
        """On a worker; what our own doings raise is told like what storages raise."""

        def guarded(cancel: CancelToken) -> T:
            try:
                return act(cancel)
            except (Refused, NotFoundProgram) as error:
                raise StorageError(str(error)) from error
            except OSError as error:
                if isinstance(error, StorageError):
                    raise
                raise StorageError(f"Not started: {error.strerror or error}.") from error

        def told(error: StorageError) -> None:
            self._app.say(str(error), "error")

        return self._app.bridge.ask(guarded, then, failed or told)


def _current_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return "/"


def shown_of(pane: PaneState) -> Shown:
    """What a program is told of a pane."""
    selected = tuple(pane.location(entry) for entry in pane.targets())
    return Shown(pane.place, selected, pane.results is not None)
