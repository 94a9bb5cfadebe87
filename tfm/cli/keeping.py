"""The journal of the one job that a verb runs: kept when the program is cut off."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tfm.cli.console import Console
from tfm.jobs.recorder import JobRecorder
from tfm.jobs.recovery import Journals
from tfm.model.errors import StorageError
from tfm.ops.context import OpContext, Report
from tfm.ops.order import Order
from tfm.ops.thaw import NotYet


@dataclass(slots=True)
class Kept:
    """What the verb's job is told to, and how it ended: `report`, what it `waits` for hours for, or `refused`."""

    recorder: JobRecorder
    report: Report | None = None
    waits: str = ""
    refused: bool = False

    def run(self, order: Order, ctx: OpContext, *, again: bool = False) -> None:
        """Carry the order out. Raises StorageError if it is refused as a whole."""
        try:
            self.report = order.runner(again=again)(ctx)
        except NotYet as pause:
            self.waits = pause.told
        except StorageError:
            self.refused = True
            raise


@dataclass(slots=True)
class Keeper:
    """Begins the journal of a verb's job, and knows whether somebody cut it off."""

    journals: Journals
    console: Console
    _recorder: JobRecorder | None = None
    _cut_off: bool = False

    def stopping(self, number: int) -> None:
        """A signal arrived. Ctrl-C is a cancel; any other end leaves what can be taken up again."""
        self._cut_off = number != signal.SIGINT
        if self._recorder is not None:
            self._recorder.cut_off = self._cut_off

    @contextmanager
    def new(self, title: str, order: Order) -> Iterator[Kept]:
        """A job that begins."""
        with self._kept(self.journals.begin(title, order)) as kept:
            yield kept

    @contextmanager
    def again(self, recorder: JobRecorder) -> Iterator[Kept]:
        """A job that is taken up."""
        with self._kept(recorder) as kept:
            yield kept

    @contextmanager
    def _kept(self, recorder: JobRecorder) -> Iterator[Kept]:
        kept = Kept(recorder)
        self._recorder = recorder
        recorder.cut_off = self._cut_off
        try:
            yield kept
        finally:
            self._recorder = None
            outage = kept.report is not None and kept.report.was_cut_off
            # what it had done before is known to its journal alone
            outage = outage or (kept.refused and recorder.past is not None)
            recorder.finish(keep=outage or bool(kept.waits))
            if recorder.id and kept.waits:
                told = f"{kept.waits} To go on then: tfm jobs resume {recorder.id}"
                self.console.say(told)
            elif recorder.id and (outage or recorder.cut_off):
                self.console.say(f"it was cut off; to go on: tfm jobs resume {recorder.id}")
            elif recorder.id and recorder.left():
                self.console.say(f"something is left; to clear up: tfm jobs discard {recorder.id}")
