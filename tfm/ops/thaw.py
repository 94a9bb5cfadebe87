"""What brings its sources back from the archive first: asks, and goes on once they can be read.

It never waits itself. As long as something is missing it raises `NotYet`, and whoever runs it calls it again later: hours
later, as a rule, so that nobody should hold a thread meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tfm.model.errors import NeedsLogin, NotFound, StorageError, TooLate
from tfm.model.location import Location
from tfm.model.text import plural
from tfm.ops.context import ItemResult, Meter, OpContext, Outcome, Report
from tfm.ops.objects import objects_of
from tfm.ops.plan import Item, Picked

RESTORE_DAYS = 7
"""How long copies can be read that are restored to be copied."""
_GROWS = 1.5


@dataclass(frozen=True, slots=True)
class Thaw:
    """How fast things are brought back, and for how many days they can be read then."""

    speed: str
    days: int = RESTORE_DAYS


class NotYet(Exception):
    """Come back later. `first` and `longest` are the pauses in seconds before the first and later looks; `told` says
    what is waited for.
    """

    def __init__(self, told: str, first: float, longest: float) -> None:
        super().__init__(told)
        self.told = told
        self._first = first
        self._longest = longest

    def seconds(self, looks: int) -> float:
        """How long to wait after so many looks."""
        return min(self._longest, self._first * _GROWS ** min(looks, 20))


class Thawing:
    """Runs `then` once nothing that was picked is archived. One look asks for one thing that is not there yet: as long
    as it is missing, the others need not be asked about.
    """

    def __init__(
        self, picked: Sequence[Picked], thaw: Thaw, then: Callable[[OpContext], Report]
    ) -> None:
        self._picked = picked
        self._thaw = thaw
        self._then = then
        self._waiting: list[Location] | None = None
        self._refused: dict[Location, StorageError] = {}

    def __call__(self, ctx: OpContext) -> Report:
        """Go as far as possible. Raises NotYet, StorageError, Cancelled."""
        if self._waiting is None:
            self._waiting = self._ask(ctx)
        while self._waiting:
            ctx.cancel.check()
            if not self._is_there(ctx, self._waiting[-1]):
                what = plural(len(self._waiting), "object")
                raise NotYet(f"Waits for {what} from the archive.", *self._pauses(ctx))
            self._waiting.pop()
        report = self._then(replace(ctx, on_item=lambda item: ctx.on_item(self._told(item))))
        report.items[:] = [self._told(item) for item in report.items]
        return report

    def _told(self, item: ItemResult) -> ItemResult:
        """What failed because it could not be asked for says that, too."""
        refused = self._refused.get(item.source)
        if refused is None or item.outcome is not Outcome.FAILED:
            return item
        return replace(item, reason=f"{item.reason} It could not be restored: {refused}")

    def _ask(self, ctx: OpContext) -> list[Location]:
        """Ask for everything archived. What may not be asked for is not waited for: the run tells why it fails."""
        plan, whole = objects_of(replace(ctx, meter=Meter()), self._picked)
        if not whole:
            ctx.cancel.check()
        archived = []
        for item in plan.others:
            tiers = ctx.vfs.facets(item.source).tiers
            if tiers is not None and tiers.archived(item.entry):
                archived.append(item)
        asked = ctx.fan_out(lambda item: self._ask_for(ctx, item), archived)
        return [place for place in asked if place is not None]

    def _ask_for(self, ctx: OpContext, item: Item) -> Location | None:
        place = item.source
        tiers = ctx.vfs.facets(place).tiers
        assert tiers is not None
        speed = self._speed_for(ctx, item)
        try:
            ctx.vfs.apply(
                lambda _s: tiers.restore(place, item.entry, self._thaw.days, speed, ctx.cancel),
                place,
                verb="restore",
            )
        except TooLate:  # somebody has asked already
            return place
        except StorageError as error:
            self._refused[place] = error
            return None
        return place

    def _speed_for(self, ctx: OpContext, item: Item) -> str:
        """The one that was chosen, else the usual one where a class does not have it."""
        tiers = ctx.vfs.facets(item.source).tiers
        assert tiers is not None
        if tiers.restorable(item.entry, self._thaw.speed):
            return tiers.speeds[0].name
        return self._thaw.speed

    def _is_there(self, ctx: OpContext, place: Location) -> bool:
        """True if it can be read, or is gone: then the run says so."""
        try:
            entry = ctx.vfs.stat(place, fresh=True)
        except NotFound:
            return True
        except StorageError as error:
            if error.retryable or error.passing or isinstance(error, NeedsLogin):
                raise NotYet(str(error), *self._pauses(ctx)) from error
            raise
        tiers = ctx.vfs.facets(place).tiers
        return tiers is None or not tiers.archived(entry)

    def _pauses(self, ctx: OpContext) -> tuple[float, float]:
        place = self._picked[0][0]
        tiers = ctx.vfs.facets(place).tiers
        return (60.0, 3600.0) if tiers is None else tiers.pauses(self._thaw.speed)
