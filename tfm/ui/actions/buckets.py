"""Settings of buckets: shown in words, edited in forms or as JSON, sent after a look at what changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.difference import difference
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.past import now
from tfm.model.text import safe_text, sentence
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.settings import Looked, look, write_setting
from tfm.storage.bucket_facets import NEW_PART, Field, Setting, Settings
from tfm.ui.in_editor import edit_text
from tfm.ui.messages import Answered
from tfm.ui.selection import why_read_only

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.bucket_settings import PartChosen
    from tfm.ui.dialogs.form import Line

ONLY_BUCKETS = "only buckets have settings"
QUESTIONS = {
    "Set": "Write this change? It is read back afterwards.",
    "Remove": "Remove the whole setting? It is read back afterwards.",
}
_ASKERS = 3
"""How many settings are asked for at the same time."""


def bucket_here(app: TfmApp) -> Location | None:
    """The bucket at the cursor, or the one that the pane is in."""
    pane = app.session.pane
    place = now(pane.place)
    if place.root.style is not Style.KEY:
        return None
    if place.container:
        return Location(place.root, f"{place.container}/")
    entry = pane.current
    if entry is None:
        return None
    found = now(pane.location(entry)).as_directory()
    return found if found.is_container else None


def why_no_settings(app: TfmApp) -> str:
    """The reason in a few words, as far as it is known; never any I/O."""
    if app.session.pane.place.root.style is not Style.KEY:
        return ONLY_BUCKETS
    place = bucket_here(app)
    if place is None:
        return "put the cursor on a bucket"
    facet = app.vfs.known_facets(place).settings
    return ONLY_BUCKETS if facet is None else facet.why_none(place)


def bucket_settings(app: TfmApp) -> None:
    """All that is set for a bucket; each row comes when it comes."""
    place, why = bucket_here(app), why_no_settings(app)
    facet = None if place is None else app.vfs.known_facets(place).settings
    if why or place is None or facet is None:
        app.say(sentence(why), "warning")
        return
    _Visit(app, place, facet).begin()


class _Visit:
    """One bucket on the screen, until its list is closed; what is being written goes on then."""

    def __init__(self, app: TfmApp, place: Location, facet: Settings) -> None:
        from tfm.ui.dialogs.bucket_settings import BucketSettings

        self._app = app
        self._place = place
        self._facet = facet
        self._name = safe_text(place.container)
        self._stops: list[Callable[[], None]] = []
        self._dialog = BucketSettings(f"Settings of {self._name}", facet.settings, self._act)

    def begin(self) -> None:
        """Open the list and ask for everything in it."""
        self._app.push_screen(self._dialog, lambda _none: self._end())
        rows = list(self._facet.settings)
        over: list[StorageError] = []
        for first in range(_ASKERS):
            self._ask(rows[first::_ASKERS], over)

    def _end(self) -> None:
        for stop in self._stops:
            stop()

    def _ask(self, rows: Sequence[Setting], over: list[StorageError]) -> None:
        """Ask for some of them, one after the other; `over` gets what makes all others fail as well."""
        app, place = self._app, self._place

        def work(cancel: CancelToken) -> None:
            for row in rows:
                cancel.check()
                found = Looked(row, error=over[0]) if over else look(app.vfs, place, row, cancel)
                if found.fatal and found.error is not None:
                    over.append(found.error)
                app.post_message(Answered(lambda found=found: self._arrived(found)))  # type: ignore[misc]

        self._stops.append(app.bridge.ask(work, lambda _none: None, aside=True).cancel)

    def _arrived(self, found: Looked) -> None:
        if self._dialog.is_attached:
            self._dialog.looked(found)

    # -- what was pressed --------------------------------------------------------------------------

    def _act(self, button: str, setting: Setting) -> None:
        if button == "again":
            self._read_again(setting)
            return
        known = self._dialog.of(setting)
        if known is None or known.value is None:
            return
        text = known.value.text
        if button == "show":
            self._show(setting, text)
        elif why := why_read_only(self._app):
            self._dialog.tell(why)
        elif button == "remove":
            self._confirm(setting, text, "")
        elif button == "edit" and setting.form:
            self._form(setting, text)
        elif button == "edit" and setting.part:
            self._parts(setting, text, text)
        else:
            example = setting.example.replace("CONTAINER", self._place.container)
            given = text or example or "{}\n"
            self._in_editor(setting, text, given, unchanged=given)

    def _read_again(self, setting: Setting) -> None:
        self._dialog.busy(setting, "…")
        self._ask([setting], [])

    def _show(self, setting: Setting, text: str) -> None:
        from tfm.ui.dialogs.lines import LinesDialog

        self._app.push_screen(LinesDialog(f"{setting.title} of {self._name}", text.splitlines()))

    # -- editing -----------------------------------------------------------------------------------

    def _form(self, setting: Setting, text: str) -> None:
        fields = self._facet.form(setting.name, text)
        self._fill(setting, text, fields, None, lambda made: self._confirm(setting, text, made))

    def _fill(
        self,
        setting: Setting,
        text: str,
        fields: Sequence[Field],
        part: int | None,
        then: Callable[[str], None],
    ) -> None:
        from tfm.ui.dialogs.form import Form

        name = setting.name

        def check(values: Mapping[str, str]) -> str:
            try:
                made = self._facet.filled(name, text, values, part)
            except ValueError as error:
                return str(error)
            return self._facet.fault_in(name, made) if made or setting.removable else ""

        def chosen(values: Mapping[str, str] | None) -> None:
            if values is not None:
                then(self._facet.filled(name, text, values, part))

        title = f"{setting.title} of {self._name}"
        form = Form(title, form_lines(fields), accept="Next", check=check)
        self._app.push_screen(form, chosen)

    def _parts(self, setting: Setting, before: str, text: str) -> None:
        """One part after the other is edited; each is sent by itself."""
        from tfm.ui.dialogs.bucket_settings import Parts

        facet, name = self._facet, setting.name

        def chosen(what: PartChosen | None) -> None:
            if what is None:
                return
            button, part = what
            if button == "remove":
                self._confirm(setting, before, facet.without(name, text, part))
                return
            at = NEW_PART if button == "add" else part
            fields = facet.form(name, text, at)
            self._fill(setting, text, fields, at, lambda made: self._confirm(setting, before, made))

        title = f"{setting.title} of {self._name}"
        self._app.push_screen(
            Parts(title, setting.part, facet.parts(name, text), self._app.size.width), chosen
        )

    def _in_editor(
        self, setting: Setting, before: str, text: str, unchanged: str | None = None
    ) -> None:
        """Whoever leaves the editor without a change does not want one, not even what was given."""

        def saved(edited: str) -> None:
            if edited == unchanged:
                self._dialog.tell("Nothing was changed.", good=True)
                return
            self._app.bridge.ask(
                lambda _cancel: self._facet.fault_in(setting.name, edited),
                lambda fault: self._judge(setting, before, edited, fault),
                lambda error: self._judge(setting, before, edited, str(error)),
            )

        name = f"{self._place.container}-{setting.name}.json".replace("/", "_").replace(":", "_")
        edit_text(self._app, name, text, saved)

    def _judge(self, setting: Setting, before: str, edited: str, fault: str) -> None:
        """What was typed is not lost: with a fault in it, it is edited again or thrown away."""
        if edited.strip() in ("", "{}") and not before:
            self._dialog.tell("Nothing was changed.", good=True)
        elif fault:
            from tfm.ui.dialogs.confirm import Confirm

            def again(yes: bool | None) -> None:
                if yes:
                    self._in_editor(setting, before, edited)

            title = f"{setting.title}: that cannot be sent"
            self._app.push_screen(Confirm(title, [fault], "Edit again", eager=True), again)
        else:
            self._confirm(setting, before, edited)

    # -- sending -----------------------------------------------------------------------------------

    def _confirm(self, setting: Setting, before: str, after: str) -> None:
        from tfm.ui.dialogs.lines import LinesDialog

        empty = not after.strip() or after.strip() == "{}"
        after = "" if empty else after
        lines = difference(before, after)
        if not lines:
            self._dialog.tell("Nothing was changed.", good=True)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(setting, before, after)

        verb = "Remove" if empty else "Set"
        dialog = LinesDialog(
            f"{verb} {_called(setting)} of {self._name}",
            lines,
            told=QUESTIONS[verb],
            warnings=self._facet.warnings(setting.name, before, after),
            yes=verb,
            signs=True,
        )
        self._app.push_screen(dialog, answered)

    def _send(self, setting: Setting, before: str, after: str) -> None:
        app, place = self._app, self._place

        def run(ctx: OpContext) -> Report:
            report = write_setting(ctx, place, setting.name, after, before)
            app.post_message(Answered(lambda: self._sent(setting, report)))
            return report

        self._dialog.busy(setting, "is written …")
        app.job_watcher.watch(app.jobs.submit(f"{setting.title} of {self._name}", run, [place]))

    def _sent(self, setting: Setting, report: Report) -> None:
        from tfm.ui.dialogs.confirm import Notice

        ended = report.items[0]
        if ended.outcome is Outcome.FAILED:
            self._app.push_screen(Notice(setting.title, [ended.reason]))
        if not self._dialog.is_attached:
            return
        if words := _ENDS.get(ended.outcome):
            self._dialog.tell(f"{setting.title}: {words}.", good=True)
        self._read_again(setting)


_ENDS = {
    Outcome.DONE: "written, and read back",
    Outcome.SKIPPED: "it was so already",
    Outcome.CANCELLED: "cancelled; this is what is there now",
}


def _called(setting: Setting) -> str:
    title = setting.title
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def form_lines(fields: Sequence[Field]) -> list[Line]:
    """Fields of a setting as lines of a form."""
    from tfm.ui.dialogs.form import Line

    return [
        Line(field.id, field.label, field.value, field.hint, field.choices, field.more)
        for field in fields
    ]


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"bucket_settings": bucket_settings}
