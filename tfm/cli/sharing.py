"""`tfm presign`: print links to objects, one a line; or forms that store some."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from tfm.cli.account import Account
from tfm.cli.arguments import Usage
from tfm.cli.places import Typed, typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.text import local_time
from tfm.ops.context import OpContext
from tfm.ops.post_form import parse_size, parse_type, post_form, told, written
from tfm.ops.presign import parse_span
from tfm.ops.presign import presign as make
from tfm.storage.object_facets import PostLimits

_WEEK = 7 * 86400


def presign(run: VerbRun) -> int:
    """Links and forms to standard output, what they are limited by to standard error."""
    call = run.call
    if not call.places:
        raise Usage("Name an object: tfm presign PLACE...")
    if call.post and call.upload:
        raise Usage("--post is a form, --upload a link: leave one out.")
    if not call.post and (call.max_size or call.content_type or call.form != "curl"):
        raise Usage("--max-size, --content-type and --as are about forms: add --post.")
    try:
        limits = PostLimits(parse_size(call.max_size), content_type=parse_type(call.content_type))
    except ValueError as error:
        raise Usage(str(error)) from error
    try:
        parse_span(call.expires, _WEEK)
    except ValueError as error:
        raise Usage(f"--expires: {error}") from error
    account, ctx = Account(run), run.context()
    for place in (typed(text) for text in call.places):
        try:
            notes = _form(run, ctx, place, limits) if call.post else _link(run, ctx, place)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        account.done(place.text)
        for note in notes:
            run.console.say(note)
    return account.close()


def _link(run: VerbRun, ctx: OpContext, place: Typed) -> tuple[str, ...]:
    link = make(ctx, place.location, run.call.expires, upload=run.call.upload)
    run.console.line(link.url)
    return link.notes


def _form(run: VerbRun, ctx: OpContext, place: Typed, limits: PostLimits) -> Sequence[str]:
    form = post_form(ctx, place.location, run.call.expires, limits)
    run.console.line(written(form, run.call.form))
    until = local_time(int(form.until) * 10**9, UTC)
    return told(form, limits, place.location, until) if run.console.shows_progress else form.notes
