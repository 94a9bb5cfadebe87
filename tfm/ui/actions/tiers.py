"""Another storage class for a selection, and restores from the archive."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.entry import ObjectDetails
from tfm.model.text import plural
from tfm.ops.estimate import Choices, Estimate, Reckoned
from tfm.ops.objects import change_class, restore
from tfm.ops.plan import Picked
from tfm.ops.size import Count
from tfm.storage.object_facets import Tiers
from tfm.ui.actions.objects import begin
from tfm.ui.actions.reckon import confirm_cost, count_for, reckon
from tfm.ui.cost_text import cost_line
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_MOST_WARNINGS = 4


def start_class(app: TfmApp) -> None:
    """Choose a class; what is known to go wrong is grey, what it costs is asked about."""
    from tfm.ui.dialogs.choose import Choice, Choose

    begun = begin(app, "storage_class", lambda facets: facets.tiers)
    if begun is None:
        return
    picked, facet = begun
    now = _class_of(picked)
    choices = [
        Choice(
            tier.name,
            tier.name,
            f"{tier.title}; its class now" if tier.name == now else tier.title,
            why_not=_against(facet, picked, tier.name),
        )
        for tier in facet.classes
    ]
    at = next((n for n, choice in enumerate(choices) if choice.value == now), 0)

    def chosen(wanted: str | None) -> None:
        if wanted is None:
            return
        if wanted == now:
            app.say(f"Nothing was changed: {wanted} is its class now.")
            return
        told = warnings(facet, picked, wanted, time.time_ns())
        if not told and len(picked) == 1 and not picked[0][1].is_directory:
            start(wanted)
            return
        from tfm.ui.dialogs.estimate import EstimateDialog

        def decided(yes: bool | None) -> None:
            stop()
            if yes:
                confirm_cost(app, "Change", dialog.estimate, lambda: start(wanted))

        dialog = EstimateDialog(
            "Storage class",
            f"{whole(picked)} to {wanted}:",
            "Change",
            told,
            lambda estimate: in_words(estimate.warned),
        )
        stop = count_for(app, picked, dialog.count, reckon(app, "class", picked, tier=wanted))
        app.push_screen(dialog, decided)

    def start(wanted: str) -> None:
        title = f"{whole(picked)} to {wanted}"
        submit(app, title, lambda ctx: change_class(ctx, picked, wanted), picked)

    app.push_screen(Choose(f"Storage class of {whole(picked)}", choices, at=at), chosen)


def _class_of(picked: Sequence[Picked]) -> str:
    """The class of the one object that is meant; empty for several, and for a directory."""
    details = picked[0][1].details if len(picked) == 1 else None
    return details.storage_class if isinstance(details, ObjectDetails) else ""


def _against(facet: Tiers, picked: Sequence[Picked], wanted: str) -> str:
    """The reason, if all of them have one; a directory is looked into by the job."""
    reasons = [facet.fault(place, entry, wanted) for place, entry in picked]
    return reasons[0] if all(reasons) else ""


def warnings(facet: Tiers, picked: Sequence[Picked], wanted: str, now_ns: int) -> list[str]:
    """What it costs, each thing with how many it is of; directories are counted later."""
    counted: Counter[str] = Counter()
    for _, entry in picked:
        if not entry.is_directory:
            counted.update(filter(None, facet.warning(entry, wanted, now_ns).split("; ")))
    return in_words(counted.most_common())


def in_words(warned: Sequence[tuple[str, int]]) -> list[str]:
    """A line for each thing that is warned of; of too many the first."""
    told: list[str] = [f"{plural(count, 'item')}: {text}." for text, count in warned]
    if len(told) > _MOST_WARNINGS:
        told[_MOST_WARNINGS:] = [f"and {len(told) - _MOST_WARNINGS} more of the kind."]
    return told


def start_restore(app: TfmApp) -> None:
    """Ask how long and how fast."""
    from tfm.ui.dialogs.form import Form, Line

    begun = begin(app, "restore", lambda facets: facets.tiers)
    if begun is None:
        return
    picked, facet = begun
    speeds = tuple(speed.name for speed in facet.speeds)

    def why_none(speed: str) -> str:
        """Why nothing of it can be restored so; empty if something may be."""
        reasons = [
            "" if entry.is_directory else facet.restorable(entry, speed) for _, entry in picked
        ]
        return reasons[0] if all(reasons) else ""

    if all(map(why_none, speeds)):
        app.say(f"{whole(picked)}: {why_none(speeds[0])}.", "warning")
        return
    told = "; ".join(f"{speed.name}: {speed.title}" for speed in facet.speeds)
    lines = (
        Line("days", "Readable for days", "7", "Then it is only in the archive again."),
        Line("speed", "How fast", speeds[0], "", choices=speeds),
    )

    def check(values: Mapping[str, str]) -> str:
        days = values["days"].strip()
        if not days.isdecimal() or not 1 <= int(days) <= 30_000:
            return "Days: a number from 1."
        return why_none(values["speed"])

    known: list[Reckoned] = []

    def estimate(values: Mapping[str, str]) -> Estimate | None:
        days = values["days"].strip()
        if not known or not days.isdecimal():
            return None
        return known[-1](Choices(speed=values["speed"], days=int(days)))

    def foot(values: Mapping[str, str]) -> str:
        return cost_line(estimate(values), app.size.width)

    def counted(_count: Count, reckoned: Reckoned | None) -> None:
        if reckoned is not None and form.is_attached:
            known[:] = [reckoned]
            form.tell_foot()

    def chosen(values: Mapping[str, str] | None) -> None:
        stop()
        if values is not None:
            confirm_cost(app, "Restore", estimate(values), lambda: start(values))

    def start(values: Mapping[str, str]) -> None:
        days, speed = int(values["days"]), values["speed"]
        title = f"Restore {whole(picked)}"
        submit(app, title, lambda ctx: restore(ctx, picked, days, speed), picked)

    form = Form(
        f"Restore {whole(picked)}", lines, accept="Restore", about=told, check=check, foot=foot
    )
    stop = count_for(app, picked, counted, reckon(app, "restore", picked))
    app.push_screen(form, chosen)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "storage_class": start_class,
    "restore": start_restore,
}
