"""Links to objects for people without an account."""

from __future__ import annotations

import re

from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.storage.object_facets import Link

_SPAN = re.compile(r"(\d{1,9})\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_span(text: str, longest: int) -> int:
    """Seconds of `90`, `15m`, `1h` or `2d`. Raises ValueError, also beyond `longest` seconds."""
    found = _SPAN.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not seconds:
        raise ValueError("Write 15m, 1h or 2d.")
    if seconds > longest:
        raise ValueError(f"A link lives {longest // 86400} days at most.")
    return seconds


def presign(ctx: OpContext, place: Location, span: str, *, upload: bool = False) -> Link:
    """A link that ends after `span`. Raises ValueError, StorageError."""
    facet = ctx.vfs.facets(place).presign
    if facet is None:
        raise Unsupported(refusal(ctx, place), place=place, verb="make a link to")
    if upload:
        ctx.vfs.check_writable(place, "make a link to upload to")
    if place.looks_like_directory:
        raise Unsupported(
            f"Cannot make a link to {safe_text(str(place))}: a link leads to one object.",
            place=place,
            verb="make a link to",
            hint="Make one for each, or pack them first.",
        )
    return facet.link(place, parse_span(span, facet.longest), upload=upload)


def refusal(ctx: OpContext, place: Location) -> str:
    """Why there are no links to what is there; empty if there are."""
    if ctx.vfs.facets(place).presign is not None:
        return ""
    return f"{ctx.vfs.features(place).title} has no links that carry a signature."
