"""Forms that store an object (a POST signed beforehand): as fields, as a page, as a command line."""

from __future__ import annotations

import json
import re
import shlex
from html import escape

from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.ops.presign import parse_span, refusal
from tfm.storage.object_facets import PostForm, PostLimits

FIELDS, HTML, CURL = "fields", "html", "curl"
FORMS = (CURL, HTML, FIELDS)

_SIZE = re.compile(r"(\d{1,15})\s*([kmgt]?)i?b?")
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_TYPE = re.compile(r"[\w.+-]+/(\*|[\w.+-]+)", re.ASCII)
LARGEST = 5 * 1024**3
"""Bytes that one POST can store."""


def parse_size(text: str) -> int:
    """Bytes of `500`, `20K`, `10M` or `1G`, empty for the most there can be. Raises ValueError."""
    if not text.strip():
        return LARGEST
    found = _SIZE.fullmatch(text.strip().lower())
    size = int(found[1]) << _UNITS[found[2]] if found else 0
    if not 0 < size <= LARGEST:
        raise ValueError("Write 500K, 10M or 1G; 5G is the most.")
    return size


def parse_type(text: str) -> str:
    """`image/png`, `image/*`, or nothing for any. Raises ValueError."""
    text = text.strip()
    if text and not _TYPE.fullmatch(text):
        raise ValueError("Write a content type such as image/png or image/*, or nothing.")
    return text


def post_form(ctx: OpContext, place: Location, span: str, limits: PostLimits) -> PostForm:
    """A form for one object, or for any beneath a directory. Raises ValueError, StorageError."""
    facet = ctx.vfs.facets(place).presign
    verb = "make a form for"
    if facet is None:
        raise Unsupported(refusal(ctx, place), place=place, verb=verb)
    ctx.vfs.check_writable(place, verb)
    if place.is_top:
        raise Unsupported(
            "Name a bucket, a directory in one, or an object.", place=place, verb=verb
        )
    return facet.post(place, parse_span(span, facet.longest), limits)


def written(form: PostForm, way: str) -> str:
    """In one of the `FORMS`: for a program, a browser, a shell."""
    return {FIELDS: as_fields, HTML: as_html, CURL: as_curl}[way](form)


def as_fields(form: PostForm) -> str:
    """A JSON document: the address, and what goes in front of the file."""
    return json.dumps({"url": form.url, "fields": dict(form.fields), "file": "file"}, indent=1)


def as_html(form: PostForm) -> str:
    """A page of its own, to be opened in a browser."""
    fields = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.fields
    )
    open_type = form.open_type
    asked = (
        f'\n<label>Content type <input name="Content-Type" value="{escape(open_type)}"></label>'
        if open_type
        else ""
    )
    return (
        '<!doctype html>\n<meta charset="utf-8">\n<title>Upload</title>\n'
        f'<form action="{escape(form.url)}" method="post" enctype="multipart/form-data">\n'
        f'{fields}{asked}\n<input type="file" name="file" required>\n'
        '<button type="submit">Upload</button>\n</form>'
    )


def as_curl(form: PostForm, file: str = "FILE") -> str:
    """One line; `file` is to be replaced by the name of a file."""
    given = [f"{name}={value}" for name, value in form.fields]
    if form.open_type:
        given.append(f"Content-Type={form.open_type}")
    # --form-string: no value is read as @file or has a type behind a semicolon
    words = [word for pair in given for word in ("--form-string", shlex.quote(pair))]
    return " ".join(
        ["curl", "--fail", *words, "-F", shlex.quote(f"file=@{file}"), shlex.quote(form.url)]
    )


def told(form: PostForm, limits: PostLimits, place: Location, until: str) -> list[str]:
    """What whoever has it may do, in words."""
    what = "any object beneath " if place.looks_like_directory else ""
    kind = f" of {limits.content_type}" if limits.content_type else ""
    size = f"up to {limits.largest:,} bytes{kind}"
    return [
        f"Whoever has it can store {what}{safe_text(str(place))}, {size}.",
        f"It ends {until} UTC. Treat it as a password.",
        *form.notes,
    ]
