"""Offers the jobs that were cut off: at the start, and whenever the job panel is asked for them.

After them come the edited copies that did not get back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tfm.jobs.audit import written_down
from tfm.jobs.recovery import Interrupted, Journals
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.text import plural, safe_text
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.interrupted import Wish


class Recovery:
    """Looks for interrupted jobs, shows them, and does what is wished."""

    def __init__(self, app: TfmApp, journals: Journals) -> None:
        self._app = app
        self._journals = journals

    def at_start(self) -> None:
        """Show them if there are any; somebody who is typing already is only told."""
        self._app.bridge.ask(
            lambda _cancel: self._journals.interrupted(), self._found, self._failed
        )

    def show(self) -> None:
        """Show them, or say that there are none."""

        def found(jobs: list[Interrupted]) -> None:
            if jobs:
                self._open(jobs)
            else:
                self._app.lent.show(nothing="No job was interrupted.")

        self._app.bridge.ask(lambda _cancel: self._journals.interrupted(), found, self._failed)

    def resume(self, name: str) -> None:
        """Let the job of that id go on; others are not offered."""
        self._app.bridge.ask(
            lambda _cancel: self._journals.find(name),
            lambda job: self._resume(job, lambda: None),
            self._failed,
        )

    def _found(self, jobs: list[Interrupted]) -> None:
        if not jobs:
            self._app.lent.at_start()
            return
        if isinstance(self._app.screen, PanesScreen) and not self._app.any_key:
            self._open(jobs)
        else:
            what = plural(len(jobs), "job")
            self._app.say(f"{what} cut off earlier can go on: b, then i.", "warning")

    def _open(self, jobs: list[Interrupted]) -> None:
        from tfm.ui.dialogs.interrupted import InterruptedDialog

        self._app.push_screen(InterruptedDialog(jobs), self._wished)

    def _wished(self, wish: Wish | None) -> None:
        if wish is None:
            self._app.lent.show()
            return
        if wish.what == "resume":
            self._resume(wish.job, self._next)
            return
        from tfm.ui.dialogs.confirm import Confirm
        from tfm.ui.dialogs.interrupted import details

        def sure(yes: bool | None) -> None:
            if yes:
                self._discard(wish.job)
            else:
                self.show()

        lines = [safe_text(wish.job.title), "", *details(wish.job), "What was done stays done."]
        self._app.push_screen(Confirm("Discard", lines, "Discard"), sure)

    def _resume(self, job: Interrupted, then: Callable[[], None]) -> None:
        def act(_cancel: object) -> int:
            return self._app.jobs.take_up(*self._journals.take_up(job.id))

        def begun(_job: int) -> None:
            self._app.say(f"Goes on: {safe_text(job.title)}.", "good")
            then()

        self._app.bridge.ask(act, begun, self._failed)

    def _discard(self, job: Interrupted) -> None:
        def discarded(problems: list[str]) -> None:
            if problems:
                self._app.say(problems[0], "error")
                return
            self._app.say(f"Discarded: {safe_text(job.title)}.", "good")
            self._next()

        def discard(_cancel: CancelToken) -> list[str]:
            app, title = self._app, f"Discard {job.title}"
            places = [left.place for left in job.leftovers]
            with written_down(app.jobs.audit, app.vfs, "discard", title, places):
                return self._journals.discard(job.id, app.vfs)

        self._app.bridge.ask(discard, discarded, self._failed)

    def _next(self) -> None:
        """Those that are left, if nobody has turned to something else."""
        self._app.bridge.ask(
            lambda _cancel: self._journals.interrupted(),
            self._others,
        )

    def _others(self, jobs: list[Interrupted]) -> None:
        if not jobs:
            self._app.lent.show()
        elif isinstance(self._app.screen, PanesScreen):
            self._open(jobs)

    def _failed(self, error: StorageError) -> None:
        self._app.say(str(error), "error")
