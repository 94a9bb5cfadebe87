"""The viewer of text and bytes: a screen around a `FileView`, with its keys and its footer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rich.style import Style
from textual import events
from textual.timer import Timer

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge
from tfm.ui.cells import cut_start
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.pane.lines import ends
from tfm.ui.viewers.file_view import FileView
from tfm.ui.viewers.footer import Question, footer_text, target_of
from tfm.ui.viewers.keys import BY_KEY, VIEW_KEYS
from tfm.ui.viewers.look import Look
from tfm.ui.viewers.screen import ReadingScreen
from tfm.ui.viewers.search import Wanted

_SIDE_STEP = 16
_WHEEL_ROWS = 3
_PROGRESS_EVERY = 0.25
_LEAVING = ("escape", "ctrl+c", "ctrl+g", "f10")


class Viewer(ReadingScreen):
    """Shows one file; `VIEW_KEYS` are its keys."""

    def __init__(
        self,
        bridge: Bridge,
        vfs: Vfs,
        place: Location,
        entry: Entry | None,
        look: Look | None = None,
    ) -> None:
        self.view = FileView(bridge, vfs, look or Look(), self._changed)
        super().__init__(self.view)
        self._place = place
        self._entry = entry
        self._question: Question | None = None
        self._origin = 0
        self.wanted: Wanted | None = None
        self._ticking: Timer | None = None
        self._acts: Mapping[str, Callable[[], None]] = self._table()

    def on_mount(self) -> None:
        """Ask for the beginning, once the height is known."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.view.wanted = self.wanted
        self.view.open(self._place, self._entry)
        self._paint()

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self.view.close()

    def on_resize(self) -> None:
        """The lines have another width."""
        self.call_after_refresh(self._paint)

    # -- header and footer -------------------------------------------------------------------------

    def _changed(self) -> None:
        """The view has something new to say."""
        if not self.is_attached:
            return
        if self.view.busy and self._ticking is None:
            self._ticking = self.set_interval(_PROGRESS_EVERY, self._paint)
        elif not self.view.busy and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        self._paint()

    def _paint(self) -> None:
        palette = palette_for(self)
        width = max(0, self._header.size.width - 2)
        self._header.show(
            (f" {ends(safe_text(str(self._place)), '', width)} ", palette.header_active)
        )
        question = self._question
        if question is None:
            self._footer.show((f" {footer_text(self.view, width)} ", palette.muted))
            return
        hint = question.hint or (self.view.note if self.view.note.startswith("Not found") else "")
        room = max(4, width - len(question.label) - len(hint) - 3)
        typed = cut_start(safe_text(question.text), room)
        self._footer.show(
            (f" {question.label}{typed}", palette.text),
            (" ", palette.text + Style(reverse=True)),
            (f"  {hint}", palette.muted),
        )

    # -- keys --------------------------------------------------------------------------------------

    def take_paste(self, text: str) -> None:
        """Into the question, if one is asked."""
        if self._question is not None and text:
            self._question.insert(text.splitlines()[0])
            self._paint()

    def take_key(self, event: events.Key) -> None:
        """A key of the question, else of the viewer."""
        if self._question is not None:
            self._key_of_question(self._question, event)
            return
        act = BY_KEY.get(event.key)
        if act is not None:
            self.view.note = ""
            self._acts[act]()
            self._paint()

    def _key_of_question(self, question: Question, event: events.Key) -> None:
        if event.key in _LEAVING:
            self._question = None
            self.view.stop()
            if question.label.startswith("/"):
                self.view.forget_search()
                self.view.go_to(self._origin)
        elif event.key == "enter":
            self._question = None
            question.accept()
        elif event.key == "ctrl+r" and question.label.startswith("/"):
            self.view.look.regex = not self.view.look.regex
            self._edited(question.text)
        elif not question.key(event) and event.key == "backspace":
            self._question = None
        self._paint()

    def _table(self) -> Mapping[str, Callable[[], None]]:
        view = self.view

        def moved(act: Callable[[], None]) -> Callable[[], None]:
            def do() -> None:
                if view.following:
                    view.toggle_follow()
                act()

            return do

        return {
            "close": self._close,
            "up": moved(lambda: view.scroll_lines(-1)),
            "down": moved(lambda: view.scroll_lines(1)),
            "page_up": moved(lambda: view.page(-1)),
            "page_down": moved(lambda: view.page(1)),
            "half_up": moved(lambda: view.page(-0.5)),
            "half_down": moved(lambda: view.page(0.5)),
            "home": moved(view.home),
            "end": view.end,
            "left": lambda: view.scroll_cells(-_SIDE_STEP),
            "right": lambda: view.scroll_cells(_SIDE_STEP),
            "go_to": self._ask_where,
            "search": moved(self._ask_what),
            "next": moved(lambda: view.search_again(backwards=False)),
            "previous": moved(lambda: view.search_again(backwards=True)),
            "wrap": view.toggle_wrap,
            "numbers": view.toggle_numbers,
            "dump": view.toggle_dump,
            "encoding": view.next_encoding,
            "tab": view.next_tab,
            "colours": view.toggle_colours,
            "follow": view.toggle_follow,
            "reload": lambda: view.reload(afresh=True),
            "help": lambda: self.list_keys("Keys of the viewer", VIEW_KEYS, self._acts),
        }

    def _close(self) -> None:
        """Esc first ends what is being looked for."""
        if not self.view.stop():
            self.dismiss(None)

    # -- going to a place --------------------------------------------------------------------------

    def _ask_where(self) -> None:
        self._question = Question("Go to: ", self._go)
        self._question.hint = "line, 50%, 0x1f00, @4096, $"

    def _go(self, text: str) -> None:
        view = self.view
        target = target_of(text, dump=view.dump)
        if view.content is None or not text.strip():
            return
        if target is None:
            view.note = f"{safe_text(text)} is no line, percentage or byte."
        elif target.kind == "end":
            view.end()
        elif target.kind == "line":
            view.go_to_line(int(target.value))
        elif target.kind == "byte":
            view.go_to(min(int(target.value), max(0, view.content.size - 1)))
        else:
            view.go_to(min(int(view.content.size * target.value), max(0, view.content.size - 1)))

    # -- searching ---------------------------------------------------------------------------------

    def _ask_what(self) -> None:
        line = self.view.top_line
        self._origin = line.start if line is not None else 0
        self._question = Question(
            "/", self._search, edited=self._edited, earlier=self.view.look.patterns
        )
        self._edited("")

    def _edited(self, text: str) -> None:
        """Search while it is typed, where that sends no requests."""
        question, view = self._question, self.view
        if question is None:
            return
        kind = "regular expression" if view.look.regex else "text"
        # half an expression may mean something that takes for ever
        waits = view.dear or view.look.regex
        question.hint = f"{kind} (Ctrl-R), Enter searches" if waits else f"{kind} (Ctrl-R)"
        if view.dump and not view.look.regex:
            question.hint = "text, or 0x and digits (Ctrl-R: regular expression)"
        if not text:
            view.stop()
            view.forget_search()
        elif view.look.regex:
            question.hint = _fault(text) or question.hint
        elif not waits:
            question.hint = self._try(text) or question.hint

    def _search(self, text: str) -> None:
        view = self.view
        if not text:
            if view.look.patterns:
                self.view.note = self._try(view.look.patterns[-1])
            return
        already = view.wanted == Wanted(text, view.look.regex)
        if view.dear or not already or view.match is None:
            view.note = self._try(text)

    def _try(self, text: str) -> str:
        """Begin to search; what is wrong with the text, or nothing."""
        fault = _fault(text) if self.view.look.regex else ""
        if fault:
            self.view.stop()
        else:
            self.view.search(Wanted(text, self.view.look.regex), self._origin)
        return fault

    # -- mouse -------------------------------------------------------------------------------------

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self.view.scroll_lines(_WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self.view.scroll_lines(-_WHEEL_ROWS)


def _fault(text: str) -> str:
    """What is wrong with a regular expression, or nothing."""
    try:
        Wanted(text, regex=True).on_screen()
    except re.error as error:
        return f"No regular expression: {error.msg}."
    return ""
