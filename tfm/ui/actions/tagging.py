"""Tags: of one object as they are, for a selection what is added or removed, and marks by tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.location import Location
from tfm.model.text import plural, sentence
from tfm.ops.context import OpContext, Report
from tfm.ops.estimate import Choices, Reckoned
from tfm.ops.plan import Picked
from tfm.ops.size import Count
from tfm.ops.tagging import Way, find_tagged, parse_tag, tag
from tfm.storage.object_facets import Pairs, Tags
from tfm.ui.actions.objects import begin, look_at_one
from tfm.ui.actions.reasons import why_missing
from tfm.ui.actions.reckon import confirm_cost, count_for, reckon
from tfm.ui.cost_text import cost_line
from tfm.ui.messages import Answered
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_HINT = "name = value; an empty line is no tag"
_ABOUT = "Each object is asked for its tags first. To remove: a name, or name = value."


def start_tags(app: TfmApp) -> None:
    """Read the tags of a single object, then ask."""
    begun = begin(app, "edit_tags", lambda facets: facets.tags)
    if begun is not None:
        picked, facet = begun
        look_at_one(app, picked, facet.tags, lambda tags: _ask(app, facet, picked, tags))


def _ask(app: TfmApp, facet: Tags, picked: Sequence[Picked], had: Pairs | None) -> None:
    from tfm.ui.dialogs.form import Form, Line

    ways = tuple(way.value for way in Way)
    lines = [] if had is not None else [Line("way", "How", ways[0], "", choices=ways)]
    lines += [Line(f"tag {name}", "Tag", _line(name, value), _HINT) for name, value in had or ()]
    lines.append(Line("tag", "Tag", "", _HINT, more=True))

    def check(values: Mapping[str, str]) -> str:
        try:
            given = tags_in(values, had or ())
        except ValueError as error:
            return str(error)
        if had is None and not given and values["way"] != Way.REPLACE.value:
            return "Type a tag."
        return facet.fault_in(given)

    known: list[Reckoned] = []

    def foot(_values: Mapping[str, str]) -> str:
        return cost_line(known[-1](Choices()) if known else None, app.size.width)

    def counted(_count: Count, reckoned: Reckoned | None) -> None:
        if reckoned is not None and form.is_attached:
            known[:] = [reckoned]
            form.tell_foot()

    def chosen(values: Mapping[str, str] | None) -> None:
        stop()
        if values is None:
            return
        way, given = Way(values.get("way", Way.REPLACE.value)), tags_in(values, had or ())
        if had is not None and tuple(sorted(given)) == had:
            app.say("Nothing was changed.")
            return
        confirm_cost(
            app,
            "Tag",
            known[-1](Choices()) if known else None,
            lambda: submit(
                app,
                f"Tags of {whole(picked)}",
                lambda ctx: tag(ctx, picked, way, given, had),
                picked,
            ),
        )

    about = _ABOUT if had is None else ""
    form = Form(
        f"Tags of {whole(picked)}", lines, accept="Tag", about=about, check=check,
        foot=foot if had is None else None,
    )  # fmt: skip
    stop = count_for(app, picked, counted, reckon(app, "tag", picked))
    app.push_screen(form, chosen)


def _line(name: str, value: str) -> str:
    return f"{name} = {value}"


def tags_in(values: Mapping[str, str], had: Pairs = ()) -> Pairs:
    """The tags that stand in a form; of those it began with (`had`), what was left alone is as it was.

    Raises ValueError.
    """
    before = {_line(*pair).strip(): pair for pair in had}
    given = [
        before.get(text.strip()) or parse_tag(text)
        for name, text in values.items()
        if name.startswith("tag") and text.strip()
    ]
    if len(dict(given)) < len(given):
        raise ValueError("A tag of that name is there twice.")
    return tuple(given)


def start_mark(app: TfmApp) -> None:
    """Say how many requests it takes, then ask which tag."""
    pane = app.session.pane
    picked = [(pane.location(e), e) for e in pane.rows.entries if not e.is_directory]
    if why := why_missing(app, "mark_tag"):
        app.say(sentence(why), "warning")
        return
    if not picked:
        app.say("There are no objects with tags here.", "warning")
        return
    most = app.settings.s3_search_max_objects
    if len(picked) > most:
        told = f"{plural(len(picked), 'object')} are more than may be asked ({most:,})."
        key = app.key_of("filter")
        app.say(f"{told} Filter the pane ({key}), or set S3_SEARCH_MAX_OBJECTS.", "warning")
        return
    from tfm.ui.dialogs.prompt import Prompt

    def typed(wanted: str | None) -> None:
        if wanted is not None:
            _mark(app, picked, wanted)

    def check(text: str) -> str:
        return "" if text.partition("=")[0].strip() else "Type the name of a tag."

    question = f"Name, or name=value (* and ?). Asks {plural(len(picked), 'object')}, each once:"
    app.push_screen(Prompt("Mark by tag", question, check=check), typed)


def _mark(app: TfmApp, picked: Sequence[Picked], wanted: str) -> None:
    pane, view = app.session.pane, app.view
    found: set[Location] = set()

    def mark() -> None:
        changed = pane.mark_where(lambda entry: pane.location(entry) in found, on=True)
        view.marks_changed()
        app.say(f"Marked {plural(changed, 'row')}.")

    def run(ctx: OpContext) -> Report:
        report = find_tagged(ctx, picked, wanted, found.add)
        app.post_message(Answered(mark))
        return report

    app.job_watcher.watch(app.jobs.submit(f"Tags like {wanted}", run, [pane.place]))


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "edit_tags": start_tags,
    "mark_tag": start_mark,
}
