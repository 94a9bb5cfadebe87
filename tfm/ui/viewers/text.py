"""The viewer: reads only the beginning of a file, on a worker, and shows it line by line."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import exact_size, safe_text, short_size
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.cells import ELLIPSIS, head, tail, width_of
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.pane.lines import Line, ends
from tfm.ui.theming import Palette
from tfm.ui.viewers.decode import Shown, decode

FIRST_BYTES = 256 * 1024
_BLOCK = 64 * 1024
_SIDE_STEP = 16
_WHEEL_ROWS = 3


def read_beginning(vfs: Vfs, place: Location, cancel: CancelToken) -> tuple[Shown, bool]:
    """On a worker: the first 256 KiB, decoded, and whether the file goes on."""
    data = bytearray()
    with vfs.open_read(place, length=FIRST_BYTES + 1) as reader:
        while len(data) <= FIRST_BYTES:
            cancel.check()
            block = reader.read(min(_BLOCK, FIRST_BYTES + 1 - len(data)))
            if not block:
                break
            data += block
    cut = len(data) > FIRST_BYTES
    return decode(bytes(data[:FIRST_BYTES]), cut=cut), cut


class TextView(Widget, can_focus=False):
    """Lines with an offset in both directions."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self.lines: tuple[str, ...] = ()
        self.top = 0
        self.left = 0

    def show(self, lines: tuple[str, ...]) -> None:
        """Replace the text."""
        self.lines = lines
        self.refresh()

    def scroll_rows(self, top: int) -> bool:
        """Put a line at the top; False if it stands there already."""
        top = max(0, min(top, len(self.lines) - self.size.height))
        if top == self.top:
            return False
        self.top = top
        self.refresh()
        return True

    def scroll_cells(self, left: int) -> None:
        """Shift sideways."""
        left = max(0, left)
        if left != self.left:
            self.left = left
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, cut to the window."""
        at, width = self.top + y, self.size.width
        text = self.lines[at] if at < len(self.lines) else ""
        if self.left:
            text = tail(text, max(0, width_of(text) - self.left))
        cells = width_of(text)
        shown = head(text, width - 1) + ELLIPSIS if cells > width > 0 else head(text, width)
        return Strip([Segment(shown, self._palette.text)], width)


class Viewer(ModalScreen[None], inherit_bindings=False):
    """q, Esc and F3 close it."""

    AUTO_FOCUS = ""

    def __init__(self, bridge: Bridge, vfs: Vfs, place: Location, entry: Entry) -> None:
        super().__init__()
        self._bridge = bridge
        self._vfs = vfs
        self._place = place
        self._entry = entry
        self._header = Line(classes="header")
        self._footer = Line(classes="footer")
        self._note = "Loading…"
        self._pending: Pending | None = None
        self.text: TextView | None = None

    def compose(self) -> ComposeResult:
        """Header, text, footer."""
        with Vertical(id="viewer"):
            self.text = TextView(palette_for(self))
            yield self._header
            yield self.text
            yield self._footer

    def on_mount(self) -> None:
        """Ask for the beginning."""
        self._pending = self._bridge.ask(
            lambda cancel: read_beginning(self._vfs, self._place, cancel),
            self._arrived,
            self._failed,
        )
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        """The lines have another width."""
        self.call_after_refresh(self._paint)

    def _arrived(self, found: tuple[Shown, bool]) -> None:
        shown, cut = found
        size = self._entry.size
        self._note = shown.encoding
        if cut:
            whole = f" of {short_size(size)}" if size is not None else ""
            self._note += f", only the first {short_size(FIRST_BYTES)}{whole}"
        elif size is not None:
            self._note += f", {exact_size(size)}"
        if self.text is not None:
            self.text.show(shown.lines or ("(empty file)",))
        self._paint()

    def _failed(self, error: StorageError) -> None:
        self._note = "cannot be shown"
        if self.text is not None:
            lines = [error.message, error.hint] if error.hint else [error.message]
            self.text.show(tuple(safe_text(line) for line in lines))
        self._paint()

    def _paint(self) -> None:
        palette, text = palette_for(self), self.text
        if text is None:
            return
        width = max(0, self._header.size.width - 2)
        self._header.show(
            (f" {ends(safe_text(str(self._place)), '', width)} ", palette.header_active)
        )
        last = min(len(text.lines), text.top + text.size.height)
        where = f"lines {text.top + 1:,}–{last:,} of {len(text.lines):,}" if text.lines else ""
        self._footer.show((f" {ends(self._note, where, width)} ", palette.muted))

    def take_paste(self, text: str) -> None:
        """There is nothing to paste into."""

    def take_key(self, event: events.Key) -> None:
        """Scroll or leave."""
        if event.key in ("q", "escape", "f3", "v", "f10", "ctrl+c", "ctrl+g", "enter"):
            if self._pending is not None:
                self._pending.cancel()
            self.dismiss(None)
            return
        if self.text is not None:
            self._scroll(event.key, self.text)

    def _scroll(self, key: str, text: TextView) -> None:
        page = max(1, text.size.height - 1)
        tops = {
            "up": text.top - 1,
            "down": text.top + 1,
            "pageup": text.top - page,
            "pagedown": text.top + page,
            "space": text.top + page,
            "home": 0,
            "end": len(text.lines),
        }
        if key in tops:
            if text.scroll_rows(tops[key]):
                self._paint()
        elif key in ("left", "right"):
            text.scroll_cells(text.left + (_SIDE_STEP if key == "right" else -_SIDE_STEP))

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        if self.text is not None and self.text.scroll_rows(self.text.top + _WHEEL_ROWS):
            self._paint()

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        if self.text is not None and self.text.scroll_rows(self.text.top - _WHEEL_ROWS):
            self._paint()
