"""Checksums of what is marked: shown, copied, saved as a list, held against a list."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.jobs.audit import written_down
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import plural, safe_text
from tfm.ops.checksum import (
    Algorithm,
    Sum,
    algorithm_of,
    check_list,
    checksums,
    read_list,
    read_text,
    write_list,
)
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.make import check_name
from tfm.ops.plan import Picked
from tfm.storage.base import Hints
from tfm.ui.actions import take
from tfm.ui.dialogs.checksums import ChecksumsDialog, Told
from tfm.ui.dialogs.conflict import name_fault
from tfm.ui.messages import Answered
from tfm.ui.selection import picked_here

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_PAUSE = 0.1
_HOT = dict(zip(Algorithm, "m12c36", strict=True))
_NAMES_ALGORITHM = (Algorithm.CRC32, Algorithm.CRC32C, Algorithm.CRC64NVME)
"""Their lists are of the form that names the algorithm: no usual program guesses these."""


def checksum(app: TfmApp) -> None:
    """Choose which checksum; a list of checksums can also be verified."""
    from tfm.ui.dialogs.choose import Choice, Choose

    picked = picked_here(app)
    if not picked:
        return
    choices: list[Choice[str]] = []
    if len(picked) == 1 and not picked[0][1].is_directory and algorithm_of(picked[0][0].name):
        choices.append(Choice("verify", "Verify the files of this list", hot="v"))
    choices += [Choice(each.value, each.title, hot=_HOT[each]) for each in Algorithm]

    def start(chosen: str | None) -> None:
        if chosen == "verify":
            _verify(app, picked[0][0])
        elif chosen is not None:
            _sum(app, picked, Algorithm(chosen))

    at = 0 if choices[0].value == "verify" else list(Algorithm).index(Algorithm.SHA256)
    app.push_screen(Choose("Checksum", choices, at=at), start)


class _Feed:
    """Hands rows from the job to the dialog, a few times a second."""

    def __init__(self, app: TfmApp, dialog: ChecksumsDialog) -> None:
        self._app, self._dialog = app, dialog
        self._lock = threading.Lock()
        self._rows: list[Told] = []
        self._count = 0
        self._next = 0.0

    def row(self, row: Told | None) -> None:
        with self._lock:
            self._count += 1
            if row is not None:
                self._rows.append(row)
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + _PAUSE
        self._app.post_message(Answered(self._deliver))

    def end(self, text: str) -> None:
        self._app.post_message(Answered(lambda: self._deliver(text)))

    def _deliver(self, text: str = "") -> None:
        with self._lock:
            rows, self._rows = self._rows, []
            count = self._count
        if self._dialog.is_current:
            self._dialog.add(rows)
            self._dialog.say(text or f"{plural(count, 'file')} so far …", ended=bool(text))


def _open(
    app: TfmApp,
    title: str,
    places: list[Location],
    dialog: ChecksumsDialog,
    run: Callable[[OpContext, _Feed], Report],
    then: Callable[[str], None],
) -> None:
    """Show the dialog, and begin the job that fills it; leaving the dialog ends the job."""
    feed = _Feed(app, dialog)

    def act(ctx: OpContext) -> Report:
        try:
            report = run(ctx, feed)
        except StorageError as error:
            feed.end(str(error))
            raise
        feed.end(_came_to(report))
        return report

    def closed(button: str | None) -> None:
        if not dialog.ended:
            app.jobs.cancel(job)
        elif button is not None:
            then(button)

    app.push_screen(dialog, closed)
    job = app.jobs.submit(title, act, places)
    app.job_watcher.watch(job)


def _came_to(report: Report) -> str:
    done, failed = report.count(Outcome.DONE), len(report.failures)
    text = f"{plural(done, 'file')}"
    if report.verb == "verify":
        text += " as the list says" if not failed else " as the list says, "
    elif failed:
        text += ", "
    return f"{text}{f'{failed:,} not' if failed else ''}."


def _sum(app: TfmApp, picked: list[Picked], algorithm: Algorithm) -> None:
    what = safe_text(picked[0][0].name) if len(picked) == 1 else plural(len(picked), "item")
    title = f"{algorithm.title} of {what}"
    dialog = ChecksumsDialog(title, keeps=True)
    found: list[Sum] = []
    here = app.session.pane.place

    def run(ctx: OpContext, feed: _Feed) -> Report:
        def told(one: Sum) -> None:
            found.append(one)
            note = " (kept by the storage, not read)" if one.stored else ""
            feed.row(Told(f"{safe_text(one.name)}{note}", one.digest))

        def ended(item: ItemResult) -> None:
            ctx.on_item(item)
            if item.outcome is Outcome.FAILED:
                feed.row(Told(item.reason))

        return checksums(replace(ctx, on_item=ended), picked, algorithm, told=told)

    def then(button: str) -> None:
        text = write_list(found, algorithm, bsd=algorithm in _NAMES_ALGORITHM)
        if button == "save":
            _ask_to_save(app, here, picked, algorithm, text)
        elif len(found) == 1:
            take.send(app, [found[0].digest], "checksum")
        else:
            take.send(app, text.splitlines(), "checksum")

    _open(app, title, [place for place, _ in picked], dialog, run, then)


def _verify(app: TfmApp, place: Location) -> None:
    title = f"Verify {safe_text(place.name)}"
    dialog = ChecksumsDialog(title, keeps=False)

    def run(ctx: OpContext, feed: _Feed) -> Report:
        expected, bad = read_list(read_text(ctx, place), algorithm_of(place.name))
        if not expected:
            raise StorageError("It holds no checksum that can be read.", place=place)
        if bad:
            feed.row(Told(f"{plural(bad, 'line')} of the list cannot be read."))

        def ended(item: ItemResult) -> None:
            ctx.on_item(item)
            failed = item.outcome is Outcome.FAILED
            name = safe_text(item.source.name)
            feed.row(Told(f"{name}: {item.reason}" if failed else f"{name}: OK"))

        return check_list(replace(ctx, on_item=ended), place.parent, expected)

    _open(app, title, [place.parent], dialog, run, lambda _button: None)


def _ask_to_save(
    app: TfmApp, here: Location, picked: list[Picked], algorithm: Algorithm, text: str
) -> None:
    from tfm.ui.dialogs.prompt import Prompt

    stem = picked[0][0].name if len(picked) == 1 else "checksums"
    usual = f"{stem}.{algorithm.value}"

    def write(name: str, cancel: CancelToken) -> None:
        ctx = OpContext(app.vfs, cancel=cancel)
        place = here.child(name)
        check_name(ctx, place, "save")
        data = text.encode("utf-8", "surrogateescape")
        hints, work = Hints(size=len(data)), ctx.work(alone=True)
        with (
            written_down(app.jobs.audit, app.vfs, "make", f"Save checksums as {place}", (place,)),
            app.vfs.open_write(place, hints, work) as writer,
        ):
            writer.write(data)
            writer.commit()

    def named(name: str | None) -> None:
        if name is None:
            return
        shown = safe_text(name)

        def done(_none: None) -> None:
            app.navigator.hurry()
            app.say(f"Saved {shown}.", "good")

        app.bridge.ask(
            lambda cancel: write(name, cancel), done, lambda error: app.say(str(error), "error")
        )

    app.push_screen(Prompt("Save the list", "Name:", usual, check=name_fault), named)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"checksum": checksum}
