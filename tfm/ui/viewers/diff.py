"""Two files side by side."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import SafeText, plural, safe_text
from tfm.storage.blocks import Content
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.cells import pad
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.pane.lines import ends, first_that_fits
from tfm.ui.viewers import drawing
from tfm.ui.viewers.compare import Comparison, DiffRow, Half, compare
from tfm.ui.viewers.keys import ViewKey, by_key
from tfm.ui.viewers.look import TABS, Look
from tfm.ui.viewers.rows import wrapped
from tfm.ui.viewers.screen import ReadingScreen

DIFF_KEYS = (
    ViewKey("close", ("q", "escape", "f3", "f10", "equals_sign", "ctrl+c", "ctrl+g"), "q Esc", "Close."),
    ViewKey("up", ("up", "k"), "Up k", "One line up."),
    ViewKey("down", ("down", "j"), "Down j", "One line down."),
    ViewKey("page_up", ("pageup", "b"), "PgUp b", "One page up."),
    ViewKey("page_down", ("pagedown", "space"), "PgDn Space", "One page down."),
    ViewKey("home", ("home", "g"), "Home g", "The beginning."),
    ViewKey("end", ("end", "G"), "End G", "The end."),
    ViewKey("left", ("left",), "Left", "Shift to the left."),
    ViewKey("right", ("right",), "Right", "Shift to the right."),
    ViewKey("next", ("n", "enter"), "n", "The next change."),
    ViewKey("previous", ("N", "p"), "N p", "The change before."),
    ViewKey("space", ("i",), "i", "Ignore white space, or not."),
    ViewKey("wrap", ("w", "f2"), "w F2", "Break long lines, or cut them."),
    ViewKey("numbers", ("number_sign", "l"), "# l", "Line numbers."),
    ViewKey("tab", ("t",), "t", "Tabs of 2, 4 or 8 cells."),
    ViewKey("reload", ("ctrl+r", "R"), "Ctrl-R R", "Read both again."),
    ViewKey("help", ("question_mark", "f1"), "? F1", "This list."),
)  # fmt: skip
_BY_KEY = by_key(DIFF_KEYS)

_SIGNS = {"equal": " ", "changed": "|", "left": "<", "right": ">"}
_NUMBERS = 6
_SIDE_STEP = 8
_WHEEL_ROWS = 3

Places = Sequence[tuple[int, int]]
"""For every line of the screen: the row, and which part of it where rows are wrapped."""


class DiffView(Widget, can_focus=False):
    """The rows, halves side by side with a sign between them that tells without colours, too."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.rows: Sequence[DiffRow] = ()
        self.notice = ""
        self.numbers = True
        self.top = 0
        self.left = 0
        self._places: Places | None = None

    @property
    def half_width(self) -> int:
        """Cells of the text of one half."""
        taken = _NUMBERS + 1 if self.numbers else 0
        return max(1, (self.size.width - 3) // 2 - taken)

    @property
    def total(self) -> int:
        """Lines of the screen that all rows take."""
        return len(self.rows) if self._places is None else len(self._places)

    def show(self, rows: Sequence[DiffRow], notice: str) -> None:
        """Replace them; lines are laid out anew by `lay_out`."""
        self.rows, self.notice, self._places = rows, notice, None
        self.go_to_row(self.top)
        self.refresh()

    def lay_out(self, places: Places | None, row: int) -> None:
        """Where wrapped rows stand, None where each takes one line; `row` stays at the top."""
        self._places = places
        self.top = 0
        self.go_to_row(self.line_of(row))
        self.refresh()

    def row_at(self, line: int) -> int:
        """The row on a line."""
        if self._places is None:
            return min(line, max(0, len(self.rows) - 1))
        return self._places[min(line, len(self._places) - 1)][0] if self._places else 0

    def line_of(self, row: int) -> int:
        """The first line of a row."""
        return row if self._places is None else bisect.bisect_left(self._places, (row, 0))

    def go_to_row(self, line: int) -> None:
        """Put a line at the top."""
        self.top = max(0, min(line, self.total - self.size.height))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line: number, text, sign, number, text."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= self.total:
            text = self.notice if y == 1 and not self.rows else ""
            return Strip([Segment(pad(f"  {text}", width), palette.muted)], width)
        index, part = (at, 0) if self._places is None else self._places[at]
        row = self.rows[index]
        sign = Segment(f" {_SIGNS[row.kind]} ", palette.accent)
        halves = [*self._half(row, row.left, part, 0), sign, *self._half(row, row.right, part, 1)]
        return Strip(halves).adjust_cell_length(width, palette.text)

    def _half(self, row: DiffRow, half: Half | None, part: int, side: int) -> list[Segment]:
        palette, room = palette_for(self), self.half_width
        plain = palette.text
        if row.kind in ("left", "right"):
            plain = palette.error if side == 0 else palette.success
        elif row.kind == "changed":
            plain = palette.warning
        number = f"{half.number}" if half is not None and part == 0 else ""
        front = (
            [Segment(f"{number[-_NUMBERS:]:>{_NUMBERS}} ", palette.muted)] if self.numbers else []
        )
        if half is None:
            return [*front, Segment(" " * room, palette.text)]
        text, at = half.text, 0
        if self._places is not None:
            pieces = list(wrapped(half.text, room))
            text = pieces[part] if part < len(pieces) else SafeText("")
            at = sum(len(piece) for piece in pieces[:part])
        marks = [
            (max(0, start - at), end - at, palette.cursor_inactive)
            for start, end in half.spans
            if end > at and start < at + len(text)
        ]
        segments = drawing.segments_of(text, (), marks, {}, plain)
        left = 0 if self._places is not None else self.left
        return [*front, *drawing.fitted(segments, left, room, palette)]


def lay_out(rows: Sequence[DiffRow], width: int, cancel: CancelToken) -> Places:
    """On a worker: the lines that wrapped rows take."""
    places: list[tuple[int, int]] = []
    for index, row in enumerate(rows):
        if index % 1000 == 0:
            cancel.check()
        halves = [half for half in (row.left, row.right) if half is not None]
        parts = max(sum(1 for _ in wrapped(half.text, width)) for half in halves)
        places.extend((index, part) for part in range(max(1, parts)))
    return places


class DiffViewer(ReadingScreen):
    """Compares on a worker; opens at the first change."""

    def __init__(
        self,
        bridge: Bridge,
        vfs: Vfs,
        left: tuple[Location, Entry],
        right: tuple[Location, Entry],
        look: Look | None = None,
    ) -> None:
        self.view = DiffView(look or Look())
        super().__init__(self.view)
        self._bridge = bridge
        self._contents = (Content(vfs, *left), Content(vfs, *right))
        self._names = (str(left[0]), str(right[0]))
        self.found: Comparison | None = None
        self.ignore_space = False
        self._problem = ""
        self._pending: Pending | None = None
        self._acts: Mapping[str, Callable[[], None]] = self._table()

    def on_mount(self) -> None:
        """Compare."""
        self.call_after_refresh(self._compare)

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self._cancel()

    def on_resize(self) -> None:
        """Lines break elsewhere."""
        self.call_after_refresh(self._lay_out)

    # -- work --------------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None

    def _compare(self, *, afresh: bool = False) -> None:
        self._cancel()
        left, right = self._contents
        space, tab = self.ignore_space, self.view.look.tab

        def work(cancel: CancelToken) -> Comparison:
            if afresh:
                left.refresh()
                right.refresh()
            return compare(left, right, ignore_space=space, tab=tab, cancel=cancel)

        self._pending = self._bridge.ask(work, self._arrived, self._failed)
        self._paint()

    def _arrived(self, found: Comparison) -> None:
        first = self.found is None
        row = self.view.row_at(self.view.top)
        self._pending, self._problem, self.found = None, "", found
        self.view.show(found.rows, found.notice)
        if first and found.changes:
            row = max(0, found.changes[0] - 3)
        self._lay_out(row)

    def _failed(self, error: StorageError) -> None:
        self._pending = None
        self._problem = str(error)
        self.view.show((), self._problem)
        self._paint()

    def _lay_out(self, row: int | None = None) -> None:
        if row is None:
            row = self.view.row_at(self.view.top)
        if not self.view.look.wrap or not self.view.rows:
            self.view.lay_out(None, row)
            self._paint()
            return
        self._cancel()
        rows, width, at = self.view.rows, self.view.half_width, row

        def arrived(places: Places) -> None:
            self._pending = None
            self.view.lay_out(places, at)
            self._paint()

        self._pending = self._bridge.ask(lambda cancel: lay_out(rows, width, cancel), arrived)

    # -- header and footer -------------------------------------------------------------------------

    def _paint(self) -> None:
        if not self.is_attached:
            return
        palette, width = palette_for(self), self._header.size.width
        room = max(1, (width - 3) // 2)
        names = [ends(safe_text(name), "", max(1, room - 1)) for name in self._names]
        self._header.show((pad(f" {names[0]}", room) + f"   {names[1]}", palette.header_active))
        room = max(0, self._footer.size.width - 2)
        right = self._position()
        left = first_that_fits(self._texts(), max(4, room - len(right) - 2)).rstrip()
        self._footer.show((f" {ends(left, right, room)} ", palette.muted))

    def _texts(self) -> list[str]:
        found = self.found
        if found is None:
            return ["cannot be compared"] if self._problem else ["Comparing…"]
        if not found.rows:
            return ["same" if found.notice.startswith("Both") else "not compared"]
        flags = [
            *(["white space ignored"] if self.ignore_space else []),
            *(["wrap"] if self.view.look.wrap else []),
        ]
        if not found.changes:
            return [", ".join(["no changes", *flags]), "no changes"]
        counts = [
            f"{sum(row.kind == kind for row in found.rows):,} {word}"
            for kind, word in (
                ("changed", "changed"),
                ("left", "only left"),
                ("right", "only right"),
            )
        ]
        total = plural(len(found.changes), "change")
        here = f"change {self._change_here() + 1} of {len(found.changes):,}"
        return [", ".join([here, *counts, *flags]), ", ".join([here, *flags]), here, total]

    def _position(self) -> str:
        view = self.view
        if not view.total:
            return ""
        bottom = min(view.total, view.top + view.size.height)
        return f"{bottom * 100 // view.total} %"

    def _change_here(self) -> int:
        """The change on or before the middle of what is looked at."""
        if self.found is None or not self.found.changes:
            return 0
        row = self.view.row_at(self.view.top + self._above)
        return max(0, bisect.bisect_right(self.found.changes, row) - 1)

    @property
    def _above(self) -> int:
        return min(3, max(0, self.view.size.height - 1))

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """A key of `DIFF_KEYS`."""
        act = _BY_KEY.get(event.key)
        if act is not None:
            self._acts[act]()
            self._paint()

    def _table(self) -> Mapping[str, Callable[[], None]]:
        view = self.view

        def by(lines: Callable[[], int]) -> Callable[[], None]:
            return lambda: view.go_to_row(view.top + lines())

        def page() -> int:
            return max(1, view.size.height - 1)

        def shift(cells: int) -> None:
            view.left = max(0, view.left + cells)
            view.refresh()

        return {
            "close": self._close,
            "up": by(lambda: -1),
            "down": by(lambda: 1),
            "page_up": by(lambda: -page()),
            "page_down": by(page),
            "home": lambda: view.go_to_row(0),
            "end": lambda: view.go_to_row(view.total),
            "left": lambda: shift(-_SIDE_STEP),
            "right": lambda: shift(_SIDE_STEP),
            "next": lambda: self._go(1),
            "previous": lambda: self._go(-1),
            "space": self._toggle_space,
            "wrap": self._toggle_wrap,
            "numbers": self._toggle_numbers,
            "tab": self._next_tab,
            "reload": lambda: self._compare(afresh=True),
            "help": lambda: self.list_keys("Keys of the comparison", DIFF_KEYS, self._acts),
        }

    def _close(self) -> None:
        self.dismiss(None)

    def _go(self, step: int) -> None:
        """To the next change, or the one before."""
        if self.found is None or not self.found.changes:
            return
        changes = self.found.changes
        row = self.view.row_at(self.view.top + self._above)
        if step > 0:
            at = bisect.bisect_right(changes, row)
        else:
            at = bisect.bisect_left(changes, row) - 1
        at = max(0, min(at, len(changes) - 1))
        self.view.go_to_row(self.view.line_of(changes[at]) - self._above)

    def _toggle_space(self) -> None:
        self.ignore_space = not self.ignore_space
        self._compare()

    def _toggle_wrap(self) -> None:
        self.view.look.wrap = not self.view.look.wrap
        self.view.left = 0
        self._lay_out()

    def _toggle_numbers(self) -> None:
        self.view.numbers = not self.view.numbers
        self._lay_out()

    def _next_tab(self) -> None:
        look = self.view.look
        at = TABS.index(look.tab) if look.tab in TABS else -1
        look.tab = TABS[(at + 1) % len(TABS)]
        self._compare()

    # -- mouse -------------------------------------------------------------------------------------

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self.view.go_to_row(self.view.top + _WHEEL_ROWS)
        self._paint()

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self.view.go_to_row(self.view.top - _WHEEL_ROWS)
        self._paint()
