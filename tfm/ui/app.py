"""The application: receives its services, owns the session, and hands keys to actions."""

from __future__ import annotations

import logging
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.filter import NoColor
from textual.screen import Screen

from tfm.config.actions import Action
from tfm.config.keymap import Keymap
from tfm.config.settings import Settings
from tfm.config.source import ConfigSource
from tfm.config.themes import ThemeSpec
from tfm.jobs.manager import JobManager
from tfm.model.errors import Denied
from tfm.model.location import LOCAL, Location
from tfm.model.text import sentence
from tfm.ops.order import Order
from tfm.session.logbook import LogBook
from tfm.session.pane import PaneState
from tfm.session.recall import Recall
from tfm.session.session import Session, Side
from tfm.session.sizes import DirectorySizes
from tfm.session.usages import Usages
from tfm.storage.listing_store import ListingStore
from tfm.storage.vfs import Vfs
from tfm.ui.actions.look import apply_quick_view
from tfm.ui.actions.menus import context_menu_at
from tfm.ui.actions.paying import asked_to_pay
from tfm.ui.actions.reasons import why_frozen, why_not, why_unchecked
from tfm.ui.actions.table import HANDLERS
from tfm.ui.actions.tabs import paint_tabs, show_tab
from tfm.ui.ahead import TypedAhead
from tfm.ui.ascii import driver_for
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.chosen import widen
from tfm.ui.codes import CodeQuestions
from tfm.ui.earlier import EarlierRows
from tfm.ui.glances import Glances
from tfm.ui.jobs import JobWatcher
from tfm.ui.keeper import Keeper
from tfm.ui.keys import KeyReader, TakesKeys
from tfm.ui.lent import LentCopies
from tfm.ui.messages import (
    Answered,
    CountGrew,
    JobMoved,
    LoadEnded,
    PlaceOpened,
    PlacesChanged,
    RowsArranged,
    RowsArrived,
    RowsRecalled,
)
from tfm.ui.navigator import Navigator
from tfm.ui.outside import Outside
from tfm.ui.pane.look import PaneLook
from tfm.ui.pane.pane import PaneView
from tfm.ui.pane.rail import Rail
from tfm.ui.panels.fkeys import FKeyBar
from tfm.ui.panels.log import LogPane
from tfm.ui.panels.status import Level, StatusLine
from tfm.ui.panels.which_key import WhichKey
from tfm.ui.read_ahead import ReadAhead
from tfm.ui.recovery import Recovery
from tfm.ui.screen import PanesScreen
from tfm.ui.settled import look_of, state_of
from tfm.ui.space import RoomLeft
from tfm.ui.suspend import Handover
from tfm.ui.theming import Dressed, palette_of, textual_theme
from tfm.ui.title import Title
from tfm.ui.viewers.look import Look

if TYPE_CHECKING:
    from tfm.ui.panels.quick import QuickView

_log = logging.getLogger("tfm.ui")

_LOGGED = {"good": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

JOBS_END_WITHIN = 3.0

# Small local directories are read by then: the screen is sent once, not empty and again.
FIRST_PAINT_AFTER = 0.05


@dataclass(frozen=True, slots=True)
class Start:
    """How to begin: remote places in `given` are read at once, others when they are asked for.

    `configured` are the settings without what was chosen over them, None where nothing was. `home` is where `d` leads first; `configuration` is None where there is none to edit; `notices`
    are told in the status line, `greeting` if there are none; `after_first_paint` runs on a worker
    thread (the place to import what is slow); `themes` are those to choose from; `log` holds what was
    logged; `listings` keeps what panes showed for the next start, None where nothing is kept. With
    `choosing` Enter on a file ends the program, and `app.chosen` holds what was chosen.
    """

    home: Location
    configured: Settings | None = None
    given: frozenset[Side] = frozenset()
    notices: Sequence[str] = ()
    greeting: str = ""
    state_file: Path | None = None
    configuration: ConfigSource | None = None
    memory_file: Path | None = None
    after_first_paint: Callable[[], None] = lambda: None
    themes: Mapping[str, ThemeSpec] = field(default_factory=dict)
    choosing: bool = False
    listings: ListingStore | None = None
    log: LogBook = field(default_factory=lambda: LogBook(1000))


_NEVER_TYPED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Of what is pasted: a field would send them to the terminal, and nobody sees them in a name."""


class TfmApp(App[None], inherit_bindings=False):
    """Two panes; every service is handed in."""

    CSS_PATH = "app.tcss"
    TITLE = "tfm"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        vfs: Vfs,
        jobs: JobManager,
        session: Session,
        settings: Settings,
        keymap: Keymap,
        theme: ThemeSpec,
        start: Start,
        *,
        look: PaneLook | None = None,
        recall: Recall | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(driver_class=driver_for(settings.ascii))
        self.vfs = vfs
        self.jobs = jobs
        self.session = session
        self.settings = settings
        self.configured = start.configured or settings
        self.keymap = keymap
        self.start = start
        self.configuration = start.configuration
        self.died_of: signal.Signals | None = None
        self.failed = False
        self.late_jobs: list[str] = []
        self.animation_level = "none"
        self._clock = clock
        self._keys = KeyReader(keymap)
        self._ahead = TypedAhead(self._pane_with_floor, self._deliver, self, clock)
        self._leave: list[Callable[[], None]] = []
        if self.no_color:  # Textual would turn colours into greys, which are colours as well
            self._filters[:] = [NoColor()]
        self.worn = theme
        self.register_theme(textual_theme(theme, colours=not self.no_color))
        self.theme = theme.name
        self.palette = palette_of(theme, colours=not self.no_color)
        self.look = look or look_of(settings)
        self.views = {
            side: PaneView(
                side,
                session[side],
                self.look,
                self.palette,
                active=side is session.active,
                key_of=self.key_of,
            )
            for side in Side
        }
        self.status = StatusLine(self.palette)
        self.fkeys = FKeyBar(keymap, self.palette)
        self.which_key = WhichKey(self.palette)
        self.log_pane = LogPane(start.log, settings.default_log_height_ratio, self.look.zone)
        self.bridge = Bridge(vfs, self.post_message, clock)
        self.recall = recall or Recall(most_visits=settings.max_history_entries)
        self.keeper = Keeper(
            self,
            self.recall,
            lambda: state_of(session),
            memory_file=start.memory_file,
            state_file=start.state_file,
        )
        self.earlier = EarlierRows(start.listings, vfs, self.post_message, self)
        self.navigator = Navigator(
            session,
            vfs,
            self.bridge,
            self,
            watch=settings.file_monitoring_enabled,
            earlier=self.earlier,
            recall=self.recall,
            clock=clock,
        )
        self.navigator.views = self.views
        self.read_ahead = ReadAhead(
            self, settings.s3_read_ahead, settings.s3_read_ahead_most, clock
        )
        self.bridge.wanted = self.read_ahead.wanted
        self.room_left = RoomLeft(session, vfs, self.bridge, self.views, clock)
        self.glances = Glances(session, vfs, self.bridge, self.views)
        self.job_watcher = JobWatcher(self)
        self.recovery = None if jobs.journals is None else Recovery(self, jobs.journals)
        self.handover = Handover(self)
        self.viewer_look = Look()
        self.quick: QuickView | None = None
        self.sizes = DirectorySizes()
        self.usages = Usages()
        self.counting: Pending | None = None
        for view in self.views.values():
            view.list.size_of = self.sizes.text
            view.moved = self._moved
            view.chosen = self.recall.columns_of
        self.codes = CodeQuestions(self)
        vfs.codes.asked_by(self.codes.ask)
        self.lent = LentCopies(self)
        self.outside = Outside(self)
        self.title_line = Title(self, settings.terminal_title)
        self.chosen: tuple[Location, ...] = ()
        self.any_key = False
        self.last_rename: tuple[int, Order] | None = None
        self.stop_look: Callable[[], None] | None = None
        self.recent_actions: Sequence[str] = ()

    # -- life --------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """The panes."""
        under = (self.log_pane, self.status, self.fkeys, self.which_key)
        return PanesScreen(self.views, under, self.key_pressed)

    def compose(self) -> ComposeResult:
        """Everything is on the screen of the panes."""
        return iter(())

    def on_mount(self) -> None:
        """Listen, and read the panes that may be read."""
        self.vfs.forbid_this_thread()
        self._leave.append(self.vfs.subscribe(self.bridge.changed))
        self._leave.append(self.jobs.subscribe(self.bridge.job_moved))
        self._handle_signals()
        self.apply_ratio()
        self.log_pane.show(self.settings.show_log)
        paint_tabs(self, *Side)
        self.delay_update(FIRST_PAINT_AFTER)
        for side in Side:
            if self.session[side].place.root == LOCAL or side in self.start.given:
                self.navigator.reload(side)
            else:
                self.navigator.look_back(side)
        if self.start.notices:
            first, *more = self.start.notices
            rest = f" And {len(more)} more: see the settings menu." if more else ""
            self.say(f"{first}{rest}", "warning")
        elif self.start.greeting:
            self.say(self.start.greeting)
        self.call_after_refresh(self._painted_first)

    def _painted_first(self) -> None:
        self.bridge.ask(lambda _cancel: self.start.after_first_paint(), lambda _none: None)
        if self.recovery is not None:
            self.recovery.at_start()
        else:
            self.lent.at_start()

    def _handle_signals(self) -> None:
        """End in good order on SIGTERM, SIGHUP and SIGINT; where signals cannot be had, do without."""
        import asyncio

        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            try:
                asyncio.get_running_loop().add_signal_handler(number, self.die, number)
            except (NotImplementedError, RuntimeError, ValueError):  # not the main thread
                return

    def die(self, number: signal.Signals) -> None:
        """A signal ends the program: no question, state saved, terminal restored."""
        self.died_of = signal.Signals(number)
        self.leave(128 + number)

    def _handle_exception(self, error: Exception) -> None:
        """The last resort: a fault of ours ends the program with one line, the rest in the log."""
        _log.error("The screen failed", exc_info=error)
        self.failed = True
        super()._handle_exception(error)
        told = f"tfm had to stop: a fault of its own ({type(error).__name__})."
        self._exit_renderables[:] = [Text(f"{told} Run it with --log FILE to see the details.")]

    def leave(self, return_code: int = 0) -> None:
        """Stop everything and exit; jobs get a moment to clean up behind them."""
        for way_out in self._leave:
            way_out()
        self._leave.clear()
        self.title_line.end()
        self.outside.close()
        self.navigator.close()
        self.read_ahead.close()
        self.codes.close()
        self.bridge.close()
        for pane in self.session.panes.values():
            self.recall.leave(pane)
        self.keeper.close()
        self.earlier.close()
        self.exit(return_code=return_code)

    # -- what actions use --------------------------------------------------------------------------

    @property
    def view(self) -> PaneView:
        """The active pane on the screen."""
        return self.views[self.session.active]

    def say(self, text: str, level: Level = "plain") -> None:
        """Show a message in the status line until the next key; what matters stays in the log."""
        if level != "plain":
            _log.log(_LOGGED[level], "%s", text)
        self.status.say(text, level)

    def activate(self, side: Side) -> None:
        """Make a pane the active one; one that was not read yet is read now."""
        self.session.active = side
        self.title_line.follow()
        for each, view in self.views.items():
            view.set_active(each is side)
        self.follow_fkeys()
        if self.quick is not None or self.session.single:
            self.apply_ratio()
        pane = self.session[side]
        if pane.taken_at is None and pane.error is None and pane.generation == 0:
            self.navigator.reload(side)
            self.views[side].repaint()

    def wear(self, theme: ThemeSpec) -> None:
        """Show everything in the colours of another theme."""
        self.worn = theme
        self.palette = palette_of(theme, colours=not self.no_color)
        self.register_theme(textual_theme(theme, colours=not self.no_color))
        self.theme = theme.name
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                if isinstance(widget, Dressed):
                    widget.dress(self.palette)

    def key_of(self, action: str) -> str:
        """What a text calls the way to an action, by the keys of now."""
        return self.keymap.key_of(action)

    def take_keymap(self, keymap: Keymap) -> None:
        """Other keys from now on."""
        self.forget_keys()
        self.keymap = self._keys.keymap = keymap
        self.fkeys.keymap = keymap
        self.follow_fkeys()

    def _moved(self) -> None:
        """The cursor, the marks or the rows of a pane are others."""
        self.follow_fkeys()
        for side in Side:
            self.glances.follow(side)
        self.read_ahead.moved()
        if self.quick is not None:
            self.quick.follow()

    def follow_fkeys(self) -> None:
        """Show on the bar what the keys do here, and which of them can do nothing."""
        marked = self.session.pane.marked_count > 0
        self.fkeys.follow(lambda action: not why_not(self, action), marked=marked)

    def take_look(self, look: PaneLook) -> None:
        """Show rows another way, in both panes."""
        self.look = look
        for view in self.views.values():
            view.take_look(look)

    def apply_ratio(self) -> None:
        """Divide the width between the panes, or between the active one and the quick view."""
        alone = self.session.single or self.quick is not None
        for side, view in self.views.items():
            view.display = not alone or side is self.session.active
        share = round(self.session.ratio * 100)
        self.views[Side.LEFT].styles.width = f"{share}fr"
        self.views[Side.RIGHT].styles.width = f"{100 - share}fr"
        for view in self.views.values():
            # Textual tells nobody of a new size if a region is asked for before the layout.
            view.call_after_refresh(view.relayout)
        apply_quick_view(self)

    def key_pressed(self, key: str) -> None:
        """A key while the panes have the floor."""
        self.any_key = True
        self.codes.pressed()
        self.status.key_pressed()
        marked = self.session.pane.marked_count > 0
        pressed = self._keys.read(key, self._clock(), marked=marked)
        self.which_key.follow(self.keymap, self._keys.prefix)
        if isinstance(pressed, Action):
            self.run_action_of(pressed)
            self.follow_fkeys()
            self.keeper.later()
        elif pressed.told:
            self.say(pressed.told, "warning")
        elif not self._keys.prefix:
            self.outside.key_pressed(key)

    def forget_keys(self) -> None:
        """Something else has the floor: a chord that was begun ends."""
        if self._keys.prefix:
            self._keys.forget()
            self.which_key.follow(self.keymap, "")

    def run_action_id(self, name: str) -> None:
        """Do what the action of that name does."""
        handler = HANDLERS.get(name)
        if why := why_frozen(self, name):
            self.say(sentence(why), "warning")
        elif why := why_unchecked(self, name):
            self.say(f"Not yet: {why}.", "warning")
        elif handler is not None:
            handler(self)

    def run_action_of(self, action: Action) -> None:
        """Do it, or say that it comes later."""
        if action.available:
            self.run_action_id(action.id)
        else:
            self.say(action.not_yet, "warning")

    async def on_event(self, event: events.Event) -> None:
        """Hand keys to the screen at once: none overtakes another, none is lost."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            top = self.screen_stack[-1] if self.screen_stack else None
            if isinstance(top, TakesKeys):
                if isinstance(event, events.Key):
                    self._ahead.take(event)
                else:
                    top.take_paste(_NEVER_TYPED.sub("", event.text))
                return
        await super().on_event(event)

    def _pane_with_floor(self) -> PaneState | None:
        top = self.screen_stack[-1] if self.screen_stack else None
        return self.session.pane if isinstance(top, PanesScreen) else None

    def _deliver(self, event: events.Key) -> None:
        top = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(top, TakesKeys):
            if not isinstance(top, PanesScreen):
                self.forget_keys()
            top.take_key(event)

    # -- messages ----------------------------------------------------------------------------------

    def on_answered(self, message: Answered) -> None:
        """A worker has finished what it was asked for."""
        message.deliver()

    def on_place_opened(self, message: PlaceOpened) -> None:
        """A storage told its columns."""
        self.navigator.opened(message)
        self.follow_fkeys()
        self.outside.visited(self.session[message.side].place)
        self.title_line.follow()

    def on_rows_arrived(self, message: RowsArrived) -> None:
        """Rows of a listing."""
        self.navigator.arrived(message)
        if message.taken_at is not None:
            self.room_left.listed(message.side)
        self._ahead.release()

    def on_rows_recalled(self, message: RowsRecalled) -> None:
        """Rows of an earlier run."""
        self.navigator.recalled(message)
        self._ahead.release()

    def on_count_grew(self, message: CountGrew) -> None:
        """A listing goes on."""
        self.navigator.counted(message)

    def on_load_ended(self, message: LoadEnded) -> None:
        """A listing ended early."""
        if isinstance(message.error, Denied):
            self.read_ahead.denied(self.session[message.side].place)
        self.navigator.ended(message)
        side = message.side
        if side is self.session.active and message.generation == self.session[side].generation:
            asked_to_pay(self, message.error, lambda: self.navigator.reload(side, fresh=True))
        self._ahead.release()

    def on_rows_arranged(self, message: RowsArranged) -> None:
        """Rows were sorted."""
        self.navigator.arranged(message)

    def on_places_changed(self, _message: PlacesChanged) -> None:
        """Directories changed."""
        change = self.bridge.take_change()
        self.navigator.changed(change)
        self.usages.drop(change)
        if self.sizes.drop(change):
            for view in self.views.values():
                view.list.repaint()

    def on_job_moved(self, message: JobMoved) -> None:
        """A job made a transition."""
        self.read_ahead.wanted(None)
        self.job_watcher.moved(message)

    def on_pane_view_pressed(self, message: PaneView.Pressed) -> None:
        """The mouse chose a row."""
        self.codes.pressed()
        self.forget_keys()
        self.activate(message.side)
        self.keeper.later()
        if message.row is not None:
            self.session.pane.move_to(message.row)
            self.view.cursor_moved()
            if message.opened:
                self.run_action_id("open")
        if message.menu is not None:
            context_menu_at(self, *message.menu)

    def on_pane_view_wheeled(self, message: PaneView.Wheeled) -> None:
        """The wheel moves the cursor of the pane under the pointer."""
        pane = self.session[message.side]
        pane.move_to(pane.cursor + message.rows)
        self.views[message.side].cursor_moved()

    def on_pane_view_title_pressed(self, message: PaneView.TitlePressed) -> None:
        """A click on a title sorts."""
        self.navigator.sort_by(message.side, message.key)

    def on_pane_view_border_dragged(self, message: PaneView.BorderDragged) -> None:
        """The border of a column follows the mouse."""
        widen(self, message.side, message.column, message.width)

    def on_pane_view_tab_pressed(self, message: PaneView.TabPressed) -> None:
        """A click on a tab shows it."""
        self.activate(message.side)
        show_tab(self, message.side, message.tab)

    def on_rail_dragged(self, message: Rail.Dragged) -> None:
        """The line between the panes follows the mouse; that at the right edge divides nothing."""
        if message.rail is self.views[Side.LEFT].rail and not self.session.single:
            ratio = self.session.ratio
            self.session.set_ratio((message.column + 1) / max(1, self.size.width))
            if self.session.ratio != ratio:
                self.apply_ratio()

    def on_fkey_bar_pressed(self, message: FKeyBar.Pressed) -> None:
        """A click on the bar presses the key."""
        self.key_pressed(message.key)
