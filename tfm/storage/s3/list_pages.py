"""Pages of keys from servers of both generations: ListObjectsV2, else the ListObjects of before.

Which one a server knows is found out with its first page and remembered in `Manners`. A server of
the old kind refuses the new request, or takes it for an old one: then the page is cut and has no
token, and whoever took it for the whole would miss what follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import code_of, sdk_errors
from tfm.storage.s3.parse import KeyPage, page_of

_NOT_KNOWN = (
    *("NotImplemented", "501", "MethodNotAllowed", "405", "UnsupportedOperation"),
    *("InvalidArgument", "InvalidRequest", "400"),
)
_ONLY_NEW = ("OptionalObjectAttributes",)


def key_pages(
    calls: Calls,
    place: Location,
    verb: str,
    *,
    bulk: bool = False,
    cancel: CancelToken = NEVER,
    **parameters: Any,
) -> Iterator[KeyPage]:
    """All pages; the next one is asked for when it is wanted. `parameters` are those of the SDK.

    Old servers tell some names again: a prefix that is also the marker, or all prefixes with each page.
    """
    token, told = "", set[str]()
    while True:
        cancel.check()
        page = key_page(calls, place, verb, token, bulk=bulk, cancel=cancel, **parameters)
        if calls.manners.list_v2 is False and parameters.get("Delimiter"):
            page = replace(
                page,
                rows=tuple(row for row in page.rows if row.key not in told),
                prefixes=tuple(prefix for prefix in page.prefixes if prefix not in told),
            )
            told.update(page.prefixes, (row.key for row in page.rows))
        yield page
        if not page.token:
            return
        if token == page.token:
            raise _lost(place, verb, "the server repeats the same page")
        token = page.token


def key_page(
    calls: Calls,
    place: Location,
    verb: str,
    token: str = "",
    *,
    bulk: bool = False,
    cancel: CancelToken = NEVER,
    **parameters: Any,
) -> KeyPage:
    """One page; `token` is that of the page before."""
    parameters |= {"Bucket": place.container}
    if calls.manners.list_v2 is False:
        return _old(calls, place, verb, token, bulk, cancel, parameters)
    more = {"ContinuationToken": token} if token else {}
    try:
        answer = calls.send_raw(
            "list_objects_v2", place, bulk=bulk, cancel=cancel, **parameters, **more
        )
    except sdk_errors() as error:
        if calls.manners.list_v2 or token or code_of(error) not in _NOT_KNOWN:
            raise calls.translated(error, place, verb) from error
        try:
            page = _old(calls, place, verb, "", bulk, cancel, parameters)
        except StorageError:  # the old one does not help: what the first one met is the fault
            raise calls.translated(error, place, verb) from error
        calls.manners.list_v2 = False
        return page
    page = page_of(answer)
    if not page.cut:
        calls.manners.list_v2 = True
        return page
    if token:
        raise _lost(place, verb, "more follows, but the server does not say where")
    calls.manners.list_v2 = False
    return _old(calls, place, verb, "", bulk, cancel, parameters)


def _old(
    calls: Calls,
    place: Location,
    verb: str,
    token: str,
    bulk: bool,
    cancel: CancelToken,
    parameters: dict[str, Any],
) -> KeyPage:
    known = {name: value for name, value in parameters.items() if name not in _ONLY_NEW}
    if token:
        known["Marker"] = token
    page = page_of(calls.send("list_objects", place, verb, bulk=bulk, cancel=cancel, **known))
    if not page.cut:
        return page
    # Without a delimiter nobody says where it goes on: behind the last key. With one, keys and
    # prefixes are told apart, and only what lies before the ends of both is known to be told.
    ends = [max(names) for names in ([row.key for row in page.rows], page.prefixes) if names]
    return replace(page, token=min(ends, default=""), cut=False)


def _lost(place: Location, verb: str, why: str) -> StorageError:
    return StorageError(
        f"Cannot {verb} {safe_text(str(place))}: {why}.",
        place=place,
        verb=verb,
        hint="The rows so far are right, but more may be missing.",
    )
