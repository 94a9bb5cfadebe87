"""Settings of containers: looked at one by one, and written with proof."""

from __future__ import annotations

from dataclasses import dataclass

from tfm.model.cancel import CancelToken
from tfm.model.change import NOTHING
from tfm.model.errors import (
    Cancelled,
    Denied,
    NeedsLogin,
    NotFound,
    Offline,
    StorageError,
    Unsupported,
)
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.storage.bucket_facets import Setting, Settings, SettingValue
from tfm.storage.vfs import Vfs

SO_ALREADY = "it is so already"


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one look: the value, or the reason why there is none.

    `fatal` where all others would end the same way: no login, no server, no such container.
    """

    setting: Setting
    value: SettingValue | None = None
    error: StorageError | None = None

    @property
    def reason(self) -> str:
        """Why it is not known, in a few words; empty if it is."""
        error = self.error
        if error is None:
            return ""
        if isinstance(error, Unsupported):
            return "this server has no such setting"
        if isinstance(error, Denied):
            return f"may not be read. {error.hint}".strip()
        return str(error)

    @property
    def fatal(self) -> bool:
        """Whether nothing else needs to be asked."""
        return isinstance(self.error, NeedsLogin | Offline | NotFound)


def settings_of(vfs: Vfs, place: Location) -> Settings:
    """The facet for the container of a place. Raises Unsupported where there is none."""
    facet = vfs.facets(place).settings
    why = "it has no settings" if facet is None else facet.why_none(place)
    if facet is None or why:
        raise Unsupported(f"{safe_text(str(place))}: {why}.", place=place, verb="look at")
    return facet


def look(vfs: Vfs, place: Location, setting: Setting, cancel: CancelToken) -> Looked:
    """Ask for one setting; whatever fails is told in its place."""
    try:
        facet = settings_of(vfs, place)
        return Looked(setting, facet.read(place, setting.name, cancel))
    except StorageError as error:
        return Looked(setting, error=error)


def write_setting(ctx: OpContext, place: Location, name: str, text: str, expected: str) -> Report:
    """Set it, or take it away with an empty `text`, if it still is `expected`; read back before it is done."""
    report = Report("set")
    ctx.meter.plan(1, 0)
    ctx.meter.planned()
    ctx.meter.start(place)
    try:
        facet = settings_of(ctx.vfs, place)
        changed = ctx.vfs.apply(
            lambda _s: facet.write(place, name, text, expected, ctx.cancel), place, verb="set"
        )
    except Cancelled:
        result = ItemResult(place, None, Outcome.CANCELLED)
    except StorageError as error:
        result = ItemResult(place, None, Outcome.FAILED, reason=str(error), error=error)
    else:
        same = changed == NOTHING
        outcome = Outcome.SKIPPED if same else Outcome.DONE
        result = ItemResult(place, None, outcome, reason=SO_ALREADY if same else "")
    # also where it failed: the server may have taken it
    ctx.vfs.forget_keeping(place)
    ctx.end(report, result)
    return report
