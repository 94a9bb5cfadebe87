"""A link to an object for somebody without an account. It is a secret: no line of a log has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC
from typing import TYPE_CHECKING

from tfm.jobs.audit import written_down
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import local_time, safe_text, sentence
from tfm.ops.context import OpContext
from tfm.ops.post_form import FORMS, parse_size, parse_type, post_form, told, written
from tfm.ops.presign import parse_span, presign
from tfm.storage.object_facets import Link, PostForm, PostLimits
from tfm.ui import clipboard
from tfm.ui.actions.objects import look_at_one
from tfm.ui.actions.reasons import why_missing
from tfm.ui.selection import why_read_only

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.qr import Code

_DOWNLOAD, _UPLOAD, _FORM = "download", "upload", "upload by a form"
_SHORTEST = "1s"
"""No link that is asked for is shorter than one that lives so long."""
_LIMITS = "7 days at most, and no longer than temporary credentials live. No request is sent."


def start_link(app: TfmApp) -> None:
    """Ask what the link is for and how long it lives."""
    pane = app.session.pane
    current = pane.current
    if why := why_missing(app, "share_link"):
        app.say(sentence(why), "warning")
        return
    facet = app.vfs.known_facets(pane.place).presign
    assert facet is not None
    from tfm.ui.dialogs.form import Form, Line

    file = current is not None and not current.is_directory
    name = current.name if current is not None and file else ""
    longest = facet.longest
    ways: tuple[str, ...] = (_DOWNLOAD, _UPLOAD, _FORM) if file else (_UPLOAD, _FORM)
    if why_read_only(app):
        ways = ways[:1] if file else ()
    if not ways:
        app.say("Put the cursor on an object.", "warning")
        return
    lines = (
        Line("span", "Lives for", "1h", "15m, 1h, 2d."),
        Line("way", "To", ways[0], "An upload replaces what is there.", choices=ways),
        Line(
            "name",
            "Name here",
            name,
            "For an upload. Nothing, for a form: any name, here and below.",
        ),
        Line(
            "largest", "Form: up to", "", "500K, 10M or 1G; nothing: 5 GiB, the most there can be."
        ),
        Line(
            "type",
            "Form: content type",
            "",
            "image/png, image/* for all images, or nothing for any.",
        ),
    )

    def check(values: Mapping[str, str]) -> str:
        try:
            parse_span(values["span"], longest)
        except ValueError as error:
            return str(error)
        if values["way"] != _FORM:
            return "" if values["name"] else "Type a name."
        try:
            _limits(values)
        except ValueError as error:
            return str(error)
        return ""

    here = pane.place

    def chosen(values: Mapping[str, str] | None) -> None:
        if values is not None:
            typed = values["name"]
            place = here.child(typed) if typed else here.as_directory()
            if current is not None and file and typed == current.name:
                place = pane.location(current)
            if values["way"] == _FORM:
                _make_form(app, place, values["span"], _limits(values))
            else:
                _make(app, place, values["span"], upload=values["way"] == _UPLOAD)

    form = Form("A link to share", lines, accept="Make", about=_LIMITS, check=check)
    app.push_screen(form, chosen)


def _granted(app: TfmApp, place: Location, right: str, span: str) -> AbstractContextManager[None]:
    """Around the making of a link: the audit log is told of the right it gives."""
    title = f"Link to {right} {place}, for {span}"
    return written_down(app.jobs.audit, app.vfs, "presign", title, (place,))


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

    def make(cancel: CancelToken) -> Link:
        with _granted(app, place, "store" if upload else "download", span):
            return presign(OpContext(app.vfs, cancel=cancel), place, span, upload=upload)

    app.bridge.ask(
        make,
        made,
        lambda error: app.say(str(error), "error"),
    )


def _limits(values: Mapping[str, str]) -> PostLimits:
    """Raises ValueError."""
    return PostLimits(parse_size(values["largest"]), content_type=parse_type(values["type"]))


def _make_form(app: TfmApp, place: Location, span: str, limits: PostLimits) -> None:
    def made(form: PostForm) -> None:
        from tfm.ui.dialogs.post_form import PostFormDialog

        texts = {way: written(form, way) for way in FORMS}

        def copy(way: str) -> None:
            if clipboard.send(app, texts[way]):
                app.say(f"To the clipboard, if the terminal takes it (OSC 52): the form, {way}")
            else:
                app.say("The form is longer than a clipboard of a terminal takes.", "warning")

        until = local_time(int(form.until) * 10**9, UTC)
        lines = told(form, limits, place, until)
        app.push_screen(PostFormDialog(f"Form for {safe_text(place.name)}", texts, lines, copy))

    def make(cancel: CancelToken) -> PostForm:
        with _granted(app, place, "store by a form", span):
            return post_form(OpContext(app.vfs, cancel=cancel), place, span, limits)

    app.bridge.ask(
        make,
        made,
        lambda error: app.say(str(error), "error"),
    )


def start_qr(app: TfmApp) -> None:
    """Draw a link to the object at the cursor for a camera; where there is no room, say so before any question."""
    pane = app.session.pane
    current = pane.current
    if why := why_missing(app, "qr_link"):
        app.say(sentence(why), "warning")
        return
    facet = app.vfs.known_facets(pane.place).presign
    assert facet is not None
    if current is None or current.is_directory:
        app.say("Put the cursor on an object.", "warning")
        return
    place, longest = pane.location(current), facet.longest

    def measure(place: Location, cancel: CancelToken) -> Code:
        link = presign(OpContext(app.vfs, cancel=cancel), place, _SHORTEST)
        return _code_of(link, place)

    def measured(code: Code | None) -> None:
        if code is not None and _has_room(app, code):
            _ask_span(app, place, longest)

    look_at_one(app, [(place, current)], measure, measured)


def _ask_span(app: TfmApp, place: Location, longest: int) -> None:
    from tfm.ui.dialogs.prompt import Prompt

    def check(text: str) -> str:
        try:
            parse_span(text, longest)
        except ValueError as error:
            return str(error)
        return ""

    def typed(span: str | None) -> None:
        if span is not None:
            _draw(app, place, span)

    question = f"A link to download {safe_text(place.name)}, as a QR code. Lives for (15m, 1h, 2d):"
    app.push_screen(Prompt("QR code", question, "1h", check=check), typed)


def _code_of(link: Link, place: Location) -> Code:
    """On a worker. Raises StorageError."""
    from tfm.ui.qr import code_of

    try:
        return code_of(link.url)
    except ValueError as error:
        raise StorageError(str(error), place=place) from error


def _is_plain(app: TfmApp) -> bool:
    from tfm.ui.ascii import AsciiDriver

    return isinstance(app._driver, AsciiDriver)


def _has_room(app: TfmApp, code: Code) -> bool:
    """Says so if there is none."""
    from tfm.ui.dialogs.qr import AROUND

    size = code.size(plain=_is_plain(app))
    columns, lines = (side + around for side, around in zip(size, AROUND, strict=True))
    if columns <= app.size.width and lines <= app.size.height:
        return True
    app.say(
        f"The QR code of this link needs {columns} columns and {lines} lines; there are "
        f"{app.size.width} and {app.size.height}.",
        "warning",
    )
    return False


def _draw(app: TfmApp, place: Location, span: str) -> None:
    def made(drawn: tuple[Link, Code]) -> None:
        from tfm.ui.dialogs.qr import QrDialog

        link, code = drawn
        if not _has_room(app, code):
            return
        until = local_time(int(link.until) * 10**9, UTC)
        note = f"Download until {until} UTC. Whoever sees it has it."
        app.push_screen(QrDialog(f"{safe_text(place.name)}", code, (note,), plain=_is_plain(app)))

    def work(cancel: CancelToken) -> tuple[Link, Code]:
        with _granted(app, place, "download", span):
            link = presign(OpContext(app.vfs, cancel=cancel), place, span)
        return link, _code_of(link, place)

    app.bridge.ask(work, made, lambda error: app.say(str(error), "error"))


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "share_link": start_link,
    "qr_link": start_qr,
}
