"""The dialog of a search below a directory: results stream in while it goes on.

On a disk it searches while you type. In a bucket it waits for Enter, since a listing costs requests, and
before contents are read it says how many objects and bytes that would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.strip import Strip
from textual.timer import Timer

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import LOCAL
from tfm.model.match import Fuzzy
from tfm.model.text import plural, safe_text, short_size
from tfm.ops.context import OpContext
from tfm.ops.search import (
    CONTENT_SYNTAXES,
    NAME_SYNTAXES,
    BadPattern,
    Estimate,
    Hit,
    Limits,
    Query,
    Syntax,
    check,
    estimate,
)
from tfm.ui.bridge import Pending
from tfm.ui.cells import cut_start, pad, width_of
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label, palette_for, text_field
from tfm.ui.hunt import Hunt
from tfm.ui.pane.pane import shown_place, size_text

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_PAUSE = 0.15
"""Seconds without a key after which a search on a disk begins."""

_BEST_FIRST = 1000
"""Fuzzy results up to this number stand in the order of how well they fit, more as they come."""

_SYNTAX_WORDS = {
    Syntax.GLOB: "part of a name, or *.txt;*.md",
    Syntax.REGEX: "regular expression",
    Syntax.FUZZY: "letters in their order (fuzzy)",
    Syntax.TEXT: "text",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was chosen: one hit to go to, or (None) all of them for the pane."""

    hunt: Hunt
    hit: Hit | None = None


class Rows(Sequence[Choice[Hit]]):
    """The rows of hits, each made when it is looked at: there may be ten thousand, ten times a second."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._hits = hits

    def __len__(self) -> int:
        return len(self._hits)

    @overload
    def __getitem__(self, at: int) -> Choice[Hit]: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Choice[Hit]]: ...

    def __getitem__(self, at: int | slice) -> Choice[Hit] | Sequence[Choice[Hit]]:
        return Rows(self._hits[at]) if isinstance(at, slice) else choice(self._hits[at])


class HitList(ChoiceList):
    """Paths, whose end is kept where they are too long, and what was found in the files."""

    def show(self, rows: Sequence[Choice[Any]], cursor: int = 0) -> None:
        """Replace the rows, without a look at each."""
        self.rows = rows
        self.cursor = max(0, min(cursor, len(rows) - 1))
        self._follow()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One hit: path, then its line, or its size."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self.rows):
            return Strip([Segment(" " * width, palette.panel)], width)
        row = self.rows[at]
        note = safe_text(row.note)
        share = width // 2 if width_of(note) > 8 else width - width_of(note) - 2
        front = f" {pad(cut_start(safe_text(row.label), share), share)} "
        back = pad(note, width - width_of(front))
        if at == self.cursor:
            return Strip([Segment(front + back, palette.cursor)], width)
        return Strip([Segment(front, palette.panel), Segment(back, palette.panel_muted)], width)


class FindDialog(Dialog[Found]):
    """Searches below the active pane's place; gives what was chosen, None if the user left."""

    def __init__(self, app: TfmApp, *, content: bool) -> None:
        buttons = (
            Button("go", "Go there (Enter)"),
            Button("feed", "All into the pane (F5)"),
            Button("leave", "Close (Esc)"),
        )
        self._tfm = app
        self._content = content
        self._top = app.session.pane.place
        self._hidden = app.session.pane.hidden
        self._names = app.session.pane.filter
        self._limits = Limits(
            results=app.settings.max_search_results,
            objects=app.settings.s3_search_max_objects,
            bytes=app.settings.s3_search_max_bytes,
        )
        self._remote = self._top.root != LOCAL
        text, syntax = app.session.searches.get(content, ("", ""))
        super().__init__("Find", buttons, classes="find", field=text_field(text))
        self._syntax = Syntax(syntax) if syntax else self._syntaxes[0]
        self._how = Label("", classes="muted slot")
        self._told = Label("", classes="slot")
        self.list = HitList()
        self.hits: list[Hit] = []
        self.hunt: Hunt | None = None
        self._asked: Estimate | None = None
        self._asked_for: Query | None = None
        self._asking: Pending | None = None
        self._timer: Timer | None = None

    @property
    def _syntaxes(self) -> tuple[Syntax, ...]:
        return CONTENT_SYNTAXES if self._content else NAME_SYNTAXES

    def body(self) -> ComposeResult:
        """Field, how it is read, results, how far it got."""
        yield Label(f"below {shown_place(self._top)}", classes="slot")
        if self.field is not None:
            yield self.field
        yield self._how
        yield self.list
        yield self._told

    def on_mount(self) -> None:
        """The pattern of the last time is there, and selected."""
        self._show_mode()
        self._say("Type what to look for." if not self._text else "Enter searches again.")

    # -- the query -----------------------------------------------------------------------------------

    @property
    def _text(self) -> str:
        return self.field.value if self.field is not None else ""

    @property
    def wanted(self) -> Query:
        """What the dialog says now."""
        if self._content:
            return Query(
                self._top,
                self._names,
                content=self._text,
                content_syntax=self._syntax,
                hidden=self._hidden,
                limits=self._limits,
            )
        return Query(self._top, self._text, self._syntax, hidden=self._hidden, limits=self._limits)

    def _show_mode(self) -> None:
        title = "Find by content" if self._content else "Find by name"
        box = self.query_one(".dialog")
        box.border_title = Content(title)
        others = [each.value for each in self._syntaxes if each is not self._syntax]
        within = f" in {self._names}" if self._content and self._names else ""
        other = "name" if self._content else "content"
        self._how.say(
            f"{_SYNTAX_WORDS[self._syntax]}{within}  F2: {', '.join(others)}  Tab: by {other}"
        )

    # -- keys ----------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """The list moves while the field is typed into."""
        moves = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}
        key = event.key
        if key in moves:
            self.list.move(moves[key])
        elif key in ("ctrl+home", "ctrl+end"):
            self.list.move(len(self.hits) if key == "ctrl+end" else -len(self.hits))
        elif key == "tab":
            self._switch()
        elif key == "f2":
            at = self._syntaxes.index(self._syntax)
            self._syntax = self._syntaxes[(at + 1) % len(self._syntaxes)]
            self._show_mode()
            self.edited()
        elif key in ("f5", "ctrl+f"):
            self.pressed("feed")
        elif key == "enter":
            self._enter()
        elif key != "shift+tab":
            super().take_key(event)

    def _switch(self) -> None:
        self._content = not self._content
        self._syntax = self._syntaxes[0]
        self._show_mode()
        self.edited()

    def edited(self) -> None:
        """Another search: the old one ends at this key."""
        self._stop()
        self._show([])
        if not self._text:
            self._say("Type what to look for.")
        elif self._waits_for_enter:
            self._say("Enter searches: this costs requests.")
        else:
            self._say("…")
            self._timer = self.set_timer(_PAUSE, self._begin)

    @property
    def _waits_for_enter(self) -> bool:
        """Where each search costs something, nothing is searched by halves."""
        known = self._tfm.vfs.flat.peek(self._top) is not None
        return self._remote and (self._content or not known)

    def _enter(self) -> None:
        searched = self.hunt is not None and self.hunt.query == self.wanted
        if not searched:
            if self._text:
                self._begin()
        elif self.list.current is not None:
            self.pressed("go")

    def pressed(self, button: str) -> None:
        """Go to one, take all, or leave."""
        if button == "leave":
            self.leave()
        elif button == "feed":
            self._feed()
        elif self.hunt is not None and self.list.current is not None:
            self.hunt.cancel()
            self.dismiss(Found(self.hunt, self.list.current.value))
        else:
            self._say("Nothing found yet.")

    def _feed(self) -> None:
        """All of it into the pane, where a search that is not over yet goes on."""
        if self.hunt is None and self._text:
            self._begin()
        if self.hunt is None:
            return
        if self.hunt.ended and not self.hunt.hits:
            self._say("Nothing found.")
        else:
            self.dismiss(Found(self.hunt))

    def on_choice_list_chosen(self) -> None:
        """A click on the row at the cursor goes there."""
        self.pressed("go")

    def leave(self) -> None:
        """Esc: nothing goes on behind it."""
        self._stop()
        super().leave()

    # -- searching -----------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        if self._asking is not None:
            self._asking.cancel()
        if self.hunt is not None:
            self.hunt.cancel()
        self._timer = self._asking = self.hunt = None

    def _begin(self) -> None:
        self._stop()
        query = self.wanted
        try:
            check(query)
        except BadPattern as error:
            self._say(str(error), "error")
            return
        self._tfm.session.searches[self._content] = (self._text, self._syntax.value)
        if self._content and self._remote and self._asked_for != query:
            self._estimate(query)
            return
        self.hunt = Hunt(self._tfm, query)
        self.hunt.listen(self._more)

    def _estimate(self, query: Query) -> None:
        """Say first what it would cost."""

        def work(cancel: CancelToken) -> Estimate:
            return estimate(OpContext(self._tfm.vfs, cancel=cancel), query)

        def told(found: Estimate) -> None:
            self._asked_for = query
            text = f"This reads {plural(found.objects, 'object')}, {size_text(found.bytes)}"
            if found.is_bounded:
                text = f"{text} of {found.all_objects:,}, {size_text(found.all_bytes)} (the limit)"
            self._say(f"{text}. Enter begins.", "warning")

        def failed(error: StorageError) -> None:
            self._say(str(error), "error")

        self._say("Counting …")
        self._asking = self._tfm.bridge.ask(work, told, failed)

    def _more(self) -> None:
        hunt = self.hunt
        if hunt is None or not self.is_attached:
            return
        hits = list(hunt.hits)
        if self._syntax is Syntax.FUZZY and len(hits) <= _BEST_FIRST:
            cost = Fuzzy(self._text).cost
            hits.sort(key=lambda hit: cost(hit.path) or 0)
        self._show(hits)
        if hunt.error is not None:
            self._say(str(hunt.error), "error")
        else:
            self._say(told(hunt), "warning" if hunt.summary.ended else "plain")

    def _show(self, hits: list[Hit]) -> None:
        if hits or self.hits:
            self.hits = hits
            self.list.show(Rows(hits), self.list.cursor if hits else 0)

    def _say(self, text: str, level: str = "plain") -> None:
        self._told.set_classes(f"slot {level}")
        self._told.say(text)


def choice(hit: Hit) -> Choice[Hit]:
    """The row of a hit."""
    path = hit.path + ("/" if hit.entry.is_directory else "")
    return Choice(hit, path, f"{hit.line}: {hit.text}" if hit.line else short_size(hit.entry.size))


def told(hunt: Hunt) -> str:
    """How many were found, and what kept the search from the rest."""
    summary = hunt.summary
    pieces: list[str] = [plural(len(hunt.hits), "result")]
    if not hunt.ended:
        looked = f", {summary.seen:,} looked at" if summary.seen else ""
        return f"{pieces[0]}{looked} …"
    if summary.ended:
        pieces.append(summary.ended)
    if summary.binaries:
        pieces.append(f"{plural(summary.binaries, 'binary file')} left out")
    if summary.unreadable:
        pieces.append(f"{summary.unreadable:,} could not be read")
    return f"{', '.join(pieces)}."
