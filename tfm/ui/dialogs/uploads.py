"""Unfinished uploads as they become known; and what is asked before some of them are aborted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from textual import events
from textual.app import ComposeResult

from tfm.model.location import Location
from tfm.model.text import exact_size, local_time, plural, safe_text, short_size
from tfm.ops.uploads import Owner, OwnerOf, Weighed
from tfm.storage.open_uploads import OpenUpload, PartsHeld
from tfm.ui.cells import cut_start, width_of
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_width
from tfm.ui.dialogs.upload_rows import UploadRows

_TAKES_LINES = 13
_MOST_LINES = 20
_NAMED = 6
_AROUND_NAMES = 13
_HEAD = f"  {'Age':>5} {'Parts':>6} {'Size':>6}  {'Whose':<7} Key"
_BUTTONS = (
    Button("abort", "Abort", "a"),
    Button("resume", "Resume", "r"),
    Button("old", "Older than", "o"),
    Button("rule", "Lifecycle rule", "l"),
    Button("close", "Close", "c"),
)
_KEYS = {"delete": "abort", "f8": "abort"}

Name = tuple[str, str, str]
Act = Callable[[str, Sequence[OpenUpload]], None]
"""Called with a button, or `count` for what is to be weighed, and the uploads that are meant."""


def age_text(age_ns: int | None) -> str:
    """`5m`, `31h`, `12d`: at most five cells; `?` if it is not known."""
    if age_ns is None:
        return "?"
    minutes = age_ns // (60 * 10**9)
    if minutes < 120:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 72 * 60 else f"{minutes // 1440}d"


class UploadsDialog(Dialog[None]):
    """The list. What is done is done by `act`: the list stays beneath, and is told what became of it.

    `why_not_abort` says why nothing here can be aborted; empty if it can.
    """

    def __init__(
        self, place: Location, act: Act, zone: tzinfo | None, why_not_abort: str = ""
    ) -> None:
        super().__init__(
            f"Unfinished uploads in {safe_text(place.name or str(place))}",
            _BUTTONS,
            selected=len(_BUTTONS) - 1,
            classes="wide",
        )
        self.uploads: list[OpenUpload] = []
        self.ended = False
        self._place = place
        self._act = act
        self._zone = zone
        self._why_not_abort = why_not_abort
        self._owner_of: OwnerOf | None = None
        self._weights: dict[Name, Weighed] = {}
        self._asked: set[Name] = set()
        self._marked: set[Name] = set()
        self._problem = ""
        self.list = UploadRows(self.uploads, self._row_of)
        self._sum = ""
        self._told = Label("Reading …", classes="muted slot")
        self._details = [Label("", classes="muted slot gap lines") for _ in range(3)]
        self._why = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """The rows, what is known of the chosen one, their sum, and why something cannot be done."""
        room = self.app.size.height - _TAKES_LINES
        self.list.styles.height = max(1, min(_MOST_LINES, room))
        yield Label(_HEAD, classes="muted slot")
        yield self.list
        yield self._told
        yield from self._details
        yield self._why

    # -- what becomes known ------------------------------------------------------------------------

    def owners(self, owner_of: OwnerOf) -> None:
        """Whose they are."""
        self._owner_of = owner_of
        self._show()

    def add(self, uploads: Sequence[OpenUpload]) -> None:
        """More of them are known."""
        self.uploads.extend(uploads)
        self._show()

    def weighed(self, weights: Sequence[Weighed]) -> None:
        """What some of them hold."""
        self._weights.update((each.upload.name, each) for each in weights)
        self._asked.update(each.upload.name for each in weights)
        self._show()

    def end(self, problem: str = "") -> None:
        """All are known; or `problem` says why not."""
        self.ended, self._problem = True, problem
        self._show()

    def gone(self, names: Sequence[Name], problem: str = "") -> None:
        """These are no more; `problem` says what is still there, and why."""
        left = set(names)
        self.uploads[:] = [each for each in self.uploads if each.name not in left]
        self._marked -= left
        self._show()
        self._why.say(problem)

    def notice(self, text: str) -> None:
        """Something else that somebody should know."""
        self._why.say(text)

    def asked_for(self, uploads: Sequence[OpenUpload]) -> None:
        """Somebody is weighing them already."""
        self._asked.update(each.name for each in uploads)

    # -- what is shown -----------------------------------------------------------------------------

    def _show(self) -> None:
        """Something became known: the sum is another one, and some rows may be."""
        self._sum = self._sum_text()
        self.list.move(0)
        self._tell()

    def _row_of(self, upload: OpenUpload) -> tuple[str, str]:
        weight = self._weights.get(upload.name)
        held = weight.held if weight is not None else None
        parts = "…" if weight is None else "?" if held is None else f"{held.count:,}"
        size = "" if held is None else short_size(held.bytes)
        mark = "*" if upload.name in self._marked else " "
        columns = (
            f"{mark}{age_text(upload.age_ns):>5} {parts:>6} {size:>6}  {self._whose(upload):<7}"
        )
        return columns, self._name_of(upload)

    def _name_of(self, upload: OpenUpload) -> str:
        if self._place.holds(upload.place):
            return upload.place.relative_to(self._place)
        return upload.place.inner_key

    def _owner(self, upload: OpenUpload) -> Owner | None:
        return None if self._owner_of is None else self._owner_of(upload)

    def _whose(self, upload: OpenUpload) -> str:
        owner = self._owner(upload)
        if owner is None:
            return "…" if self._owner_of is None else "foreign"
        return "running" if owner.running else "ours"

    def _sum_text(self) -> str:
        """What all cost, or those that are marked."""
        chosen = self.uploads
        if self._marked:
            chosen = [each for each in self.uploads if each.name in self._marked]
        known = [w.held for each in chosen if (w := self._weights.get(each.name)) and w.held]
        least = "at least " if len(known) < len(chosen) or not self.ended else ""
        text: str = plural(len(chosen), "upload")
        if self._marked:
            text += " marked"
        if chosen:
            parts = plural(sum(held.count for held in known), "part")
            size = exact_size(sum(held.bytes for held in known))
            text += f"; {least}{parts}, {size}, billed"
        if self._problem:
            return f"{text}. {self._problem}" if self.uploads else self._problem
        if self.ended and len(self._asked) < len(self.uploads):
            text += " (t counts all)"
        return text if self.ended else f"{text} …"

    def _tell(self) -> None:
        """The sum, and the chosen one in full."""
        self._told.say(self._sum)
        upload = self.list.current
        lines = ["", "", ""] if upload is None else self._details_of(upload)
        for label, line in zip(self._details, lines, strict=True):
            label.say(line)
        if upload is not None and self.ended:
            self._weigh_at_need(upload)

    def on_upload_rows_moved(self) -> None:
        """The mouse moved the cursor."""
        self._tell()

    def _details_of(self, upload: OpenUpload) -> list[str]:
        began = local_time(upload.began_ns, self._zone, full=True) or "at an unknown time"
        who = f" by {upload.initiator}" if upload.initiator else ""
        owner = self._owner(upload)
        if self._owner_of is None:
            whose = ""
        elif owner is None:
            whose = "Of no job here: another program or computer began it."
        elif owner.refusal:
            whose = owner.refusal
        else:
            whose = f"Of interrupted job {owner.job}: {safe_text(owner.title)}"
        return [
            str(upload.place),
            f"Begun {began}{who}; {upload.storage_class or 'class not told'}; id {upload.id}",
            whose,
        ]

    def _weigh_at_need(self, upload: OpenUpload) -> None:
        if upload.name not in self._asked:
            self._asked.add(upload.name)
            self._act("count", (upload,))

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, Space marks, `*` turns the marks round, t counts all."""
        if self.list.walk(event.key):
            self._why.say("")
            self._tell()
        elif event.key in ("space", "insert"):
            self._mark()
        elif event.character == "*":
            self._marked = {each.name for each in self.uploads} - self._marked
            self._show()
        elif event.key in _KEYS:
            self.pressed(_KEYS[event.key])
        elif event.character == "t":
            rest = [each for each in self.uploads if each.name not in self._asked]
            self.asked_for(rest)
            self._act("count", rest)
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def _mark(self) -> None:
        upload = self.list.current
        if upload is not None:
            self._marked ^= {upload.name}
            self._show()
            self.list.move(1)
            self._tell()

    def pressed(self, button: str) -> None:
        """Do it with what is marked, else with the row at the cursor; what cannot be done says why."""
        if button == "close":
            self.dismiss(None)
            return
        chosen = [each for each in self.uploads if each.name in self._marked]
        current = self.list.current
        if current is not None and (not chosen or button == "resume"):
            chosen = [current]
        if why := self.why_not(button, chosen):
            self._why.say(why)
        else:
            self._act(button, chosen)

    def why_not(self, button: str, chosen: Sequence[OpenUpload]) -> str:
        """Why this cannot be done with them; empty if it can."""
        if button == "rule":
            return ""
        if button in ("abort", "old") and self._why_not_abort:
            return self._why_not_abort
        if button == "old":
            return "" if self.ended else "Not all of them are known yet."
        if not chosen:
            return "There is no upload to do that with."
        if self._owner_of is None:
            return "Whose they are is not known yet."
        owner = self._owner(chosen[0])
        if button == "abort":
            return owner.refusal if owner is not None and len(chosen) == 1 else ""
        if owner is None:
            return "Only the program that began it can go on with it."
        if owner.running:
            return "Its job is running."
        return f"Its job ran on {safe_text(owner.host)}: resume it there." if owner.host else ""


class AbortDialog(Dialog[Sequence[Weighed]]):
    """Gives what is to be aborted, once it was weighed. Opens at once, on Cancel."""

    def __init__(self, base: Location, count: int, stays: Mapping[str, int]) -> None:
        buttons = (Button("no", "Cancel", "c"), Button("yes", "Abort", "a"))
        super().__init__("Abort unfinished uploads", buttons, classes="wide")
        self._base = base
        self._count = count
        self._doomed: Sequence[Weighed] | None = None
        self._names = Label("", classes="lines")
        self._question = Label(f"Abort {plural(count, 'upload')} for good?")
        self._sum = Label("Counting their parts …", classes="slot")
        self._warnings = [Label("", classes="warning slot gap") for _ in range(2)]
        self._stays = stays
        self._problem = Label("", classes="error slot")

    def body(self) -> ComposeResult:
        """Which go, what is lost with them, what stays."""
        yield self._question
        yield self._names
        yield self._sum
        for reason, count in self._stays.items():
            yield Label(f"{plural(count, 'upload')} stays: {reason}", classes="muted")
        yield from self._warnings
        yield self._problem

    def counted(self, doomed: Sequence[Weighed]) -> None:
        """All that would go."""
        self._doomed = doomed
        room = max(1, min(_NAMED, self.app.size.height - _AROUND_NAMES))
        lines = [self._line(each) for each in doomed[:room]]
        if len(doomed) > room:
            lines = [*lines[: room - 1], f"  and {len(doomed) - room + 1:,} more"]
        self._names.styles.height = max(1, len(lines))
        self._names.show_lines(lines or ["Nothing is left to abort."])
        self._question.say(f"Abort {plural(len(doomed), 'upload')} for good?" if doomed else "")
        self._sum.say(lost_with(doomed) if doomed else "")
        for label, line in zip(self._warnings, warnings_of(doomed), strict=False):
            label.say(line)

    def _line(self, each: Weighed) -> str:
        place = each.upload.place
        name = place.relative_to(self._base) if self._base.holds(place) else place.inner_key
        held = "parts unknown" if each.held is None else _amount(each.held)
        front = f"  {age_text(each.upload.age_ns):>5}  {held}  "
        room = max(8, text_width(self.app.size.width) - width_of(front))
        return f"{front}{cut_start(safe_text(name), room)}"

    def failed(self, text: str) -> None:
        """They could not be weighed."""
        self._sum.say("")
        self._problem.say(text)

    def pressed(self, button: str) -> None:
        """Only what was weighed can go."""
        if button != "yes":
            self.dismiss(None)
        elif self._doomed is None:
            self._problem.say("They are not counted yet.")
        else:
            self.dismiss(self._doomed or None)


def _amount(held: PartsHeld) -> str:
    return f"{plural(held.count, 'part')}, {exact_size(held.bytes)}"


def lost_with(doomed: Sequence[Weighed]) -> str:
    """`24 parts, 2,468 bytes are lost.`"""
    known = [each.held for each in doomed if each.held is not None]
    total = PartsHeld(sum(held.count for held in known), sum(held.bytes for held in known))
    unknown = len(doomed) - len(known)
    rest = f", and what {unknown:,} more hold" if unknown else ""
    return f"{_amount(total)} are lost{rest}."


def warnings_of(doomed: Sequence[Weighed]) -> list[str]:
    """What somebody should know before."""
    told = []
    recent = sum(each.recent and each.owner is None for each in doomed)
    if recent:
        which = "It" if len(doomed) == 1 else f"{recent:,} of them"
        told.append(f"{which} got data in the last hour: somebody may be writing.")
    jobs = {each.owner.title for each in doomed if each.owner is not None}
    if jobs:
        which = "An interrupted job" if len(jobs) == 1 else f"{len(jobs):,} interrupted jobs"
        told.append(f"{which} will begin such files anew.")
    return told
