"""How much is stored beneath a directory and what that costs: by class, and by the directories in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.model.text import plural, safe_text, short_size
from tfm.ops.usage import Beside, Level, Usage, bytes_of, named, objects_of
from tfm.storage.prices import Amounts, figure, money, monthly_of_all
from tfm.ui.cells import pad, width_of
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_width
from tfm.ui.pane.lines import first_that_fits

_TAKES_LINES = 12
_MOST_LINES = 24
_MOST_CLASSES = 7
_NARROWEST, _WIDEST = 12, 30
_OBJECTS, _BYTES, _COST = 11, 7, 12
_ORDERS = ("bytes", "cost", "name")
_BUTTONS = (
    Button("in", "Open", "o"),
    Button("up", "Up", "u"),
    Button("sort", "Sort", "s"),
    Button("more", "Versions, uploads", "v"),
    Button("go", "Go there", "g"),
    Button("close", "Close", "c"),
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A directory, by the path that leads into it."""

    name: str
    amounts: Amounts

    @property
    def bytes(self) -> int:
        return bytes_of(self.amounts)


class UsageDialog(Dialog[str]):
    """Gives the path beneath the top that the pane is to go to, None if the user left.

    Opens at once and shows what is counted so far: `usage` grows, and `show` draws it anew. `more` counts what
    no listing shows at a path; `again` counts all of it anew.
    """

    def __init__(
        self,
        usage: Usage,
        usual: str,
        more: Callable[[str], None],
        again: Callable[[], None],
        when: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__("", _BUTTONS, classes="wide")
        self.usage = usage
        self.path = ""
        self.order = _ORDERS[0]
        self.fault = ""
        self._usual = usual
        self._more = more
        self._again = again
        self._when = when
        self._beside: dict[str, Beside] = {}
        self._level: Level = usage.level()
        self._told = Label("Counting …", classes="slot")
        self._by_class = Label("", classes="lines")
        self.list = ChoiceList(widest_label=_WIDEST)
        self._others = Label("", classes="lines muted")
        self._prices = Label("", classes="muted slot")
        self._why = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """The sum, the classes, the directories, what no listing shows, and where the prices are from."""
        yield self._told
        yield self._by_class
        yield self.list
        yield self._others
        yield self._prices
        yield self._why

    def on_mount(self) -> None:
        """What is known already is shown at once."""
        self.show()

    def on_resize(self, _event: events.Resize) -> None:
        """There may be room for more or fewer directories."""
        self.show()

    # -- what is known -----------------------------------------------------------------------------

    def show(self) -> None:
        """Draw what was counted so far."""
        self._level = self.usage.level(self.path)
        place = self.usage.top.as_directory()
        shown = safe_text(f"{place.name or place}/{self.path}" if place.key else str(place))
        when = self._when()
        self.retitle(f"Storage of {shown}, {when}" if when else f"Storage of {shown}")
        self._told.say(self._sum())
        rows = self._rows()
        classes = named(self._level.amounts, self._usual)
        labels = [width_of(safe_text(row.label)) for row in rows]
        width = max([_NARROWEST, *labels, *(width_of(safe_text(name)) for name in classes)])
        width = min(_WIDEST, width)
        self._show_classes(classes, width)
        held = self.list.current
        rows = [Choice(r.value, pad(safe_text(r.label), width), r.note) for r in rows]
        at = [n for n, row in enumerate(rows) if held is not None and row.value == held.value]
        taken = min(len(classes), _MOST_CLASSES) + self._show_beside()
        room = self.app.size.height - _TAKES_LINES - taken
        self.list.styles.height = max(2, min(_MOST_LINES, room, len(rows) or 2))
        self.list.show(rows, at[0] if at else 0)
        self._tell_prices()

    def counted(self, path: str, beside: Beside) -> None:
        """Earlier versions and unfinished uploads at a path, as far as they are known."""
        self._beside[path] = beside
        self.show()

    def failed(self, text: str) -> None:
        """It could not be counted to the end."""
        self.fault = text
        self._why.say(text)
        self.show()

    def count_anew(self, usage: Usage) -> None:
        """Another count has begun."""
        self.usage, self.fault = usage, ""
        self._beside.clear()
        self._why.say("")
        self.show()

    def _sum(self) -> str:
        level, prices = self._level, self.usage.prices
        objects, size = objects_of(level.amounts), bytes_of(level.amounts)
        text = f"{plural(objects, 'object')}, {short_size(size)}"
        if prices is not None:
            text += f", {money(monthly_of_all(prices, level.amounts), prices.currency)} a month"
        if self.usage.unreadable:
            text += f"; {plural(self.usage.unreadable, 'directory')} could not be read"
        if self.usage.complete:
            return text
        return f"At least {text}{'' if self.fault else ' …'}"

    def _line(self, amounts: Amounts) -> str:
        line = f"{objects_of(amounts):>{_OBJECTS},} {short_size(bytes_of(amounts)):>{_BYTES}}"
        prices = self.usage.prices
        if prices is not None:
            line += f" {figure(monthly_of_all(prices, amounts)):>{_COST}}"
        return line

    def _show_classes(self, classes: Amounts, width: int) -> None:
        prices = self.usage.prices
        heading = f"{'objects':>{_OBJECTS}} {'bytes':>{_BYTES}}"
        if prices is not None:
            heading += f" {f'{prices.currency}/month':>{_COST}}"
        ranked = sorted(classes.items(), key=lambda each: -each[1].bytes)
        lines = [f" {' ' * width} {heading}"]
        lines += [
            f" {pad(safe_text(name or 'no class told'), width)} {self._line({name: amount})}"
            for name, amount in ranked[:_MOST_CLASSES]
        ]
        self._by_class.styles.height = len(lines)
        self._by_class.show_lines(lines)

    def _rows(self) -> list[Choice[str]]:
        level = self._level
        rows = [_Row(name, amounts) for name, amounts in level.children]
        rows.sort(key=lambda row: row.name)
        if self.order == "bytes":
            rows.sort(key=lambda row: -row.bytes)
        elif self.order == "cost" and (prices := self.usage.prices) is not None:
            rows.sort(key=lambda row: -(monthly_of_all(prices, row.amounts) or 0.0))
        shown = [Choice(f"{row.name}/", f"{row.name}/", self._line(row.amounts)) for row in rows]
        if level.right_here and rows:
            shown.append(Choice("", "right here", self._line(level.right_here)))
        if level.left_out:
            shown.append(Choice("", f"{level.left_out:,} smaller ones", ""))
        return shown

    def _show_beside(self) -> int:
        beside = self._beside.get(self.path)
        lines = [] if beside is None else self._beside_lines(beside)
        self._others.display = bool(lines)
        self._others.styles.height = max(1, len(lines))
        self._others.show_lines(lines)
        return len(lines)

    def _beside_lines(self, beside: Beside) -> list[str]:
        rest = "" if beside.complete else " …"
        marks = f"; {plural(beside.marks, 'delete marker')}" if beside.marks else ""
        versions = "none are kept here" if beside.no_versions else self._in_words(beside.versions)
        uploads = beside.no_uploads or self._in_words(beside.uploads)
        return [
            f"Earlier versions: {versions}{marks}{rest}",
            f"Unfinished uploads: {uploads}{rest}",
        ]

    def _in_words(self, amounts: Amounts) -> str:
        if not amounts:
            return "none"
        text = f"{objects_of(amounts):,}, {short_size(bytes_of(amounts))}"
        prices = self.usage.prices
        if prices is None:
            return text
        return f"{text}, {money(monthly_of_all(prices, amounts), prices.currency)} a month"

    def _tell_prices(self) -> None:
        prices = self.usage.prices
        if prices is None:
            wordings = [
                "No prices are known for this server; a connection can give them: see docs/s3.md.",
                "No prices are known for this server (docs/s3.md).",
            ]
        else:
            wordings = [prices.told(), prices.told(short=True)]
        self._prices.say(first_that_fits(wordings, text_width(self.app.size.width)))

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, Enter goes in, Backspace up; left and right walk the buttons."""
        if self.list.walk(event.key):
            self._why.say(self.fault)
        elif event.key == "backspace":
            self.pressed("up")
        elif event.key == "ctrl+r":
            self._again()
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def on_choice_list_chosen(self) -> None:
        """A click on the row under the cursor goes in."""
        self.pressed("in")

    def pressed(self, button: str) -> None:
        """Walk, sort, count more, or leave."""
        if button == "close":
            self.dismiss(None)
        elif button == "go":
            self.dismiss(self.path)
        elif button == "in":
            self._enter()
        elif button == "up":
            self._leave_directory()
        elif button == "sort":
            self.order = _ORDERS[(_ORDERS.index(self.order) + 1) % len(_ORDERS)]
            self._why.say(f"Sorted by {self.order}.")
            self.show()
        elif self._when():
            self._why.say("Versions and unfinished uploads are counted in the present only.")
        else:
            self._more(self.path)

    def _enter(self) -> None:
        row = self.list.current
        if row is None or not row.value:
            self._why.say("There is no directory to go into.")
            return
        self._walk_to(self.path + str(row.value), "")

    def _leave_directory(self) -> None:
        if not self.path:
            self._why.say("This is where the count began.")
            return
        above, _, name = self.path[:-1].rpartition("/")
        self._walk_to(f"{above}/" if above else "", f"{name}/")

    def _walk_to(self, path: str, on: str) -> None:
        self.path = path
        self._why.say(self.fault)
        self.show()
        values: Sequence[object] = [row.value for row in self.list.rows]
        self.list.show(self.list.rows, values.index(on) if on in values else 0)
