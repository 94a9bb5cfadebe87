"""A place from the user; Tab completes it, in directories and in buckets."""

from __future__ import annotations

import os

from textual import events
from textual.app import ComposeResult

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import BadPlace, Location, Style, local, parse
from tfm.model.text import safe_text
from tfm.ops.complete import Completion, complete
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field

_LINES = 8
_HINT = "Tab completes; once more, and Up and Down, go through what fits."


class GoTo(Dialog[Location]):
    """Gives the place, None if the user left. Keys never wait: a completion arrives, or is void."""

    def __init__(self, bridge: Bridge, vfs: Vfs, here: Location, *, hidden: bool) -> None:
        text = str(here)
        text = text if text.endswith("/") else f"{text}/"
        buttons = (Button("ok", "OK"), Button("cancel", "Cancel"))
        field = text_field(safe_text(text))
        super().__init__("Go to", buttons, classes="wide", field=field)
        self.typed = field
        self.list = ChoiceList()
        self._bridge = bridge
        self._vfs = vfs
        self._here = here
        self._hidden = hidden
        self._told = Label(_HINT, classes="muted slot")
        self._pending: Pending | None = None
        self._front = ""
        self._names: tuple[str, ...] = ()
        self._at = -1
        # what texts with odd names stand for: the field shows such names safely, and they differ
        self._means: dict[str, Location] = {}
        if safe_text(text) != text:
            self._means[str(safe_text(text))] = here

    def body(self) -> ComposeResult:
        """Question, field, what fits, and what there is to say."""
        yield Label("A local path or s3://bucket/key:")
        yield self.typed
        self.list.styles.height = max(1, min(_LINES, self.app.size.height - 12))
        yield self.list
        yield self._told

    def pressed(self, button: str) -> None:
        """Go to what the field says."""
        self._forget()
        if button != "ok":
            self.dismiss(None)
            return
        try:
            place = self._place_of(self.typed.value)
        except BadPlace as error:
            self._told.say(str(error))
        else:
            self.dismiss(place)

    def leave(self) -> None:
        """Esc: nothing is asked any more."""
        self._forget()
        super().leave()

    def take_key(self, event: events.Key) -> None:
        """Tab completes and goes through the list; everything else is for the field."""
        steps = {"tab": 1, "down": 1, "shift+tab": -1, "up": -1}
        if event.key not in steps:
            super().take_key(event)
        elif self._names:
            self._step(steps[event.key])
        elif event.key == "tab":
            self._complete()

    def edited(self) -> None:
        """Another text: what was asked for it is void."""
        self._forget()
        self._told.say(_HINT)

    def _forget(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        self._names, self._at = (), -1
        self.list.show(())

    # -- completing --------------------------------------------------------------------------------

    def _complete(self) -> None:
        if self._pending is not None:
            return  # the answer to the first Tab is on its way
        front, slash, start = self.typed.value.rpartition("/")
        front += slash
        if self.typed.value == "~":
            front, start = "~/", ""
        elif front.endswith("://") and "@" in start:
            connection, at, start = start.rpartition("@")
            front += connection + at
        try:
            directory = self._place_of(front) if front else self._here
        except BadPlace as error:
            self._told.say(str(error))
            return
        self._told.say("Looking…")

        def look(cancel: CancelToken) -> Completion:
            return complete(self._vfs, directory, start, hidden=self._hidden, cancel=cancel)

        def failed(error: StorageError) -> None:
            self._pending = None
            self._told.say(error.message)

        def arrive(found: Completion) -> None:
            self._pending = None
            self._arrived(front, start, directory, found)

        self._pending = self._bridge.ask(look, arrive, failed)

    def _arrived(self, front: str, start: str, directory: Location, found: Completion) -> None:
        if not found.names:
            self._told.say("Nothing begins so.")
            return
        for name in found.names:
            if safe_text(name) != name:
                shown, inside = str(safe_text(front + name)), name.endswith("/")
                self._means[shown] = directory.child(name.removesuffix("/"), directory=inside)
        if len(found.common) > len(start) or len(found.names) == 1:
            self._put(front + found.common)
        if len(found.names) == 1:
            self._told.say("")
            return
        self._front, self._names, self._at = front, found.names, -1
        rows = [Choice(name, safe_text(name), keep_end=True) for name in found.names]
        self.list.show(rows)
        self._told.say(f"{len(rows):,}{' and more' if found.more else ''} begin so.")

    def _step(self, by: int) -> None:
        """The next one that fits stands in the field; typing goes on from there."""
        self._at = (self._at + by) % len(self._names) if self._at >= 0 else (0 if by > 0 else -1)
        self._at %= len(self._names)
        self._put(self._front + self._names[self._at])
        self.list.show(self.list.rows, self._at)

    def _put(self, text: str) -> None:
        shown = safe_text(text)
        self.typed.value = shown
        self.typed.cursor_position = len(shown)

    def _place_of(self, text: str) -> Location:
        """What a text means, `..` as the shell takes it on a disk; raises BadPlace."""
        place = self._verbatim(text)
        if place.root.style is Style.PATH and "/../" in f"{place.key}/":
            return local(os.path.normpath(place.key))
        return place

    def _verbatim(self, text: str) -> Location:
        known = max((each for each in self._means if text.startswith(each)), key=len, default="")
        if not known or not (known == text or known.endswith("/")):
            return parse(text, base=self._here)
        base, rest = self._means[known], text[len(known) :]
        if base.root.style is Style.KEY:
            return Location(base.root, base.key + rest)
        return local(f"{base.key}/{rest}")
