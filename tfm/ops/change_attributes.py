"""Permissions, owners and times of what is there already, on request; alone or with all beneath."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from tfm.model.entry import Entry, Kind
from tfm.model.errors import Cancelled, StorageError, Unsupported
from tfm.model.location import Location
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import Item, Picked, Plan, walk
from tfm.storage.facets import Accounts, Owners, Ownership

ModeChange = Callable[[int, bool], int]
"""From the bits (07777) of a thing, and whether it is a directory, to new bits."""

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)\Z")
_ACTION = re.compile(r"([-+=])([rwxXst]*)")
_WHO = {"u": 0o700 | stat.S_ISUID, "g": 0o070 | stat.S_ISGID, "o": 0o007 | stat.S_ISVTX}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": stat.S_ISUID | stat.S_ISGID, "t": stat.S_ISVTX}
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def parse_mode(text: str) -> ModeChange:
    """`755`, `u+x`, `go-w`, `a=rX`, several with commas, as chmod reads them. Raises ValueError.

    `X` is `x` for directories and for what somebody may execute already. Without a letter in front
    all are meant, whatever the umask says.
    """
    text = text.strip()
    if re.fullmatch(r"[0-7]{3,4}", text):
        bits = int(text, 8)
        return lambda _mode, _directory: bits
    clauses: list[tuple[int, list[tuple[str, str]]]] = []
    for clause in text.split(","):
        found = _CLAUSE.match(clause.strip())
        if found is None:
            raise ValueError("Write 755, or u+x, go-w, a=rX, several with commas.")
        who = 0
        for letter in found[1] or "a":
            who |= 0o7777 if letter == "a" else _WHO[letter]
        clauses.append((who, _ACTION.findall(found[2])))

    def change(mode: int, directory: bool) -> int:
        for who, actions in clauses:
            for sign, letters in actions:
                may = directory or bool(mode & 0o111)
                bits = 0
                for letter in letters:
                    bits |= (0o111 if may else 0) if letter == "X" else _BITS[letter]
                bits &= who
                if sign == "=":
                    mode = mode & ~(who & 0o777) | bits
                else:
                    mode = mode | bits if sign == "+" else mode & ~bits
        return mode & 0o7777

    return change


def parse_time(text: str, now_ns: int, zone: tzinfo | None = None) -> int:
    """Nanoseconds since 1970 of `2026-11-20`, with a time behind it or not; empty is now.

    Raises ValueError.
    """
    text = text.strip().replace("T", " ")
    if text in ("", "now"):
        return now_ns
    for form in _TIMES:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
        return int(moment.timestamp()) * 10**9
    raise ValueError("Write 2026-11-20 14:05, or nothing for now.")


def parse_owner(text: str) -> tuple[str, str | None]:
    """User and group of `ada`, `ada:staff`, `:staff`, and `ada:` for the group of her login.

    As chown reads them: no user and None leave one as it is. Raises ValueError.
    """
    user, colon, group = (part.strip() for part in text.strip().partition(":"))
    if not (user or group) or ":" in group:
        raise ValueError("Write ada, ada:staff or :staff, by name or number.")
    return user, group if colon else None


def accounts(ctx: OpContext, place: Location) -> Accounts:
    """Users and groups that can be named there. Raises Unsupported where nobody owns anything."""
    return _owners(ctx, place).accounts()


def owner_named(ctx: OpContext, place: Location, text: str) -> Ownership:
    """What a typed owner means there. Raises ValueError, also as InvalidName for an unknown name."""
    return _owners(ctx, place).resolve(*parse_owner(text))


def change_attributes(
    ctx: OpContext,
    picked: Sequence[Picked],
    *,
    mode: ModeChange | None = None,
    owner: Ownership | None = None,
    recursive: bool,
) -> Report:
    """Give things another owner, and other permission bits.

    A link is given away itself; its permissions are skipped, for it has none.
    """

    def one(place: Location, entry: Entry) -> str:
        note = ""
        if owner is not None:
            facet, shown = _owners(ctx, place), entry
            made = ctx.vfs.apply(
                lambda _s: facet.set_owner(place, shown, owner), place, verb="give away"
            )
            # the system may have taken bits with the owner: what is added comes to those that are left
            entry, note = made.entry, " ".join(made.notes)
        if mode is not None and entry.kind is not Kind.LINK:
            if entry.mode is None:
                raise StorageError("Its permissions are not known.", place=place)
            bits = mode(entry.mode, entry.is_directory)
            _set(ctx, place, "change permissions", mode=bits)
        return note

    # a directory that is closed by the change must be walked before, and its own turn come last
    verb = "chmod" if owner is None else "chown"
    return _each(ctx, picked, verb, one, recursive=recursive)


def change_time(ctx: OpContext, picked: Sequence[Picked], mtime_ns: int) -> Report:
    """Give things another time of their last change."""

    def one(place: Location, _entry: Entry) -> str:
        _set(ctx, place, "set time", mtime_ns=mtime_ns)
        return ""

    return _each(ctx, picked, "touch", one, recursive=False)


def refusal(ctx: OpContext, place: Location) -> str:
    """Why nothing of the kind can be changed there; empty if it can."""
    if ctx.vfs.facets(place).attributes is not None:
        return ""
    return f"{ctx.vfs.features(place).title} keeps no permissions or times that can be set."


def owner_refusal(ctx: OpContext, place: Location) -> str:
    """Why nothing there can be given away; empty if it can."""
    if ctx.vfs.facets(place).owners is not None:
        return ""
    return f"{ctx.vfs.features(place).title} knows no owners."


def _owners(ctx: OpContext, place: Location) -> Owners:
    facet = ctx.vfs.facets(place).owners
    if facet is None:
        raise Unsupported(owner_refusal(ctx, place), place=place, verb="give away")
    return facet


def _set(
    ctx: OpContext,
    place: Location,
    verb: str,
    *,
    mode: int | None = None,
    mtime_ns: int | None = None,
) -> None:
    facet = ctx.vfs.facets(place).attributes
    if facet is None:
        raise Unsupported(refusal(ctx, place), place=place, verb=verb)
    ctx.vfs.apply(
        lambda _s: facet.set_attributes(place, mode=mode, mtime_ns=mtime_ns), place, verb=verb
    )


def _each(
    ctx: OpContext,
    picked: Sequence[Picked],
    verb: str,
    act: Callable[[Location, Entry], str],
    *,
    recursive: bool,
) -> Report:
    report = Report(verb)
    plan = Plan()
    try:
        for place, entry in picked:
            if recursive:
                walk(ctx, Item(place, entry, place), plan)
            else:
                ctx.meter.plan(1, 0)
                (plan.directories if entry.is_directory else plan.others).append(
                    Item(place, entry, place)
                )
    except Cancelled:
        return report
    ctx.meter.planned()
    unread = {item.source: error for item, error in plan.unreadable}
    for item in [*plan.others, *reversed(plan.directories)]:
        outcome, reason, note, error = Outcome.DONE, "", "", unread.get(item.source)
        if ctx.cancel.cancelled:
            outcome = Outcome.CANCELLED
        elif item.entry.kind is Kind.LINK and verb == "chmod":
            outcome, reason = Outcome.SKIPPED, "a link has no permissions of its own"
        else:
            try:
                note = act(item.source, item.entry)
            except StorageError as problem:
                error = problem
        if error is not None and outcome is Outcome.DONE:
            outcome, reason = Outcome.FAILED, str(error)
        ctx.end(
            report, ItemResult(item.source, None, outcome, reason=reason, note=note, error=error)
        )
    return report
