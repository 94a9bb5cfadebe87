"""One pane: header, titles, rows with their rail, footer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from tfm.model.columns import Column, ColumnChoice
from tfm.model.location import LOCAL, Location
from tfm.model.location import Style as Naming
from tfm.model.order import SortKey
from tfm.model.past import is_past, moment_of, now
from tfm.model.text import exact_size, plural, safe_text, short_size
from tfm.session.pane import Loading, PaneState
from tfm.session.rows import Rows
from tfm.session.session import Side
from tfm.storage.base import Features
from tfm.ui.cells import cut_end, cut_start, width_of
from tfm.ui.pane.columns import Cell
from tfm.ui.pane.file_list import FileList
from tfm.ui.pane.lines import Line, ends, first_that_fits
from tfm.ui.pane.look import PaneLook, columns_of
from tfm.ui.pane.rail import Rail
from tfm.ui.pane.tab_strip import strip, tab_at
from tfm.ui.theming import Palette

_WHEEL_ROWS = 3
_NARROW = 46
_PLACE, _PLACE_CUT = 20, 8
"""Cells that a place keeps beside the name of its server, and beside a warning."""
_READ_ONLY = "read-only"
_ARROWS = {False: "▲", True: "▼"}


class PaneView(Vertical, can_focus=False):
    """Draws a `PaneState`; holds no state of its own but what was painted."""

    @dataclass
    class Pressed(Message):
        """The mouse chose a row (`opened`: twice), or only the pane (`row` None)."""

        side: Side
        row: int | None
        opened: bool = False
        menu: tuple[int, int] | None = None

    @dataclass
    class Wheeled(Message):
        """The wheel turned over this pane."""

        side: Side
        rows: int

    @dataclass
    class TitlePressed(Message):
        """The title of a column was clicked."""

        side: Side
        key: SortKey

    @dataclass
    class BorderDragged(Message):
        """The border of a column was drawn until the column has this width."""

        side: Side
        column: str
        width: int

    @dataclass
    class TabPressed(Message):
        """A tab was clicked."""

        side: Side
        tab: int

    def __init__(
        self,
        side: Side,
        pane: PaneState,
        look: PaneLook,
        palette: Palette,
        *,
        active: bool,
        key_of: Callable[[str], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(id=side.value, classes="pane")
        self.side = side
        self.pane = pane
        self.active = active
        self._look = look
        self._palette = palette
        self._told: Sequence[Column] = ()
        self._choice = ColumnChoice()
        self.chosen: Callable[[Location], ColumnChoice] = lambda _place: ColumnChoice()
        self._title_cells: list[Cell] = []
        self._held: Cell | None = None
        self._drawn = False
        self.store = ""
        self.features: Features | None = None
        self._slow = -1
        self.tab, self.tabs = 0, 1
        self._clock = clock
        self._key_of = key_of
        self.moved: Callable[[], None] = lambda: None
        self.header = Line(classes="header")
        self.titles = Line(classes="titles")
        self.list = FileList(pane, palette, active=active)
        self.rail = Rail(palette)
        self.footer = Line(classes="footer")

    def compose(self) -> ComposeResult:
        """The lines from top to bottom."""
        yield self.header
        yield self.titles
        yield Horizontal(self.list, self.rail, classes="rows")
        yield self.footer

    def on_resize(self, _event: events.Resize) -> None:
        """Divide the rows anew; children learn their size in the same layout."""
        self.call_after_refresh(self.relayout)

    def relayout(self) -> None:
        """Adapt everything to the width and to the columns that were chosen."""
        self._choice = self.chosen(self.pane.place)
        if self.list.size.width:
            narrow = self.list.size.width < _NARROW
            columns = columns_of(self._told, self._look, self._choice, narrow=narrow)
            self.list.set_columns(columns, self._look)
            self.repaint()

    # -- what is shown -----------------------------------------------------------------------------

    def show_pane(self, pane: PaneState) -> None:
        """Draw another pane from now on."""
        self.pane = self.list.pane = pane
        self.repaint()

    def trade(self, other: PaneView) -> None:
        """Each draws what the other did."""
        self.pane, other.pane = other.pane, self.pane
        self.store, other.store = other.store, self.store
        self.features, other.features = other.features, self.features
        self._told, other._told = other._told, self._told
        for view in (self, other):
            view.list.pane = view.pane
            view.relayout()

    def set_tabs(self, tab: int, tabs: int) -> None:
        """Which of how many tabs this is."""
        if (tab, tabs) != (self.tab, self.tabs):
            self.tab, self.tabs = tab, tabs
            self.paint_header()

    def set_columns(self, columns: Sequence[Column], features: Features) -> None:
        """The place is open: these stand beside the names, the facts name its account or server."""
        self.features = features
        store = features.label or features.title
        if store != self.store or features.colour:
            self.store = store
            self.paint_header()
        if columns is not self._told:
            self._told = columns
            self.relayout()

    @property
    def told_columns(self) -> list[tuple[str, str]]:
        """Id and title of what the storage of this place tells beside a name."""
        return [(column.id, column.title) for column in self._told]

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self.repaint()

    def take_look(self, look: PaneLook) -> None:
        """Another look of the rows."""
        self._look = look
        self.relayout()

    def set_active(self, active: bool) -> None:
        """Become the active pane, or stop being it: two lines change."""
        if active != self.active:
            self.active = active
            self.list.set_active(active)
            self.paint_header()

    def repaint(self) -> None:
        """Rows came, or everything may have changed."""
        if self.chosen(self.pane.place) != self._choice:
            self.relayout()
            return
        self.paint_notice()
        self.list.repaint()
        self.paint_rail()
        self.paint_header()
        self.paint_titles()
        self.paint_footer()
        self.moved()

    def rows_confirmed(self) -> None:
        """The rows were read again, and what can be seen of them is the same."""
        self.paint_notice()
        self.paint_rail()
        self.paint_footer()

    def cursor_moved(self) -> None:
        """The cursor stands elsewhere."""
        if self.list.cursor_moved():
            self.paint_rail()
        self.moved()

    def marks_changed(self) -> None:
        """Marks were set or taken off anywhere."""
        self.list.repaint()
        self.paint_footer()
        self.moved()

    def row_marked(self, row: int) -> None:
        """The mark of one row changed."""
        self.list.repaint_row(row)
        self.paint_footer()
        self.moved()

    @property
    def _is_top(self) -> bool:
        return self.pane.place.is_top and self.pane.place.root.style is Naming.KEY

    def paint_rail(self) -> None:
        """The line beside the rows."""
        self.rail.show(self.pane.top, self.list.height, len(self.pane.rows))

    def paint_notice(self) -> None:
        """What stands in a pane without rows."""
        pane, width, key_of = self.pane, max(10, self.list.size.width - 4), self._key_of
        if pane.error is not None:
            told = [*_wrapped(pane.error.message, width)]
            if pane.error.hint:
                told += ["", *_wrapped(pane.error.hint, width)]
            if pane.error.trace:
                told += ["", *_wrapped(pane.error.trace, width)]
            # above the buckets there is nothing; one that cannot be listed can be gone to
            way = f"{key_of('parent')} goes up"
            if self._is_top:
                way = f"{key_of('goto')} goes to a place by its name"
            told += ["", *_wrapped(f"{key_of('refresh')} tries again, {way}.", width)]
            self.list.say(*told)
        elif pane.loading is Loading.ENTERING:
            self.list.say(*([_progress(pane)] if self._says_loading else []))
        elif pane.taken_at is None and pane.as_of is None:
            self.list.say(
                "Not read yet.", "", *_wrapped(f"{key_of('open')} opens this place.", width)
            )
        elif pane.rows.filtered:
            self.list.say(
                *_wrapped(
                    f"No name fits the filter {pane.filter} ({pane.rows.filtered:,}).", width
                ),
                *_wrapped(f"{key_of('clear_filter')} shows all names again.", width),
            )
        elif pane.rows.concealed:
            shows = f"{key_of('toggle_hidden')} shows them"
            self.list.say(f"Only hidden files ({pane.rows.concealed:,}): {shows}.")
        elif pane.results is not None:
            self.list.say("Nothing found.", "", *_wrapped(f"{key_of('parent')} goes back.", width))
        else:
            self.list.say("Empty directory")

    def paint_header(self) -> None:
        """Where the pane is, and on whose account."""
        style = self._palette.header_active if self.active else self._palette.header
        width = max(0, self.header.size.width - 2)
        store = self._store_text(width)
        tabs = strip(self.tab, self.tabs, width)
        room = width - len(tabs)
        place = ends(self._where(room - len(store) - 1, told=bool(store)), store, room)
        colour = self.features.colour if self.features is not None and store else ""
        if not colour or not place.endswith(store):
            self.header.show((f"{tabs} {place} ", style))
            return
        front = place[: len(place) - len(store)]
        worn = style + Style(color="black", bgcolor=colour)
        self.header.show((f"{tabs} {front[:-1]}", style), (f" {store} ", worn))

    def _store_text(self, width: int) -> str:
        """Account, server, moment of the past, `read-only`; what warns stays where there is no room for all."""
        root, features = self.pane.place.root, self.features
        if root == LOCAL:
            return ""
        label = safe_text(self.store)
        texts = [label, label.partition(" · ")[0]]
        past = is_past(root)
        if features is not None and not features.writable and not past:
            texts = [f"{text} · {_READ_ONLY}" for text in texts] + [_READ_ONLY]
        warns = past or len(texts) > 2 or (features is not None and bool(features.colour))
        for text in texts:
            if width - width_of(text) - 2 > _PLACE:
                return text
        return texts[-1] if warns and width - width_of(texts[-1]) - 2 > _PLACE_CUT else ""

    def _where(self, width: int, *, told: bool) -> str:
        """The place; of results first of all that they are some. `told`: the moment stands beside it."""
        where = self.pane.place
        if told and moment_of(where.root) is not None:
            where = now(where)
        place, results = shown_place(where), self.pane.results
        if results is None:
            return place
        front = f"Search: {safe_text(results.title)}"
        if width_of(front) > width * 2 // 3:
            front = cut_end(front, max(1, width * 2 // 3))
        return f"{front} in {cut_start(place, max(0, width - width_of(front) - 4))}"

    def paint_titles(self) -> None:
        """The titles of the columns, an arrow at the one that sorts."""
        order = self.pane.order
        text, cells = self.list.format.titles(order.key, _ARROWS[order.reverse])
        self._title_cells = cells
        self.titles.show((text + " ", self._palette.titles))

    def paint_footer(self) -> None:
        """Counts at the left; order and time of the listing at the right."""
        pane, rows, width = self.pane, self.pane.rows, max(0, self.footer.size.width - 2)
        if pane.as_of is not None:
            self._paint_earlier(pane.as_of)
            return
        if self._says_loading and not pane.marked_count:
            self.show_loading()
            return
        style = self._palette.muted
        order = f"{pane.order.key.value}{_ARROWS[pane.order.reverse]}"
        moment = ""
        if pane.taken_at is not None:
            moment = datetime.fromtimestamp(pane.taken_at, self._look.zone).strftime("%H:%M:%S")
        if pane.loading is not Loading.NO:
            moment = "…"
        if pane.marked_count:
            style = self._palette.marked
            counts = marked(pane)
        elif pane.filter:
            style = self._palette.accent
            counts = filtered(pane)
        else:
            hidden = f", {rows.concealed:,} hidden" if rows.concealed else ""
            wordings = counted(rows, buckets=self._is_top and pane.results is None)
            counts = [*(f"{text}{hidden}" for text in wordings[:2]), *wordings]
        right = f"{order} {moment}".strip()
        left = first_that_fits(counts, width - len(right) - 2)
        if pane.free is not None:
            room = f"{short_size(pane.free)} free"
            if width_of(left) + len(room) + len(right) + 4 <= width:
                right = f"{room}  {right}"
        self.footer.show((f" {ends(left, right, width)} ", style))

    def _paint_earlier(self, as_of: float) -> None:
        """The rows are of an earlier run: of when, and whether newer ones are on their way."""
        pane, width = self.pane, max(0, self.footer.size.width - 2)
        moment = earlier_moment(as_of, self._clock(), self._look.zone)
        told = [f"as of {moment}, not checked", "not checked"]
        if pane.loading is not Loading.NO:
            told = [f"as of {moment}, checking…", "checking…"]
            if pane.count and self._says_loading:
                told.insert(0, f"as of {moment}, checking… {pane.count:,}")
        right = first_that_fits(told, width)
        counts = marked(pane) if pane.marked_count else counted(pane.rows)
        left = first_that_fits([*counts, ""], width - width_of(right) - 2)
        line = ends(left, right, width) if left else right  # first of all that it is old
        self.footer.show((f" {line} ", self._palette.accent))

    def show_loading(self) -> None:
        """The listing takes a while: say so, with what is known so far."""
        pane = self.pane
        if pane.loading is Loading.NO:
            return
        self._slow = pane.generation
        if pane.as_of is not None:
            self._paint_earlier(pane.as_of)
            return
        if self.list.is_entering():
            self.list.say(_progress(pane))
        width = max(0, self.footer.size.width - 2)
        told = ends(_progress(pane), f"{self._key_of('cancel')} stops", width)
        self.footer.show((f" {told} ", self._palette.accent))

    @property
    def _says_loading(self) -> bool:
        """Whether this load was told to take a while: it stays told until it ends."""
        return self.pane.loading is not Loading.NO and self._slow == self.pane.generation

    # -- mouse -------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose a row at once, not only when the button is let go."""
        self._drawn = False
        if self._over_titles(event):
            self._held = self._border_under(event) if event.button == 1 else None
            if self._held is not None:
                self.capture_mouse()
            return
        if event.button == 1:
            self.post_message(self.Pressed(self.side, self._row_under(event)))
        elif event.button == 3:
            at = int(event.screen_x), int(event.screen_y)
            self.post_message(self.Pressed(self.side, self._row_under(event), menu=at))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw the border of a column along; its right end stays where it is."""
        if self._held is not None:
            event.stop()
            at = int(event.screen_x) - self.titles.region.x
            self._drawn = self._drawn or at != self._held.start
            if self._drawn:
                width = self._held.end - at - 1
                self.post_message(self.BorderDragged(self.side, self._held.column, width))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the border."""
        if self._held is not None:
            event.stop()
            self._held = None
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Open by a double click; sort by a click on a title."""
        if self._drawn:
            self._drawn = False
        elif self._over_titles(event):
            at = int(event.screen_x) - self.titles.region.x
            for cell in self._title_cells:
                if cell.start <= at < cell.end and cell.sort is not None:
                    self.post_message(self.TitlePressed(self.side, cell.sort))
        elif (tab := self._tab_under(event)) is not None:
            self.post_message(self.TabPressed(self.side, tab))
        elif event.button == 1 and event.chain == 2:
            row = self._row_under(event)
            if row is not None:
                self.post_message(self.Pressed(self.side, row, opened=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move on in the pane under the pointer."""
        event.stop()
        self.post_message(self.Wheeled(self.side, _WHEEL_ROWS))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move back in the pane under the pointer."""
        event.stop()
        self.post_message(self.Wheeled(self.side, -_WHEEL_ROWS))

    def _over_titles(self, event: events.MouseEvent) -> bool:
        return self.titles.region.contains(int(event.screen_x), int(event.screen_y))

    def _border_under(self, event: events.MouseEvent) -> Cell | None:
        at = int(event.screen_x) - self.titles.region.x
        return next((cell for cell in self._title_cells if cell.column and cell.start == at), None)

    def _tab_under(self, event: events.MouseEvent) -> int | None:
        region = self.header.region
        if not region.contains(int(event.screen_x), int(event.screen_y)):
            return None
        at = int(event.screen_x) - region.x
        return tab_at(at, self.tab, self.tabs, max(0, region.width - 2))

    def _row_under(self, event: events.MouseEvent) -> int | None:
        inside = self.list.region.contains(int(event.screen_x), int(event.screen_y))
        return self.list.row_at(int(event.screen_y) - self.list.region.y) if inside else None


def _progress(pane: PaneState) -> str:
    return f"Loading… {pane.count:,}" if pane.count else "Loading…"


def earlier_moment(moment: float, now: float, zone: tzinfo | None) -> str:
    """When that was, in as few words as leave no doubt; seconds since 1970."""
    then, today = (datetime.fromtimestamp(each, zone) for each in (moment, now))
    days = (today.date() - then.date()).days
    if days == 0:
        return f"{then:%H:%M}"
    if days == 1:
        return f"{then:%H:%M} yesterday"
    return f"{then:%H:%M}, {then.day} {then:%b}"


def shown_place(place: Location) -> str:
    """A place as a header tells it; the home directory is `~`."""
    text = str(place)
    if place.root == LOCAL:
        home = os.path.expanduser("~")
        if home != "/" and (text == home or text.startswith(home + "/")):
            text = "~" + text[len(home) :]
    return safe_text(text)


def counted(rows: Rows, *, buckets: bool = False) -> list[str]:
    """What there is, from the longest wording to the shortest; what there is not goes unsaid."""
    if not len(rows):
        return ["no buckets" if buckets else "no entries"]
    if buckets:
        return [plural(len(rows), "bucket")]
    wordings: list[str] = []
    for word in ("directory", "dir"):
        pieces: list[str] = [plural(rows.directories, word)] if rows.directories else []
        if rows.files:
            pieces += [plural(rows.files, "file"), size_text(rows.size)]
        wordings.append(", ".join(pieces))
    if rows.directories and rows.files:
        wordings.append(f"{plural(rows.directories, 'dir')}, {plural(rows.files, 'file')}")
    return [*wordings, f"{len(rows):,} rows"]


def filtered(pane: PaneState) -> list[str]:
    """The filter, and how much of what there is it leaves."""
    pattern, rows = safe_text(pane.filter), pane.rows
    share = f"{len(rows):,} of {len(rows) + rows.filtered:,}"
    return [f"{wording} · {pattern}: {share}" for wording in counted(rows)[:3]] + [
        f"{pattern}: {share}",
        f"{share}, filtered",
    ]


def marked(pane: PaneState) -> list[str]:
    """How many rows are marked, and their size if it is known."""
    count, size = f"{pane.marked_count:,}", size_text(pane.marked_size)
    if not pane.marked_size:
        return [f"{count} of {len(pane.rows):,} marked", f"{count} marked"]
    return [
        f"{count} of {len(pane.rows):,} marked, {size} of {size_text(pane.rows.size)}",
        f"{count} of {len(pane.rows):,} marked, {size}",
        f"{count} marked, {size}",
    ]


def size_text(size: int) -> str:
    """Bytes by name while they are few, else short."""
    return exact_size(size) if size < 1000 else short_size(size)


def _wrapped(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` characters."""
    lines: list[str] = []
    for word in safe_text(text.replace("\n", " ")).split():
        while len(word) > width:
            lines.append(word[:width])
            word = word[width:]
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
