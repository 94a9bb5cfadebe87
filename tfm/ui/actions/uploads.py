"""Unfinished uploads beneath a directory: shown with what they cost, aborted, resumed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.jobs.uploads import JobUploads
from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import plural, sentence
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.uploads import (
    NO_LEDGER,
    Ledger,
    OwnerOf,
    Weighed,
    abort,
    older_than,
    parse_age,
    refusal,
    uploads_of,
    weigh,
)
from tfm.storage.open_uploads import OpenUpload
from tfm.ui import clipboard
from tfm.ui.actions.reasons import why_missing
from tfm.ui.bridge import Pending
from tfm.ui.dialogs.uploads import AbortDialog, UploadsDialog
from tfm.ui.messages import Answered
from tfm.ui.selection import why_read_only

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_MOST = 10_000
_WEIGHED_AT_ONCE = 200
_TELL_EVERY = 0.15
_DAYS = 7


def unfinished_uploads(app: TfmApp) -> None:
    """List those beneath the directory shown, and weigh the first of them."""
    if why := why_missing(app, "unfinished_uploads"):
        app.say(sentence(why), "warning")
        return
    here = now(app.session.pane.place)
    _Screen(app, here.as_directory()).open()


class _Screen:
    """The list of one directory, and what is done from it."""

    def __init__(self, app: TfmApp, here: Location) -> None:
        self._app = app
        self._here = here
        journals = app.jobs.journals
        self._ledger: Ledger = NO_LEDGER if journals is None else JobUploads(journals)
        self._owner_of: OwnerOf = lambda _upload: None
        self._asked: list[Pending] = []
        why = why_read_only(app)
        self._dialog = UploadsDialog(here, self._act, app.look.zone, why)

    def open(self) -> None:
        """Show the list; it fills while one looks at it."""
        self._ask(self._list, lambda _none: None, self._failed)
        self._app.push_screen(self._dialog, lambda _none: self._close())

    def _close(self) -> None:
        for asked in self._asked:
            asked.cancel()

    def _ask(
        self,
        work: Callable[[CancelToken], object],
        then: Callable[[object], None],
        failed: Callable[[object], None],
    ) -> None:
        self._asked.append(self._app.bridge.ask(work, then, failed))

    def _later(self, act: Callable[[], None]) -> None:
        """From a worker: on the event loop, while the list is shown."""
        self._app.post_message(Answered(lambda: act() if self._dialog.is_attached else None))

    def _failed(self, error: object) -> None:
        if self._dialog.is_attached:
            self._dialog.end(str(error))

    # -- on a worker -------------------------------------------------------------------------------

    def _context(self, cancel: CancelToken) -> OpContext:
        return OpContext(self._app.vfs, cancel=cancel, fan_out=self._app.bridge.finders)

    def _list(self, cancel: CancelToken) -> None:
        owner_of = self._owner_of = self._ledger.owners()
        self._later(lambda: self._dialog.owners(owner_of))
        known: list[OpenUpload] = []
        problem = ""
        for page in uploads_of(self._app.vfs, self._here).uploads(self._here, cancel):
            cancel.check()
            known += page
            self._later(lambda page=page: self._dialog.add(page))  # type: ignore[misc]
            if len(known) >= _MOST:
                problem = "There may be more: look in the directories themselves."
                break
        first = known[:_WEIGHED_AT_ONCE]
        self._later(lambda: self._dialog.asked_for(first))
        self._later(lambda: self._dialog.end(problem))
        self._weigh(first, cancel)

    def _weigh(self, uploads: Sequence[OpenUpload], cancel: CancelToken) -> None:
        """Tell what they hold, a few times a second: each telling draws the list."""
        waiting: list[Weighed] = []
        due = time.monotonic() + _TELL_EVERY

        def hand_over() -> None:
            nonlocal due
            due = time.monotonic() + _TELL_EVERY
            told = tuple(waiting)
            waiting.clear()
            self._later(lambda: self._dialog.weighed(told))

        def tell(weighed: Weighed) -> None:
            waiting.append(weighed)
            if time.monotonic() >= due:
                hand_over()

        still = weigh(self._context(cancel), uploads, self._owner_of, tell)
        hand_over()
        lost = {each.name for each in uploads} - {each.upload.name for each in still}
        if lost:
            self._later(lambda: self._dialog.gone(tuple(lost)))

    # -- buttons -----------------------------------------------------------------------------------

    def _act(self, button: str, chosen: Sequence[OpenUpload]) -> None:
        if button == "count":
            self._ask(lambda cancel: self._weigh(chosen, cancel), lambda _none: None, self._failed)
        elif button == "abort":
            self._confirm(chosen)
        elif button == "old":
            self._ask_for_age()
        elif button == "rule":
            self._copy_rule()
        elif button == "resume":
            self._resume(chosen[0])

    def _copy_rule(self) -> None:
        facet = self._app.vfs.known_facets(self._here).uploads
        if facet is None:
            return
        if clipboard.send(self._app, facet.rule(self._here, _DAYS)):
            told = f"Sent to the clipboard: a rule that ends uploads after {_DAYS} days."
        else:
            told = "The rule is longer than a clipboard of a terminal takes."
        self._dialog.notice(told)

    def _resume(self, upload: OpenUpload) -> None:
        owner, recovery = self._owner_of(upload), self._app.recovery
        if owner is not None and recovery is not None:
            self._dialog.dismiss(None)
            recovery.resume(owner.job)

    def _ask_for_age(self) -> None:
        from tfm.ui.dialogs.prompt import Prompt

        def check(text: str) -> str:
            try:
                age = parse_age(text)
            except ValueError as error:
                return str(error)
            return "" if older_than(self._dialog.uploads, age) else "There are none so old."

        def typed(text: str | None) -> None:
            if text is not None:
                self._confirm(older_than(self._dialog.uploads, parse_age(text)))

        question = "Abort all that were begun longer ago than (7d, 12h, 2w):"
        prompt = Prompt("Abort old uploads", question, f"{_DAYS}d", check=check)
        self._app.push_screen(prompt, typed)

    def _confirm(self, chosen: Sequence[OpenUpload]) -> None:
        """Weigh them anew, say what goes, and do it."""
        stays: Counter[str] = Counter()
        doomed: list[OpenUpload] = []
        for upload in chosen:
            why = refusal(self._app.vfs, Weighed(upload, owner=self._owner_of(upload)))
            if why:
                stays[why] += 1
            else:
                doomed.append(upload)
        if not doomed:
            self._dialog.notice(next(iter(stays), "There is nothing to abort."))
            return
        dialog = AbortDialog(self._here, len(doomed), stays)

        def chosen_now(weighed: Sequence[Weighed] | None) -> None:
            asked.cancel()
            if weighed:
                self._abort(weighed)

        asked = self._app.bridge.ask(
            lambda cancel: weigh(self._context(cancel), doomed, self._owner_of),
            dialog.counted,
            lambda error: dialog.failed(str(error)),
        )
        self._app.push_screen(dialog, chosen_now)

    def _abort(self, weighed: Sequence[Weighed]) -> None:
        names = {(each.upload.place.key, each.upload.id): each.upload.name for each in weighed}

        def run(ctx: OpContext) -> Report:
            report = abort(ctx, weighed, self._ledger)
            ended = [
                names[item.source.key, item.note.removeprefix("upload ")]
                for item in report.items
                if item.outcome in (Outcome.DONE, Outcome.SKIPPED)
            ]
            problem = report.failures[0].reason if report.failures else ""
            done = f"{plural(len(ended), 'upload')} aborted, and gone."
            self._later(lambda: self._dialog.gone(ended, problem or done))
            return report

        title = f"Abort {plural(len(weighed), 'unfinished upload')}"
        self._app.job_watcher.watch(self._app.jobs.submit(title, run))


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"unfinished_uploads": unfinished_uploads}
