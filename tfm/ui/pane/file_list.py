"""The rows of a pane, drawn line by line; only what is visible is ever built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind
from tfm.model.location import Location
from tfm.model.match import Words
from tfm.session.pane import Loading, PaneState
from tfm.ui.cells import pad
from tfm.ui.pane.columns import RowFormat
from tfm.ui.pane.icons import icon_of
from tfm.ui.pane.look import PaneLook, is_executable, without_extension
from tfm.ui.theming import Palette

_CACHED_STRIPS = 1000
_HIT = Style(bold=True, underline=True)

_StripKey = tuple[Entry, bool, bool | None, int, Words, str]


class FileList(Widget, can_focus=False):
    """Shows a `PaneState`. Lines are painted singly, never the whole list for one step.

    `rows_built` counts the strips made so far, for tests.
    """

    def __init__(self, pane: PaneState, palette: Palette, *, active: bool) -> None:
        super().__init__()
        self.pane = pane
        self.palette = palette
        self._columns: Sequence[Column] = ()
        self._look = PaneLook("")
        self._format = RowFormat(1, ())
        self.active = active
        self.notice: tuple[str, ...] = ()
        self.rows_built = 0
        self._words = Words("")
        self.size_of: Callable[[Location], str] = lambda _directory: ""
        self._strips: LRUCache[_StripKey, Strip] = LRUCache(_CACHED_STRIPS)
        self._painted_cursor = 0

    @property
    def height(self) -> int:
        """Lines on the screen."""
        return self.size.height

    # -- painting --------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the list."""
        pane, width = self.pane, self.size.width
        row = pane.top + y
        if row < len(pane.rows):
            entry = pane.rows.entries[row]
            cursor = self.active if row == pane.cursor else None
            return self._row(entry, pane.is_marked(entry), cursor)
        text, style = "", self.palette.muted
        if not len(pane.rows) and 1 <= y <= len(self.notice):
            text = "  " + self.notice[y - 1]
            if pane.error is not None and y == 1:
                style = self.palette.error
        return Strip([Segment(pad(text, width), style)], width)

    def _row(self, entry: Entry, marked: bool, cursor: bool | None) -> Strip:
        row_format = self.format
        size = self.size_of(self.pane.location(entry)) if entry.is_directory else ""
        key = (entry, marked, cursor, row_format.width, self._words, size)
        strip = self._strips.get(key)
        if strip is None:
            self.rows_built += 1
            style = self._style(entry, marked, cursor)
            strip = Strip(self._segments(entry, marked, style, size), row_format.width)
            self._strips[key] = strip
        return strip

    def _segments(self, entry: Entry, marked: bool, style: Style, size: str) -> list[Segment]:
        """One segment a row, but for what a search has found in the name."""
        mark, name, rest = self.format.pieces(entry, marked=marked, size=size)
        found, segments, at = style + _HIT, [], 0
        line, before = f"{mark}{name}", len(mark)
        for start, end in self._words.spans(name):
            segments += [
                Segment(line[at : start + before], style),
                Segment(line[start + before : end + before], found),
            ]
            at = end + before
        return [*segments, Segment(f"{line[at:]}{rest}", style)]

    def _style(self, entry: Entry, marked: bool, cursor: bool | None) -> Style:
        palette = self.palette
        if cursor is not None:
            if cursor:
                return palette.cursor_marked if marked else palette.cursor
            return palette.cursor_inactive_marked if marked else palette.cursor_inactive
        if marked:
            return palette.marked
        if self._look.colours is not None:
            own = self._look.colours.style(entry)
            if own is not None:
                return palette.text + own
        if entry.kind is Kind.DIRECTORY:
            return palette.directory
        if entry.kind is Kind.LINK:
            return palette.link
        if is_executable(entry):
            return palette.executable
        return palette.special if entry.kind.is_special else palette.text

    # -- changes ---------------------------------------------------------------------------------

    @property
    def format(self) -> RowFormat:
        """How rows are divided at the width of this moment: a line is never a cell too long."""
        if self._format.width != self.size.width:
            self._format = self._made()
        return self._format

    def _made(self) -> RowFormat:
        look = self._look
        longest = look.extension_width if any(c.id == "extension" for c in self._columns) else 0
        return RowFormat(
            self.size.width,
            self._columns,
            lambda entry: without_extension(entry, longest),
            icon_of if look.icons else None,
        )

    def set_columns(self, columns: Sequence[Column], look: PaneLook) -> None:
        """Other columns beside the names, or another look of the rows."""
        self._columns = columns
        self._look = look
        self._format = self._made()
        self._strips.clear()
        self.refresh()

    def highlight(self, words: Words) -> None:
        """Show where these words stand in the names; only rows that look different are painted."""
        before, self._words = self._words, words
        pane = self.pane
        for row in range(pane.top, min(pane.top + self.height, len(pane.rows))):
            name = self.format.pieces(pane.rows.entries[row], marked=False)[1]
            if before.spans(name) != words.spans(name):
                self.repaint_row(row)

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self.palette = palette
        self._strips.clear()
        self.refresh()

    def set_active(self, active: bool) -> None:
        """Show the cursor as that of the active or of the other pane."""
        if active != self.active:
            self.active = active
            self.repaint_row(self.pane.cursor)

    def cursor_moved(self) -> bool:
        """Repaint after the cursor moved: two lines, or all if the list scrolled (then True)."""
        if self.pane.follow(self.height):
            self.repaint()
            return True
        if self._painted_cursor != self.pane.cursor:
            self.repaint_row(self._painted_cursor)
            self.repaint_row(self.pane.cursor)
        self._painted_cursor = self.pane.cursor
        return False

    def repaint_row(self, row: int) -> None:
        """Repaint one row if it is visible."""
        line = row - self.pane.top
        if 0 <= line < self.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def repaint(self) -> None:
        """Repaint everything, for instance because rows came."""
        self.pane.follow(self.height)
        self._painted_cursor = self.pane.cursor
        self.refresh()

    def say(self, *lines: str) -> None:
        """What stands in a list without rows."""
        if lines != self.notice:
            self.notice = lines
            if not len(self.pane.rows):
                self.refresh()

    def is_entering(self) -> bool:
        """True while nothing of a new place is known."""
        return self.pane.loading is Loading.ENTERING and not len(self.pane.rows)

    def row_at(self, y: int) -> int | None:
        """The row on a line of the screen, None below the last one."""
        row = self.pane.top + y
        return row if 0 <= y < self.height and row < len(self.pane.rows) else None
