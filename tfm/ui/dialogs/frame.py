"""What all dialogs share: the box, the keys, the row of buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from tfm.model.text import safe_text
from tfm.ui.cells import width_of
from tfm.ui.theming import Palette

T = TypeVar("T")

DRAWN_AFTER = 0.02
LEAVING = ("escape", "ctrl+c", "ctrl+g", "f10")


@dataclass(frozen=True, slots=True)
class Button:
    """A word to press; `hot` is the letter that presses it where no field takes letters."""

    id: str
    label: str
    hot: str = ""


class Label(Static):
    """Plain text that came from anywhere: made safe, never read as markup."""

    def __init__(self, text: str, *, classes: str | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(safe_text(text), markup=False, classes=classes, id=id)

    def say(self, text: str) -> None:
        """Another text of about the same length; never a layout."""
        self.update(Content(safe_text(text)), layout=False)

    def show_lines(self, lines: Sequence[str]) -> None:
        """One under the other, each made safe by itself."""
        self.update(Content("\n".join(safe_text(line) for line in lines)))


class ButtonRow(Widget, can_focus=False):
    """One line of buttons, one of them selected."""

    class Pressed(Message):
        """A button was pressed."""

        def __init__(self, button: str) -> None:
            super().__init__()
            self.button = button

    def __init__(self, buttons: Sequence[Button], selected: int, palette: Palette) -> None:
        super().__init__()
        self.buttons = list(buttons)
        self.selected = selected
        self._palette = palette

    def get_content_width(self, *_sizes: object) -> int:
        """Cells of all buttons side by side."""
        return sum(width_of(button.label) + 4 for button in self.buttons)

    def select(self, index: int) -> None:
        """Another button is the selected one."""
        self.selected = index
        self.refresh()

    def _places(self) -> list[tuple[int, int]]:
        places, at = [], 0
        for button in self.buttons:
            width = width_of(button.label) + 4
            places.append((at, at + width))
            at += width
        return places

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """`[ Cancel ] [ Delete ]`, hot letters underlined."""
        palette = self._palette
        segments: list[Segment] = []
        for index, button in enumerate(self.buttons):
            style = palette.cursor if index == self.selected else palette.panel
            at = button.label.lower().find(button.hot) if button.hot else -1
            opening, closing = ("[ ", " ]") if index == self.selected else ("  ", "  ")
            segments.append(Segment(opening, style))
            if at >= 0:
                label = button.label
                segments.append(Segment(label[:at], style))
                segments.append(Segment(label[at], style + Style(underline=True, bold=True)))
                segments.append(Segment(label[at + 1 :], style))
            else:
                segments.append(Segment(button.label, style))
            segments.append(Segment(closing, style))
        strip = Strip(segments)
        return strip.adjust_cell_length(self.size.width, palette.panel)

    def on_click(self, event: events.Click) -> None:
        """Press what is under the pointer."""
        for index, (start, end) in enumerate(self._places()):
            if start <= event.x < end:
                self.post_message(self.Pressed(self.buttons[index].id))


class Dialog(ModalScreen[T], Generic[T], inherit_bindings=False):
    """A box in the middle. Esc leaves with None, Enter presses the selected button.

    `field` exists from the beginning, so that keys typed before it is drawn reach it.
    """

    AUTO_FOCUS = "Input"
    # a terminal of ten lines has no room for empty ones; the buttons need it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-tall")]  # noqa: RUF012 - as Textual declares it

    def __init__(
        self,
        title: str,
        buttons: Sequence[Button],
        *,
        selected: int = 0,
        classes: str = "",
        field: Input | None = None,
    ) -> None:
        super().__init__()
        self.field = field
        self._box_title = title
        self._box_classes = classes
        self._buttons = tuple(buttons)
        self._selected = selected
        self._row: ButtonRow | None = None
        self._box: Vertical | None = None

    def body(self) -> ComposeResult:
        """What stands in the box above the buttons."""
        yield from ()

    def compose(self) -> ComposeResult:
        """The box; drawn once it has its size, not empty and again."""
        self.app.delay_update(DRAWN_AFTER)
        with Vertical(classes=f"dialog {self._box_classes}".strip()) as box:
            self._box = box
            box.border_title = Content(safe_text(self._box_title))
            yield from self.body()
            if self._buttons:
                yield Label("", classes="gap")
                self._row = ButtonRow(self._buttons, self._selected, palette_for(self))
                yield self._row

    def retitle(self, title: str) -> None:
        """Another title."""
        self._box_title = title
        if self._box is not None:
            self._box.border_title = Content(safe_text(title))

    # -- for those who build on it -----------------------------------------------------------------

    def pressed(self, button: str) -> None:  # noqa: ARG002 - for those who look
        """A button was pressed; the dialog decides what that means."""
        self.dismiss(None)

    def leave(self) -> None:
        """Esc."""
        self.dismiss(None)

    def edited(self) -> None:
        """The text in the field is another one."""

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """One key: leave, choose a button, or edit the field."""
        key = event.key
        if key in LEAVING:
            self.leave()
        elif key == "enter":
            if self._buttons:
                self.pressed(self._buttons[self._selected].id)
        elif self._buttons and self._turns(key):
            self.select((self._selected + self._turns(key)) % len(self._buttons))
        elif self.field is not None:
            self._edit(self.field, event)
        elif event.character:
            hot = event.character.lower()
            for button in self._buttons:
                if button.hot == hot:
                    self.pressed(button.id)
                    return

    def take_paste(self, text: str) -> None:
        """Only the field takes pasted text, and of that the first line."""
        if self.field is not None and text:
            self.field.insert_text_at_cursor(text.splitlines()[0])
            self.edited()

    def _turns(self, key: str) -> int:
        if key in ("tab", "down") or (key == "right" and self.field is None):
            return 1
        return -1 if key in ("shift+tab", "up") or (key == "left" and self.field is None) else 0

    def _edit(self, field: Input, event: events.Key) -> None:
        edit = EDITS.get(event.key)
        if edit is not None:
            edit(field)
        elif event.character and event.character.isprintable():
            if field.selection.is_empty:
                field.insert_text_at_cursor(event.character)
            else:
                field.replace(event.character, *field.selection)
        else:
            return
        self.edited()

    def select(self, button: int) -> None:
        """Another button is the one that Enter presses."""
        self._selected = button
        if self._row is not None:
            self._row.select(button)

    def on_button_row_pressed(self, message: ButtonRow.Pressed) -> None:
        """The mouse pressed a button."""
        message.stop()
        self.pressed(message.button)


EDITS: Mapping[str, Callable[[Input], None]] = {
    "left": lambda field: field.action_cursor_left(),
    "right": lambda field: field.action_cursor_right(),
    "ctrl+left": lambda field: field.action_cursor_left_word(),
    "ctrl+right": lambda field: field.action_cursor_right_word(),
    "home": lambda field: field.action_home(),
    "ctrl+a": lambda field: field.action_home(),
    "end": lambda field: field.action_end(),
    "ctrl+e": lambda field: field.action_end(),
    "backspace": lambda field: field.action_delete_left(),
    "delete": lambda field: field.action_delete_right(),
    "ctrl+d": lambda field: field.action_delete_right(),
    "ctrl+w": lambda field: field.action_delete_left_word(),
    "ctrl+u": lambda field: field.action_delete_left_all(),
    "ctrl+k": lambda field: field.action_delete_right_all(),
}


def text_width(screen_width: int) -> int:
    """Cells of a line in a `wide` dialog, without edge and padding: at least one."""
    return max(1, screen_width * 9 // 10 - 4)


def palette_for(widget: Widget) -> Palette:
    """The colours of the app a widget lives in."""
    palette = getattr(widget.app, "palette", None)
    assert isinstance(palette, Palette)
    return palette


def select_all(field: Input) -> None:
    """The next letter replaces what stands there; an arrow keeps it."""
    field.selection = Selection(0, len(field.value))


def text_field(value: str, *, select: tuple[int, int] | None = None) -> Input:
    """A one-line field without frame, blinking or completion; all of it is selected at first."""
    made = Input(value, compact=True, select_on_focus=False)
    made.cursor_blink = False
    made.selection = Selection(*(select or (0, len(value))))
    return made
