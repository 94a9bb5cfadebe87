"""Quick view: the file under the cursor, shown in place of the other pane.

It has worker threads of its own, so that a mount or server that never answers keeps neither keys nor
listings waiting, only previews.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from tfm.model.entry import Entry
from tfm.model.location import LOCAL, Location
from tfm.model.text import plural, safe_text
from tfm.session.pane import PaneState
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Post
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.pane.lines import Line, ends
from tfm.ui.viewers.file_view import FileView
from tfm.ui.viewers.footer import footer_text
from tfm.ui.viewers.look import Look

REST_LOCAL = 0.12
REST_REMOTE = 0.4
_WHEEL_ROWS = 3
_MOST_NAMES = 500


class QuickView(Vertical, can_focus=False):
    """`pane` tells the active pane, `key_of` the key of an action; `follow` is called whenever the cursor may
    have moved.
    """

    def __init__(
        self,
        vfs: Vfs,
        post: Post,
        look: Look,
        pane: Callable[[], PaneState],
        key_of: Callable[[str], str],
    ) -> None:
        super().__init__(classes="pane")
        self._key_of = key_of
        self._vfs = vfs
        self._pane = pane
        self._bridge = Bridge(vfs, post)
        self.view = FileView(self._bridge, vfs, look, self._paint)
        self._header = Line(classes="header")
        self._footer = Line(classes="footer")
        self._shown: tuple[Location, Entry] | None = None
        self._wanted: tuple[Location, Entry] | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Header, text, footer."""
        yield self._header
        yield self.view
        yield self._footer

    def on_mount(self) -> None:
        """Show what the cursor is on."""
        self.follow()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.view.close()
        self._bridge.close()

    def on_resize(self) -> None:
        """Header and footer have another width."""
        self.call_after_refresh(self._paint)

    def follow(self) -> None:
        """The cursor may stand elsewhere: what was begun for the old place is given up.

        The new one is asked for when the cursor has come to rest.
        """
        if not self.is_attached:
            return
        pane = self._pane()
        entry = pane.current
        wanted = (pane.location(entry), entry) if entry is not None else None
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self.view.close()
        if self._timer is not None:
            self._timer.stop()
        rest = REST_LOCAL if pane.place.root == LOCAL else REST_REMOTE
        self._timer = self.set_timer(rest, self._open)
        self._paint()

    def _open(self) -> None:
        self._timer = None
        self._shown = self._wanted
        if self._shown is None:
            self.view.say("Nothing is here.")
        else:
            place, entry = self._shown
            if entry.opens_as_directory:
                self.view.say(*self._directory(place))
            elif entry.kind.is_special:
                self.view.say("A pipe, socket or device has no contents to show.")
            else:
                self.view.open(place, entry)
        self._paint()

    def _directory(self, place: Location) -> list[str]:
        """What is known of a directory without asking anybody."""
        known = self._vfs.cached(place)
        if known is None:
            opens, counts = self._key_of("open"), self._key_of("details")
            return ["A directory.", "", f"{opens} opens it, {counts} counts what it holds."]
        names = sorted(
            f"{entry.name}/" if entry.is_directory else entry.name for entry in known.entries
        )
        more = len(names) - _MOST_NAMES
        told = names[:_MOST_NAMES] or ["An empty directory."]
        return [*told, f"and {plural(more, 'entry')}"] if more > 0 else told

    def _paint(self) -> None:
        if not self.is_attached:
            return
        palette, width = palette_for(self), max(0, self._header.size.width - 2)
        name = self._wanted[0].name if self._wanted is not None else ""
        self._header.show((f" {ends(safe_text(name), 'quick view', width)} ", palette.header))
        waiting = self._timer is not None
        text = "" if waiting or self.view.content is None else footer_text(self.view, width)
        self._footer.show((f" {text} ", palette.muted))

    # -- mouse -------------------------------------------------------------------------------------

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move on."""
        event.stop()
        self.view.scroll_lines(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move back."""
        event.stop()
        self.view.scroll_lines(-_WHEEL_ROWS)
