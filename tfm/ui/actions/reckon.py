"""Counting for open dialogs: how much it is, and what the job would cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.past import now
from tfm.ops.context import OpContext
from tfm.ops.estimate import Estimate, Estimator, Reckoned, Work, end_at
from tfm.ops.plan import Picked
from tfm.ops.size import Count, count
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


Show = Callable[[Count, Reckoned | None], None]
"""Called, on the event loop, as more is known."""


def has_costs(app: TfmApp, *places: Location) -> bool:
    """True if something is known about costs at one of the places; never any I/O."""
    return any(app.vfs.known_facets(now(place)).costs is not None for place in places)


Reckon = Callable[[OpContext], Estimator]


def reckon(
    app: TfmApp,
    work: Work,
    picked: Sequence[Picked],
    target: Location | None = None,
    *,
    tier: str = "",
) -> Reckon | None:
    """What makes the estimator of a job, on a worker; None where there is nothing to reckon with."""
    source = picked[0][0]
    places = (source,) if target is None else (source, target)
    if not has_costs(app, *places):
        return None
    pace = None if target is None else app.jobs.pace(source.root, target.root)
    walks = any(entry.is_directory for _, entry in picked)

    def make(ctx: OpContext) -> Estimator:
        if work == "class" and ctx.vfs.known_keeping(source) is None:
            ctx.vfs.keeping(source)  # whether what was there stays, and is paid for, hangs on it
        return Estimator(
            work,
            end_at(ctx, source),
            None if target is None else end_at(ctx, target),
            now_ns=time.time_ns(),
            tier=tier,
            pace=pace,
            walks=walks,
        )

    return make


def count_for(
    app: TfmApp, picked: Sequence[Picked], show: Show, reckon: Reckon | None = None
) -> Callable[[], None]:
    """Count in the background for an open dialog; returns the way to stop."""
    if not any(entry.is_directory for _, entry in picked):
        sizes = sum(entry.size or 0 for _, entry in picked)
        known = Count(len(picked), 0, sizes, 0, complete=True)
        app.call_later(show, known, None)
        if reckon is None:
            return lambda: None

    def work(cancel: CancelToken) -> None:
        ctx = OpContext(app.vfs, cancel=cancel)
        estimator: Estimator | None = None
        if reckon is not None:
            try:
                estimator = reckon(ctx)
            except StorageError:  # the counts are still of use; the job itself says what is wrong
                estimator = None

        def tell(so_far: Count) -> None:
            told = None if estimator is None else estimator.reckoned(complete=so_far.complete)
            app.post_message(Answered(lambda: show(so_far, told)))

        count(ctx, picked, tell, seen=None if estimator is None else estimator.add)

    return app.bridge.ask(work, lambda _none: None).cancel


def over_threshold(app: TfmApp, estimate: Estimate | None) -> bool:
    """True if the configuration wants a question of its own before something so expensive, or that may yet turn out
    so: what is not counted to its end has no upper bound.
    """
    most = app.settings.confirm_cost
    if estimate is None or not most:
        return False
    grows = not estimate.complete and (estimate.currency or not estimate.requests)
    return most < estimate.total or bool(grows)


def confirm_cost(
    app: TfmApp, title: str, estimate: Estimate | None, start: Callable[[], None]
) -> None:
    """Start at once, or after a question if the estimate is above CONFIRM_COST or still grows."""
    if estimate is None or not over_threshold(app, estimate):
        start()
        return
    from tfm.ui.dialogs.confirm import Confirm

    first, *charges = estimate.lines()
    lines = (first, *(f"  {charge}" for charge in charges), estimate.remark)
    confirm = Confirm(f"{title}: what it costs", lines, title)
    app.push_screen(confirm, lambda yes: start() if yes else None)
