"""Everything that is known about a thing, or how much several of them are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.strip import Strip

from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.location import Location
from tfm.model.text import SafeText, exact_size, local_time, plural, safe_text, short_size
from tfm.ops.size import Count
from tfm.storage.facets import Fact
from tfm.ui.cells import pad, width_of
from tfm.ui.dialogs.frame import Button, Dialog, palette_for
from tfm.ui.dialogs.scrolling import ScrollingLines
from tfm.ui.viewers.rows import wrapped

_LABEL_WIDTH, _WIDEST_LABEL = 18, 26
_KINDS = {
    Kind.FILE: "file",
    Kind.DIRECTORY: "directory",
    Kind.LINK: "symbolic link",
    Kind.FIFO: "named pipe",
    Kind.SOCKET: "socket",
    Kind.DEVICE: "device",
}


def _broken(text: SafeText, width: int) -> Iterator[SafeText]:
    """Lines of a value: broken behind a blank where one is near; nothing of it is left out."""
    rest = text
    while width_of(rest) > width:
        piece = next(wrapped(rest, width))
        at = piece.rfind(" ") + 1
        if at > len(piece) // 2 and not rest[len(piece) :].startswith(" "):
            piece = SafeText(piece[:at])
        yield piece
        rest = SafeText(rest[len(piece) :])
    yield rest


class FactList(ScrollingLines[tuple[SafeText, SafeText]]):
    """Labels at the left, values at the right, broken where they do not fit; scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: Sequence[Fact] = ()
        self._label_width = _LABEL_WIDTH

    def show(self, facts: Sequence[Fact]) -> None:
        """Replace them; where it is scrolled to stays."""
        self._facts = facts
        self._arrange()

    def _arrange(self) -> None:
        longest = max((width_of(safe_text(fact.label)) for fact in self._facts), default=0)
        self._label_width = min(max(_LABEL_WIDTH, longest + 1), _WIDEST_LABEL)
        self.show_lines([line for fact in self._facts for line in self._wrap(fact)])

    def _wrap(self, fact: Fact) -> Iterator[tuple[SafeText, SafeText]]:
        width = max(1, self.size.width - self._label_width)
        label = safe_text(fact.label)
        for piece in _broken(safe_text(fact.value), width):
            yield label, piece
            label = SafeText("")

    def on_resize(self) -> None:
        """Values break elsewhere."""
        self._arrange()

    def render_line(self, y: int) -> Strip:
        """One line."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        label, value = self._lines[at] if at < len(self._lines) else (SafeText(""), SafeText(""))
        room = min(self._label_width, width)
        segments = [
            Segment(f"{pad(label, max(0, room - 1))} ", palette.panel_muted),
            Segment(pad(value, width - room), palette.panel),
        ]
        return Strip(segments).adjust_cell_length(width, palette.panel)


class Details(Dialog[None]):
    """Opens at once with what the listing told; the rest is filled in as it comes.

    `measure` begins to ask who measures such a thing, and is called once; `measured` takes the answer.
    """

    def __init__(
        self,
        picked: Sequence[tuple[Location, Entry]],
        *,
        counting: bool,
        measure: Callable[[], None] | None = None,
    ) -> None:
        title = picked[0][0].name or str(picked[0][0])
        if len(picked) > 1:
            title = f"{len(picked):,} marked"
        buttons = [Button("ok", "Close", "c")]
        if measure is not None:
            buttons.append(Button("measure", "Measured size", "m"))
        super().__init__(title, buttons, classes="wide tall")
        self._measure = measure
        self._measured: Sequence[Fact] = ()
        self.list = FactList()
        self._itself = 1 if len(picked) == 1 and picked[0][1].is_directory else 0
        self._first = facts_of(*picked[0]) if len(picked) == 1 else facts_of_all(picked)
        self._count: Sequence[Fact] = (Fact("Contents", "counting…"),) if counting else ()
        self._more: Sequence[Fact] = (Fact("", "…"),) if len(picked) == 1 else ()

    def body(self) -> ComposeResult:
        """The list."""
        self.list.styles.height = "1fr"
        yield self.list

    def on_mount(self) -> None:
        """Show what is known already."""
        self._show()

    def described(self, facts: Sequence[Fact]) -> None:
        """What the storage knows has come."""
        self._more = facts
        self._show()

    def counted(self, count: Count) -> None:
        """So much was found so far."""
        self._count = facts_of_count(count, within=self._itself)
        self._show()

    def measured(self, facts: Sequence[Fact]) -> None:
        """What somebody measured has come."""
        self._measured = facts
        self._show()

    def pressed(self, button: str) -> None:
        """Leave, or ask who measures."""
        if button != "measure":
            self.leave()
        elif self._measure is not None and not self._measured:
            self.measured((Fact("Measured", "…"),))
            self._measure()

    def _show(self) -> None:
        self.list.show([*self._first, *self._count, *self._measured, *self._more])

    def take_key(self, event: events.Key) -> None:
        """Scroll, or leave."""
        if self.list.walk(event.key):
            return
        if event.key in ("q", "i"):
            self.leave()
        else:
            super().take_key(event)


def facts_of(place: Location, entry: Entry) -> list[Fact]:
    """What the row of a listing tells."""
    facts = [
        Fact("Name", entry.name or str(place)),
        Fact("Place", str(place)),
        Fact("Type", "bucket" if place.is_container else _KINDS[entry.kind]),
    ]
    details = entry.details
    if isinstance(details, LocalDetails) and details.target:
        facts.append(Fact("Leads to", details.target))
    if entry.size is not None and entry.kind is not Kind.DIRECTORY:
        facts.append(Fact("Size", _size(entry.size)))
    if entry.mtime_ns is not None:
        facts.append(Fact(_called(place, entry), _time(entry.mtime_ns)))
    stored = entry.source_mtime_ns
    if stored is not None and stored != entry.mtime_ns:
        facts.append(Fact("Time of content", _time(stored)))
    return facts


def _called(place: Location, entry: Entry) -> str:
    """What the time is of that its listing tells."""
    if place.is_container:
        return "Created"
    return "Uploaded" if isinstance(entry.details, ObjectDetails) else "Modified"


def facts_of_all(picked: Sequence[tuple[Location, Entry]]) -> list[Fact]:
    """What the rows of several marked things tell together."""
    entries = [entry for _, entry in picked]
    facts = [Fact("In", str(picked[0][0].parent))]
    for kind, name in _KINDS.items():
        if count := sum(entry.kind is kind for entry in entries):
            facts.append(Fact("Marked", plural(count, name)))
    facts.append(
        Fact("Size of files", _size(sum(e.size or 0 for e in entries if not e.is_directory)))
    )
    times = [entry.mtime_ns for entry in entries if entry.mtime_ns is not None]
    if times:
        facts += [Fact("Oldest", _time(min(times))), Fact("Newest", _time(max(times)))]
    return facts


def facts_of_count(count: Count, *, within: int = 0) -> list[Fact]:
    """Recursive totals, complete or not; `within` directories are not told, being what is looked at."""
    directories = max(0, count.directories - within)
    so_far = "" if count.complete else " so far…"
    facts = [
        Fact(
            "Contents",
            f"{plural(count.files, 'file')}, {plural(directories, 'directory')}{so_far}",
        ),
        Fact("In all", _size(count.bytes)),
    ]
    if count.unreadable:
        facts.append(Fact("Not readable", plural(count.unreadable, "directory")))
    return facts


def _size(size: int) -> str:
    return exact_size(size) if size < 1000 else f"{exact_size(size)} ({short_size(size)})"


def _time(moment_ns: int) -> str:
    here, there = local_time(moment_ns, full=True), local_time(moment_ns, UTC, full=True)
    return f"{there} UTC" if here == there else f"{here} here, {there} UTC"
