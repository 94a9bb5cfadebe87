"""What is typed into the status line while the panes stay in sight: a search, a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from tfm.model.match import Words
from tfm.model.text import safe_text
from tfm.session.seek import AT_ONCE, Names, Seek
from tfm.session.typed import TypedLine, remember
from tfm.ui.bridge import Pending
from tfm.ui.cells import cut_start
from tfm.ui.dialogs.frame import LEAVING
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_LEAST_FIELD = 12


class Typing:
    """A field in the status line. Enter keeps what came of it, Esc takes it back.

    A key that means nothing here ends it as Enter does, and then means what it always means.
    """

    TITLE = ""
    HELP = ""

    def __init__(self, app: TfmApp, line: TypedLine) -> None:
        self.app = app
        self.line = line
        self.side = app.session.active
        self.pane = app.session.pane

    def begin(self) -> None:
        """Hear the keys from now on."""
        screen = self.app.screen
        if isinstance(screen, PanesScreen):
            screen.mode = self
            self.paint()

    def end(self) -> None:
        """Hear them no more."""
        screen = self.app.screen_stack[0]
        if isinstance(screen, PanesScreen) and screen.mode is self:
            screen.mode = None
        self.app.status.show_field()

    # -- for those who build on it -----------------------------------------------------------------

    def edited(self) -> None:
        """The text is another one."""

    def moved(self, key: str) -> bool:  # noqa: ARG002 - for those who look
        """Up, Down and their kin; False if the key means nothing here."""
        return False

    def accept(self) -> None:
        """Enter."""

    def cancel(self) -> None:
        """Esc."""

    def told(self) -> str:
        """What stands behind the field."""
        return ""

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> bool:
        """One key."""
        key = event.key
        if self.pane is not self.app.session.pane:  # the mouse went elsewhere
            self.accept()
            self.end()
            return False
        if key in LEAVING:
            self.cancel()
            self.end()
        elif key == "enter":
            self.accept()
            self.end()
        elif self.moved(key):
            self.paint()
        elif event.character and event.character.isprintable():
            self.line.put(event.character)
            self._changed()
        elif self.line.edit(key):
            self._changed()
        else:
            self.accept()
            self.end()
            return False
        return True

    def take_paste(self, text: str) -> None:
        """The first line of what is pasted."""
        if text:
            self.line.put(text.splitlines()[0])
            self._changed()

    def _changed(self) -> None:
        self.edited()
        self.paint()

    def paint(self) -> None:
        """Title, text with its cursor, what came of it."""
        palette, line = self.app.palette, self.line
        before = safe_text(line.text[: line.cursor])
        under = safe_text(line.text[line.cursor : line.cursor + 1]) or " "
        after = safe_text(line.text[line.cursor + 1 :])
        room = self.app.status.size.width - len(self.TITLE) - len(self.told()) - len(after) - 8
        self.app.status.show_field(
            (f" {self.TITLE} ", palette.accent),
            (cut_start(before, max(_LEAST_FIELD, room)), palette.text),
            (under, palette.cursor),
            (after, palette.text),
            (f"  {self.told()}", palette.muted),
        )


class SearchMode(Typing):
    """`f`: the cursor follows what is typed; every word must occur in the name."""

    TITLE = "Search:"

    def __init__(self, app: TfmApp) -> None:
        super().__init__(app, TypedLine())
        self._seek = Seek(self.pane)
        self._names: Names | None = None
        self._pending: Pending | None = None

    def edited(self) -> None:
        """Look for the words; among very many rows on a worker."""
        words, rows = Words(self.line.text), self.pane.rows
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        names = self._names if self._names is not None and self._names.rows is rows else None
        if len(rows) <= AT_ONCE:
            names = names or Names(rows)
            self._found(words, names, names.hits(words))
            return

        def work() -> tuple[Names, list[int]]:
            known = names or Names(rows)
            return known, known.hits(words)

        def found(answer: tuple[Names, list[int]]) -> None:
            self._found(words, *answer)
            self.paint()

        self._pending = self.app.bridge.ask(lambda _cancel: work(), found)

    def _found(self, words: Words, names: Names, hits: list[int]) -> None:
        self._names = names
        top = self.pane.top
        self._seek.show(words, names.rows, hits)
        self._paint_rows(words, top)

    def _paint_rows(self, words: Words, top: int) -> None:
        """As few rows as possible, since each is sent down the line."""
        view = self.app.views[self.side]
        if self.pane.top != top:
            view.list.repaint()
            view.paint_rail()
        view.cursor_moved()
        view.list.highlight(words)

    def moved(self, key: str) -> bool:
        """Walk the matches."""
        if self._seek.is_stale:
            self.edited()
        if key in ("up", "down"):
            self._seek.step(1 if key == "down" else -1)
        elif key in ("pageup", "pagedown"):
            self._seek.to_end(last=key == "pagedown")
        else:
            return False
        self.app.views[self.side].cursor_moved()
        return True

    def accept(self) -> None:
        """The cursor stays."""
        self._over(self.pane.top)

    def cancel(self) -> None:
        """The cursor goes back."""
        top = self.pane.top
        self._seek.cancel()
        self._over(top)

    def _over(self, top: int) -> None:
        if self._pending is not None:
            self._pending.cancel()
        self._paint_rows(Words(""), top)

    def told(self) -> str:
        """Which match of how many."""
        if not self._seek.words:
            return "Several words must all occur. Enter stays, Esc goes back."
        if not self._seek.count:
            return "no match"
        return f"{self._seek.number:,}/{self._seek.count:,}  Up Down walk"


class FilterMode(Typing):
    """`;`: the rows follow what is typed; Up and Down bring earlier filters back."""

    TITLE = "Filter:"

    def __init__(self, app: TfmApp) -> None:
        super().__init__(app, TypedLine(app.session.pane.filter, app.session.filters))
        self._before = self.pane.filter

    def edited(self) -> None:
        """Show what fits."""
        self.app.navigator.filter_by(self.side, self.line.text.strip())

    def moved(self, key: str) -> bool:
        """Through the history."""
        if key not in ("up", "down"):
            return False
        if self.line.recall(1 if key == "up" else -1):
            self.edited()
        return True

    def accept(self) -> None:
        """Keep it, and keep it in mind."""
        remember(self.app.session.filters, self.pane.filter)
        self.app.recall.leave(self.pane)
        if self.pane.filter:
            self.app.recall.filtered(self.pane.filter)

    def cancel(self) -> None:
        """As it was."""
        if self.pane.filter != self._before:
            self.app.navigator.filter_by(self.side, self._before)

    def told(self) -> str:
        """How much is left, or what can be typed."""
        if not self.line.text:
            return "part of a name, or *.txt;*.md. Up: earlier ones"
        rows = self.pane.rows
        shown = rows.files
        return f"{shown:,} of {shown + rows.filtered:,} files. Enter keeps, Esc takes back."
