"""A link to an object for somebody without an account. It is a secret: no line of a log has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import TYPE_CHECKING

from tfm.model.location import Location
from tfm.model.text import local_time, safe_text
from tfm.ops.context import OpContext
from tfm.ops.presign import parse_span, presign
from tfm.storage.object_facets import Link
from tfm.ui import clipboard

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_DOWNLOAD, _UPLOAD = "download", "upload"
_LIMITS = "7 days at most, and no longer than temporary credentials live. No request is sent."


def start_link(app: TfmApp) -> None:
    """Ask what the link is for and how long it lives."""
    pane = app.session.pane
    current = pane.current
    facet = app.vfs.known_facets(pane.place).presign
    if facet is None or pane.place.is_top:
        app.say("There are no such links to what is here.", "warning")
        return
    from tfm.ui.dialogs.form import Form, Line

    file = current is not None and not current.is_directory
    name = current.name if current is not None and file else ""
    longest = facet.longest
    ways: tuple[str, ...] = (_DOWNLOAD, _UPLOAD) if file else (_UPLOAD,)
    if app.vfs.read_only:
        ways = ways[:1] if file else ()
    if not ways:
        app.say("Put the cursor on an object.", "warning")
        return
    lines = (
        Line("span", "Lives for", "1h", "15m, 1h, 2d."),
        Line("way", "To", ways[0], "An upload replaces what is there.", choices=ways),
        Line("name", "Name here", name, "For an upload: under which name."),
    )

    def check(values: Mapping[str, str]) -> str:
        try:
            parse_span(values["span"], longest)
        except ValueError as error:
            return str(error)
        return "" if values["name"] else "Type a name."

    here = pane.place

    def chosen(values: Mapping[str, str] | None) -> None:
        if values is not None:
            upload = values["way"] == _UPLOAD
            typed = values["name"]
            place = here.child(typed)
            if current is not None and typed == current.name:
                place = pane.location(current)
            _make(app, place, values["span"], upload=upload)

    form = Form("A link to share", lines, accept="Make", about=_LIMITS, check=check)
    app.push_screen(form, chosen)


def _make(app: TfmApp, place: Location, span: str, *, upload: bool) -> None:
    def made(link: Link) -> None:
        from tfm.ui.dialogs.link import LinkDialog

        verb = "store" if upload else "download"
        until = local_time(int(link.until) * 10**9, UTC)
        told = (
            f"Whoever has it can {verb} until {until} UTC. Treat it as a password.",
            *link.notes,
        )

        def copy(again: str | None = "copy") -> None:
            if again != "copy":
                return
            if clipboard.send(app, link.url):
                shown = safe_text(place.name)
                app.say(f"To the clipboard, if the terminal takes it (OSC 52): a link to {shown}")
            else:
                app.say("The link is longer than a clipboard of a terminal takes.", "warning")

        copy()
        app.push_screen(LinkDialog(f"Link to {safe_text(place.name)}", link.url, told), copy)

    app.bridge.ask(
        lambda cancel: presign(OpContext(app.vfs, cancel=cancel), place, span, upload=upload),
        made,
        lambda error: app.say(str(error), "error"),
    )


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"share_link": start_link}
