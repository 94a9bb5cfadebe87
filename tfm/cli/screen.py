"""`tfm [LEFT] [RIGHT]`: puts the program together and runs the screen."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.cli.arguments import Choice, ScreenCall, Usage
from tfm.cli.attend import give_up
from tfm.cli.compose import (
    audit_of,
    compose,
    journals_of,
    listings_of,
    load_settings,
    make_manager,
)
from tfm.cli.console import Console
from tfm.cli.follow import log_offered
from tfm.cli.hand_back import Outcome, hand_back
from tfm.cli.log import logging_into, logging_to
from tfm.cli.opening import Opening, given, opening_of
from tfm.cli.places import typed
from tfm.cli.statistics import tell_statistics
from tfm.config.choices import laid_over
from tfm.config.earlier import not_told_yet
from tfm.config.load import Loaded
from tfm.config.places import Places
from tfm.config.settings import Settings
from tfm.config.source import ConfigSource, named_source, usual_source
from tfm.config.state import PaneState as SavedPane
from tfm.config.themes import Themes, ThemeSpec, load_themes
from tfm.external.env import level_of
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Journals
from tfm.model.location import LOCAL, Location, local
from tfm.model.text import safe_text
from tfm.session.logbook import LogBook
from tfm.storage.registry import preload
from tfm.storage.vfs import Vfs

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_log = logging.getLogger("tfm.cli")

_FOR_UPLOADS = 1.0


def run_screen(call: ScreenCall, console: Console) -> int:
    """Run the screen; its exit status. Raises Usage before anything is drawn."""
    with logging_to(call.choice.log, debug=call.choice.debug):
        if call.demo:
            _require_terminal()
            return _run_demo(call, console)
        places = Places.from_environ(os.environ)
        selected = _selected(call.select)
        left = str(selected.parent) if selected else given(call.left)
        right = given(call.right)
        loaded = load_settings(call.choice, places, os.environ, console)
        vfs = compose(loaded.settings, call.choice)
        _require_terminal()
        source = _source(call.choice, loaded, places)
        opening = opening_of(left, right, places, loaded.settings)
        journals = journals_of(places, loaded.settings, call.choice, os.environ)
        choosing = call.chooser_file is not None
        listings = None if call.private else listings_of(places, loaded.settings)
        opening = replace(opening, selected=selected, choosing=choosing, listings=listings)
        if call.private:
            opening = replace(opening, state_file=None, memory_file=None)
        outcome = Outcome()
        stats = call.choice.stats
        code = _run(vfs, loaded, opening, places, console, journals, source, outcome, stats=stats)
        return hand_back(call, code, outcome, console)


def _source(choice: Choice, loaded: Loaded, places: Places) -> ConfigSource | None:
    """The configuration to edit and read again; None with --no-config."""
    if choice.no_config:
        return None
    if choice.config is not None:
        return named_source(choice.config, loaded, places, os.environ)
    return usual_source(loaded, places, os.environ)


def _first_run(source: ConfigSource | None) -> str:
    """Write the configuration if there is none; what a newcomer is told then."""
    try:
        if source is None or not source.prepare():
            return ""
    except OSError as error:  # a home that cannot be written needs no configuration
        _log.warning("No configuration was written: %s", error)
        return ""
    return "Welcome. F1 or ? lists the keys, F9 is the menu, F10 or q quits."


def _require_terminal() -> None:
    """Raises Usage: without a terminal there is nothing to draw on."""
    try:
        if sys.stdin.isatty() and sys.stderr.isatty():
            return
    except (AttributeError, ValueError):
        pass
    raise Usage("The two panes need a terminal. The verbs work without one: tfm --help")


def _selected(text: str) -> Location | None:
    """The place the cursor is to stand on, None if none was named. Raises Usage."""
    if not text:
        return None
    place = typed(text).location
    if place.is_top:
        raise Usage(
            f"{safe_text(text)} lies in no directory: leave --select out and name it as LEFT."
        )
    if place.root == LOCAL:
        if not os.path.lexists(place.key):
            raise Usage(f"There is no {safe_text(text)}.")
        given(str(place.parent))
    return place


def _run_demo(call: ScreenCall, console: Console) -> int:
    from tfm.demo.demo import DemoMissing, running

    choice = Choice(
        no_config=True,
        read_only=call.choice.read_only,
        log=call.choice.log,
        debug=call.choice.debug,
    )
    with contextlib.ExitStack() as stack:
        try:
            demo = stack.enter_context(running())
        except DemoMissing as error:
            raise Usage(str(error)) from error
        except OSError as error:
            raise Usage(f"The demo cannot start: {error.strerror or error}.") from error
        places = Places.from_environ({"HOME": str(demo.folder.parent)})
        loaded = load_settings(choice, places, {}, console)
        vfs = compose(loaded.settings, replace(choice, endpoint_url=demo.endpoint_url))
        opening = Opening(
            SavedPane(str(demo.folder)),
            SavedPane(demo.remote),
            ("left", "right"),
            local(str(demo.folder)),
            read=("left", "right"),
        )
        journals = journals_of(places, loaded.settings, choice, {})
        stats = call.choice.stats
        return _run(vfs, loaded, opening, places, console, journals, stats=stats)


def _run(
    vfs: Vfs,
    loaded: Loaded,
    opening: Opening,
    places: Places,
    console: Console,
    journals: Journals,
    source: ConfigSource | None = None,
    outcome: Outcome | None = None,
    *,
    stats: bool = False,
) -> int:
    from tfm.ui.run import run

    book = LogBook(loaded.settings.max_log_messages)
    with logging_into(book), log_offered(book, Places.from_environ(os.environ)):
        themes = load_themes(places.themes)
        settings = laid_over(loaded.settings, opening.memory.choices, themes.by_name)
        theme, told = themes.find(settings.theme)
        problems = [*loaded.problems, *themes.problems]
        notices = [*(str(each) for each in problems), *loaded.notices, *opening.notices]
        notices += [told] if told else []
        notices += _earlier(loaded, places)
        if level_of(os.environ):
            notices.append("This tfm runs inside another one: leaving it goes back there.")
        if opening.choosing:
            opens, quits = loaded.keymap.key_of("open"), loaded.keymap.key_of("quit")
            notices.append(f"{opens} on a file chooses it, or all marks; {quits} leaves without.")
        for notice in notices:
            _log.warning("%s", notice)
        jobs = make_manager(vfs, settings, journals, audit_of(places, loaded.settings))
        app = _make_app(vfs, jobs, loaded, settings, opening, theme, themes, notices, source, book)
        with _uploads_given_up(vfs, console):
            try:
                code = run(app)
                if outcome is not None:
                    outcome.place, outcome.chosen = app.session.pane.place, app.chosen
            finally:
                for title in app.late_jobs:
                    console.say(f"this job did not end in time: {title}")
                    _log.warning("This job did not end in time: %s", title)
                if stats:
                    tell_statistics(vfs, console)
    return code


def _earlier(loaded: Loaded, places: Places) -> list[str]:
    """What became of options of the earlier program; each is told once."""
    names = not_told_yet(places.told_file, loaded.earlier)
    if len(names) > 1:
        return [f"{len(names)} options of the earlier program changed: see the settings menu."]
    return [f"{name} {loaded.earlier[name]}" for name in names]


def _make_app(
    vfs: Vfs,
    jobs: JobManager,
    loaded: Loaded,
    settings: Settings,
    opening: Opening,
    theme: ThemeSpec,
    themes: Themes,
    notices: list[str],
    source: ConfigSource | None,
    book: LogBook,
) -> TfmApp:
    from tfm.session.recall import Recall
    from tfm.session.session import Side
    from tfm.ui.app import Start, TfmApp
    from tfm.ui.settled import session_of

    recall = Recall(opening.memory, most_visits=settings.max_history_entries)
    session = session_of(opening.state, recall, settings)
    if opening.selected is not None:
        session[Side.LEFT].land_on(_row_of(opening.selected))
    remote = [each for each in (opening.left, opening.right) if each.place.startswith("s3://")]
    start = Start(
        home=opening.home,
        configured=loaded.settings,
        given=frozenset(Side(side) for side in opening.read),
        notices=notices,
        state_file=opening.state_file,
        memory_file=opening.memory_file,
        configuration=source,
        greeting=_first_run(source),
        after_first_paint=(lambda: preload("s3")) if remote else (lambda: None),
        themes=themes.by_name,
        choosing=opening.choosing,
        listings=opening.listings,
        log=book,
    )
    return TfmApp(vfs, jobs, session, settings, loaded.keymap, theme, start, recall=recall)


def _row_of(place: Location) -> tuple[str, bool]:
    """The row that shows a place: its name, and whether it is a directory."""
    if place.root == LOCAL:
        path = Path(place.key)
        return place.name, path.is_dir() and not path.is_symlink()
    return place.name, place.looks_like_directory


@contextlib.contextmanager
def _uploads_given_up(vfs: Vfs, console: Console) -> Iterator[None]:
    """Whatever ends the screen: no unfinished upload stays without being named."""
    try:
        yield
    finally:
        for name in give_up(vfs, _FOR_UPLOADS):
            console.say(f"left unfinished: {name}")
            _log.warning("Left unfinished: %s", name)
        vfs.close()
