"""`tfm presign`: print links to objects, one a line."""

from __future__ import annotations

from tfm.cli.account import Account
from tfm.cli.arguments import Usage
from tfm.cli.places import typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.ops.presign import presign as make


def presign(run: VerbRun) -> int:
    """Links to standard output, what they are limited by to standard error."""
    if not run.call.places:
        raise Usage("Name an object: tfm presign PLACE...")
    account, ctx = Account(run), run.context()
    for place in (typed(text) for text in run.call.places):
        try:
            link = make(ctx, place.location, run.call.expires, upload=run.call.upload)
        except ValueError as error:
            raise Usage(f"--expires: {error}") from error
        except StorageError as error:
            account.refused(place.text, error)
            continue
        account.done(place.text)
        run.console.line(link.url)
        for note in link.notes:
            run.console.say(note)
    return account.close()
