"""Draws a window of a file and moves it about; everything that may take time is asked of workers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from rich.style import Style as RichStyle
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.text import plural, safe_text
from tfm.storage.blocks import BLOCK, Content
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.theming import Palette
from tfm.ui.viewers import colours, drawing, rows
from tfm.ui.viewers.encodings import Encoding, detect
from tfm.ui.viewers.look import TABS, Look
from tfm.ui.viewers.numbers import LineNumbers
from tfm.ui.viewers.rows import Form, Line, Window, form_for
from tfm.ui.viewers.search import Match, Search, Wanted, count_lines, find_line
from tfm.ui.viewers.seek import Seek

FOLLOW_EVERY = 1.0

_MOST_OWED = 20_000
_COLOURED_AROUND = 200


class _Begun(NamedTuple):
    encoding: Encoding | None
    remote: bool
    dear: bool
    window: Window


class FileView(Widget, can_focus=False):
    """The beginning of a file, or any other part of it. `changed` is called when it tells new things.

    All methods are called on the event loop and return at once.
    """

    def __init__(
        self,
        bridge: Bridge,
        vfs: Vfs,
        look: Look,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.look = look
        self.content: Content | None = None
        self.encoding: Encoding | None = None
        self.detected: Encoding | None = None
        self.dump = False
        self.remote = False
        self.dear = False
        self.window: Window | None = None
        self.top = 0
        self.left = 0
        self.note = ""
        self.error: StorageError | None = None
        self.wanted: Wanted | None = None
        self.match: Match | None = None
        self._bridge = bridge
        self._vfs = vfs
        self._changed = changed
        self._notice: tuple[str, ...] = ()
        self._owed = 0
        self._version = 0
        self._file_name = ""
        self._loading: Pending | None = None
        self._seek = Seek(bridge, changed)
        self._colouring: Pending | None = None
        self._polling: Pending | None = None
        self._follow: Timer | None = None
        self._meanings: Mapping[colours.Meaning, RichStyle] = {}
        self._meanings_of: Palette | None = None
        self._spans: dict[tuple[int, int], colours.Spans] = {}
        self._coloured = (0, 0)
        self._pattern: re.Pattern[str] | None = None
        self._numbers = LineNumbers()

    # -- a file ------------------------------------------------------------------------------------

    def open(self, place: Location, entry: Entry | None) -> None:
        """Show the beginning of a file."""
        self.close()
        self.content = Content(self._vfs, place, entry)
        self._file_name = place.name
        self.window, self.error, self.match = None, None, None
        self.top = self.left = self._owed = self._version = 0
        self._spans, self._numbers = {}, LineNumbers()
        self.dump, self.encoding, self.note = False, None, ""
        self._notice = ()
        content, height = self.content, self._height
        width, look = self._text_width, self.look

        def begin(cancel: CancelToken) -> _Begun:
            remote, dear = self._vfs.features(place).remote, content.is_kept
            first = content.read(0, BLOCK, cancel)
            encoding = detect(first, whole=len(first) < BLOCK)
            form = form_for(encoding, width, look, content.size)
            window = rows.load(content, form, 0, before=0, after=2 * height, cancel=cancel)
            return _Begun(encoding, remote, dear, window)

        self._loading = self._bridge.ask(begin, self._begun, self._failed)
        self.refresh()

    def close(self) -> None:
        """Nobody waits for anything any more."""
        self._seek.stop()
        for pending in (self._loading, self._colouring, self._polling):
            if pending is not None:
                pending.cancel()
        self._loading = self._colouring = self._polling = None
        if self._follow is not None:
            self._follow.stop()
            self._follow = None

    def say(self, *lines: str) -> None:
        """Show these lines instead of a file."""
        self.close()
        self.content, self.window, self.error = None, None, None
        self._notice = lines
        self.refresh()

    @property
    def busy(self) -> str:
        """What is waited for, empty if nothing is."""
        if self._seek.text:
            return self._seek.text
        return "Loading…" if self._loading is not None else ""

    def _begun(self, begun: _Begun) -> None:
        self.encoding = self.detected = begun.encoding
        self.dump = begun.encoding is None
        self.remote, self.dear = begun.remote, begun.dear
        self._version = begun.window.version
        self._arrived(begun.window, lambda window: window.at)
        if begun.window.form != self._form():  # the size became known, or changed, meanwhile
            self.reload()
        if self.wanted is not None:  # it was asked for before the file was opened
            try:
                self.search(self.wanted, 0)
            except re.error:  # a pattern that only text knows, and this is bytes
                self.forget_search()

    def _failed(self, error: StorageError) -> None:
        self._loading = None
        if self.window is None:
            self.error = error
            self._notice = tuple(filter(None, (error.message, error.hint, error.trace)))
        else:
            self.note = str(error)
        self.refresh()
        self._changed()

    # -- windows -----------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.size.height)

    @property
    def _text_width(self) -> int:
        taken = drawing.NUMBER_WIDTH + 1 if self.look.numbers and not self.dump else 0
        return max(1, (self.size.width or 80) - taken)

    def _form(self) -> Form:
        size = self.content.size if self.content is not None else 0
        encoding = None if self.dump else self.encoding
        return form_for(encoding, self._text_width, self.look, size)

    def _load(
        self, offset: int, part: int, before: int, after: int, put: Callable[[Window], int]
    ) -> None:
        """Ask for a window; `put` says which of its lines comes to the top."""
        if self.content is None:
            return
        if self._loading is not None:
            self._loading.cancel()
        content, form, known = self.content, self._form(), self._numbers.before(offset)

        def work(cancel: CancelToken) -> Window:
            return rows.load(
                content, form, offset, part=part, before=before, after=after, known=known,
                cancel=cancel,
            )  # fmt: skip

        self._loading = self._bridge.ask(
            work, lambda window: self._arrived(window, put), self._failed
        )

    def _arrived(self, window: Window, put: Callable[[Window], int]) -> None:
        self._loading = None
        if window.version != self._version:
            self._version = window.version
            self._numbers = LineNumbers()
            self.note = "The file changed: read again."
        self.window = window
        self.error = None
        self._notice = () if window.lines else ("(empty file)",)
        self.top = put(window)
        self._spans = {}
        self._numbers.learn(window.lines)
        self.scroll_lines(0)
        self.refresh()
        self._colour(window)
        self._number()
        self._changed()

    def scroll_lines(self, lines: int) -> None:
        """Move on or back; what is not there yet is asked for, and the rest of the way made then."""
        window = self.window
        if window is None:
            return
        wanted = self.top + self._owed + lines
        before = self.top
        self.top = max(0, min(wanted, len(window.lines) - self._height))
        self._owed = max(-_MOST_OWED, min(wanted - self.top, _MOST_OWED))
        if (self._owed < 0 and window.begins) or (self._owed > 0 and window.ends):
            self._owed = 0
        if self._owed and self._loading is None:
            self._extend(window)
        if self.top != before:
            self.refresh()
            low, high = self._coloured
            outside = self.top < low or min(self.top + self._height, len(window.lines)) > high
            if outside and self._colouring is None:
                self._colour(window)
        self._changed()

    def _extend(self, window: Window) -> None:
        height = self._height
        anchor = window.lines[min(self.top, len(window.lines) - 1)]
        before = 2 * height + max(0, -self._owed) if self._owed < 0 else height
        after = 2 * height + max(0, self._owed)
        if self.dear:
            before = height - self._owed if self._owed < 0 else 0
            after = height + max(0, self._owed)
        self._load(anchor.start, anchor.part, before, after, lambda fresh: fresh.at)

    def scroll_cells(self, cells: int) -> None:
        """Shift sideways."""
        left = max(0, self.left + cells)
        if left != self.left and not self.look.wrap:
            self.left = left
            self.refresh()
            self._changed()

    def page(self, pages: float) -> None:
        """Screens, or half ones."""
        step = max(1, int(abs(pages) * (self._height - (1 if abs(pages) >= 1 else 0))))
        self.scroll_lines(step if pages > 0 else -step)

    def home(self) -> None:
        """The beginning."""
        self.go_to(0)

    def end(self) -> None:
        """The end, wherever that is by now."""
        if self.content is not None:
            self._owed = 0
            size = self.content.size
            self._load(size, 0, self._height, 0, lambda window: len(window.lines) - self._height)

    def go_to(self, offset: int, above: int = 0) -> None:
        """The line that holds a byte, with so many lines above it."""
        self._owed = 0
        self.left = 0
        self._load(offset, 0, above, self._height, lambda window: max(0, window.at - above))

    def reload(self, *, afresh: bool = False) -> None:
        """Draw the same place anew; `afresh` asks the storage whether the file changed."""
        line = self.top_line
        offset, part = (line.start, line.part) if line is not None else (0, 0)
        if not afresh or self.content is None:
            self._owed = 0
            self._load(offset, part, 0, self._height, lambda window: window.at)
            return
        content = self.content

        def asked(_changed: bool) -> None:
            self._load(min(offset, content.size), 0, 0, self._height, lambda window: window.at)

        self._seek.start(
            "Reading again", 0, lambda _cancel, _tell: content.refresh(), asked, self._failed
        )

    def _line(self, index: int) -> Line | None:
        window = self.window
        return window.lines[index] if window and index < len(window.lines) else None

    @property
    def top_line(self) -> Line | None:
        """The first line on the screen."""
        return self._line(self.top)

    @property
    def bottom_line(self) -> Line | None:
        """The last line on the screen."""
        window = self.window
        if window is None or not window.lines:
            return None
        return window.lines[min(len(window.lines), self.top + self._height) - 1]

    def on_resize(self) -> None:
        """Other lines fit now, or they break elsewhere."""
        if self.window is None:
            return
        if self.window.form != self._form():
            self.reload()
        else:
            self.scroll_lines(0)
            missing = self.top + self._height > len(self.window.lines)
            if missing and not (self.window.ends and self.window.begins):
                self.reload()

    # -- ways to look ------------------------------------------------------------------------------

    def toggle_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.look.wrap = not self.look.wrap
        self.left = 0
        self.reload()

    def toggle_numbers(self) -> None:
        """Line numbers, or none."""
        self.look.numbers = not self.look.numbers
        if self.look.wrap:
            self.reload()
        self.refresh()
        self._number()
        self._changed()

    def toggle_colours(self) -> None:
        """Colours by syntax, or none."""
        self.look.colours = not self.look.colours
        self._spans = {}
        if self.window is not None:
            self._colour(self.window)
        self.refresh()
        self._changed()

    def toggle_dump(self) -> None:
        """Bytes or text."""
        self.dump = not self.dump
        if not self.dump and self.encoding is None:
            self.encoding = Encoding.LATIN1
        self.left = 0
        self.reload()

    def next_tab(self) -> None:
        """Tabs of 2, 4 or 8 cells."""
        at = TABS.index(self.look.tab) if self.look.tab in TABS else -1
        self.look.tab = TABS[(at + 1) % len(TABS)]
        self.reload()

    def next_encoding(self) -> None:
        """Read the same bytes as another encoding."""
        self.encoding = (self.encoding or Encoding.LATIN1).next
        self.dump = False
        self._numbers = LineNumbers()
        self.reload()

    # -- following ---------------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the end is being watched."""
        return self._follow is not None

    def toggle_follow(self) -> None:
        """Stay at the end of a file that grows."""
        if self.content is None:
            return
        if self._follow is not None:
            self._follow.stop()
            self._follow = None
        elif self.content.place.root.style is Style.KEY:
            self.note = "An object never grows. Ctrl-R reads it again."
        else:
            self._follow = self.set_interval(FOLLOW_EVERY, self.poll)
            self.end()
        self._changed()

    def poll(self) -> None:
        """Ask whether the file has grown; one question at a time."""
        content = self.content
        if content is None or self._polling is not None:
            return

        def told(changed: bool) -> None:
            self._polling = None
            if changed and self.following:
                self.end()

        def failed(error: StorageError) -> None:
            self._polling = None
            self._failed(error)

        self._polling = self._bridge.ask(lambda _cancel: content.refresh(), told, failed)

    # -- seeking -----------------------------------------------------------------------------------

    def stop(self) -> bool:
        """Give up what is being looked for; False if nothing is."""
        return self._seek.stop()

    def search(self, wanted: Wanted, start: int, *, backwards: bool = False) -> None:
        """Look for a text. Raises re.error if it is no good regular expression."""
        self._pattern = wanted.on_screen()
        wanted.in_bytes(Encoding.UTF8)
        content = self.content
        if content is None:
            return
        self.wanted = wanted
        encoding = None if self.dump else self.encoding

        def work(cancel: CancelToken, tell: Callable[[int], None]) -> Match | None:
            hunt = Search(content, wanted, encoding, cancel, tell)
            return hunt.backwards(start) if backwards else hunt.forwards(start)

        self._seek.start("Searching", content.size, work, self._found, self._failed)

    def search_again(self, *, backwards: bool) -> None:
        """The next match, or the one before."""
        if self.wanted is None:
            self.note = "Nothing was searched for yet: / asks what."
            self._changed()
            return
        line = self.top_line
        start = line.start if line is not None else 0
        if self.match is not None:
            start = self.match.start if backwards else max(self.match.end, self.match.start + 1)
        self.search(self.wanted, start, backwards=backwards)

    def forget_search(self) -> None:
        """No more highlights."""
        self.wanted = self.match = self._pattern = None
        self.refresh()

    def _found(self, match: Match | None) -> None:
        self.match = match
        if match is None:
            text = self.wanted.text if self.wanted is not None else ""
            self.note = f"Not found: {safe_text(text)}"
            self.refresh()
            return
        self.note = "The search went on from the other end." if match.wrapped else ""
        if self._is_visible(match):
            self._show_column(match)
            self.refresh()
            return
        above = self._height // 3
        if self.dear:
            above = 0

        def put(fresh: Window) -> int:
            self._show_column(match, fresh)
            return max(0, fresh.at - above)

        self._owed = 0
        self._load(match.start, 0, above, self._height, put)

    def _is_visible(self, match: Match) -> bool:
        """Whether all lines of the row that a match begins in are on the screen."""
        window = self.window
        if window is None:
            return False
        rows_of_it = [
            at for at, line in enumerate(window.lines) if line.start <= match.start < line.end
        ]
        bottom = self.top + self._height
        return bool(rows_of_it) and self.top <= rows_of_it[0] and rows_of_it[-1] < bottom

    def _show_column(self, match: Match, window: Window | None = None) -> None:
        """Shift sideways until the match is visible."""
        window = window or self.window
        if window is None or self.look.wrap or self.dump or self._pattern is None:
            return
        line = next((x for x in window.lines if x.start <= match.start < x.end), None)
        if line is None:
            return
        spots = [found.span() for found in self._pattern.finditer(line.text)]
        spot = drawing.spot_of(line, match, spots)
        at = spots[spot][0] if spot >= 0 else 0
        if not self.left <= at < self.left + self._text_width - 8:
            self.left = max(0, at - self._text_width // 3) if at >= self._text_width - 8 else 0

    def go_to_line(self, wanted: int) -> None:
        """Count lines up to one, from the nearest whose number is known."""
        content, encoding = self.content, self.encoding
        if content is None or encoding is None:
            self.note = "Bytes have no lines: type an offset such as 0x1f00."
            self._changed()
            return
        known = self._numbers.before_line(wanted)

        def found(line: tuple[int, int]) -> None:
            self._numbers.remember(*line)
            if line[1] < wanted:
                self.note = f"There are only {plural(line[1], 'line')}."
            self.go_to(line[0])

        self._seek.start(
            "Counting lines",
            content.size,
            lambda cancel, tell: find_line(content, encoding, known, wanted, cancel, tell),
            found,
            self._failed,
        )

    def _number(self) -> None:
        """Count up to the first line on the screen, where that costs no request."""
        line, content, encoding = self.top_line, self.content, self.encoding
        if not self.look.numbers or self.dump or line is None or line.number is not None:
            return
        if content is None or encoding is None or self.remote or self._seek.text:
            return
        window = self.window
        first = next((each for each in window.lines if each.first), None) if window else None
        if first is None:
            return
        known, offset = self._numbers.before(first.start), first.start

        def counted(number: int) -> None:
            self._numbers.remember(offset, number)
            self.reload()

        self._seek.start(
            "Counting lines",
            content.size,
            lambda cancel, tell: count_lines(content, encoding, known, offset, cancel, tell),
            counted,
            self._failed,
        )

    # -- drawing -----------------------------------------------------------------------------------

    def _colour(self, window: Window) -> None:
        """Have the lines near the top coloured; a few more than can be seen."""
        if self._colouring is not None:
            self._colouring.cancel()
            self._colouring = None
        if not self.look.colours or window.form.encoding is None or not window.lines:
            return
        low = max(0, self.top - _COLOURED_AROUND)
        high = min(len(window.lines), self.top + self._height + _COLOURED_AROUND)
        name, lines = self._file_name, window.lines[low:high]

        def work(_cancel: CancelToken) -> dict[tuple[int, int], colours.Spans]:
            lexer = colours.lexer_for(name)
            return dict(colours.colour(lines, lexer)) if lexer is not None else {}

        def arrived(spans: dict[tuple[int, int], colours.Spans]) -> None:
            self._colouring = None
            if self.window is window:
                self._coloured = (low, high)
                if spans:
                    self._spans = spans
                    self.refresh()

        self._colouring = self._bridge.ask(work, arrived)

    def render_line(self, y: int) -> Strip:
        """One line, cut to the window."""
        palette, width = palette_for(self), self.size.width
        if palette is not self._meanings_of:  # the theme was switched
            self._meanings_of, self._meanings = palette, drawing.styles_of(palette)
        line = self._line(self.top + y)
        if line is None:
            return drawing.notice(self._notice, y, width, palette, bad=self.error is not None)
        dump = self.window is not None and self.window.form.encoding is None
        if dump:
            marks = drawing.marks_in_dump(line, self.match, palette)
        elif self._pattern is not None:
            marks = drawing.marks_in_text(line, self._pattern, self.match, palette)
        else:
            marks = []
        spans = self._spans.get((line.start, line.part), ())
        segments = drawing.segments_of(line.text, spans, marks, self._meanings, palette.text)
        if not self.look.numbers or dump:
            return drawing.fitted(segments, self.left, width, palette)
        room = max(0, width - drawing.NUMBER_WIDTH - 1)
        strip = drawing.fitted(segments, self.left, room, palette)
        front = drawing.number_segment(line, palette)
        return Strip([front, *strip]).adjust_cell_length(width, palette.text)
