"""Owner and group: the accounts of the system, and giving things away."""

from __future__ import annotations

import os
import stat

from tfm.model.change import around
from tfm.model.entry import Entry, LocalDetails
from tfm.model.errors import Denied, InvalidName
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.facets import Accounts, Made, Ownership
from tfm.storage.guard import guarded
from tfm.storage.local.places import entry_in, lstat_in, parent_of, too_late
from tfm.storage.local.syscalls import IS_LINUX

_MOST = 2**32 - 2  # the next one is how the system spells "as it is"
_SET_ID = stat.S_ISUID | stat.S_ISGID


class LocalOwners:
    """The facet."""

    def accounts(self) -> Accounts:
        """As the protocol."""
        import grp
        import pwd

        return Accounts(
            {each.pw_name: each.pw_uid for each in pwd.getpwall()},
            {each.gr_name: each.gr_gid for each in grp.getgrall()},
        )

    def resolve(self, user: str, group: str | None) -> Ownership:
        """As the protocol. A name counts before a number, as for chown."""
        import grp

        owner = _user(user) if user else None
        if group is None:
            return Ownership(owner, None)
        if group:
            try:
                return Ownership(owner, grp.getgrnam(group).gr_gid)
            except (KeyError, ValueError):
                return Ownership(owner, _number(group, "group"))
        return Ownership(owner, _login_group(user, owner))

    def set_owner(self, location: Location, expected: Entry, ownership: Ownership) -> Made:
        """As the protocol. What belongs to them already is not touched, and keeps its set-ID bits."""
        with guarded(location, "give away"), parent_of(location) as (directory, name):
            facts = lstat_in(directory, name)
            _must_be(location, expected, facts)
            user = _other(ownership.user, facts.st_uid)
            group = _other(ownership.group, facts.st_gid)
            if (user, group) != (-1, -1):
                try:
                    _give(location, expected, (directory, name), user, group)
                except PermissionError as error:
                    raise _denied(location, to_another=user != -1) from error
            now = lstat_in(directory, name)
            return Made(around(location), entry_in(directory, name, now), _lost(facts, now))


def _user(text: str) -> int:
    import pwd

    try:
        return pwd.getpwnam(text).pw_uid
    except (KeyError, ValueError):
        return _number(text, "user")


def _login_group(text: str, user: int | None) -> int:
    import pwd

    try:
        return pwd.getpwuid(-1 if user is None else user).pw_gid
    except (KeyError, OverflowError) as error:
        raise InvalidName(
            f"The login group of {safe_text(text)} is not known.", hint="Write the group."
        ) from error


def _number(text: str, what: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _MOST:
        return int(text)
    raise InvalidName(
        f"There is no {what} {safe_text(text)}.",
        hint=f"getent {'passwd' if what == 'user' else what} lists them; a number does, too.",
    )


def _other(wanted: int | None, now: int) -> int:
    return -1 if wanted is None or wanted == now else wanted


def _must_be(location: Location, expected: Entry, facts: os.stat_result) -> None:
    details = expected.details
    shown = (details.dev, details.ino) if isinstance(details, LocalDetails) else None
    if shown != (facts.st_dev, facts.st_ino):
        raise too_late(location, "give away", "something else has taken its place")


def _give(location: Location, expected: Entry, at: tuple[int, str], user: int, group: int) -> None:
    directory, name = at
    if not IS_LINUX:  # pragma: no cover - macOS alone
        os.chown(name, user, group, dir_fd=directory, follow_symlinks=False)
        return
    # by descriptor: what is put there since must not be given away instead
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        _must_be(location, expected, os.fstat(fd))
        os.chown(f"/proc/self/fd/{fd}", user, group)
    finally:
        os.close(fd)


def _denied(location: Location, *, to_another: bool) -> Denied:
    if to_another:
        why, hint = (
            "Only root may give files away.",
            "A group you are in can be given them: :group.",
        )
    else:
        why = "You may give files of your own, and those to groups you are in."
        hint = "id -Gn tells your groups."
    return Denied(
        f"Cannot give away {safe_text(str(location))}: not permitted. {why}",
        place=location,
        verb="give away",
        hint=hint,
    )


def _lost(before: os.stat_result, now: os.stat_result) -> tuple[str, ...]:
    """The system takes set-ID bits, which would lend the rights of another than they were meant for."""
    gone = before.st_mode & ~now.st_mode & _SET_ID
    names = (("set-user-ID", stat.S_ISUID), ("set-group-ID", stat.S_ISGID))
    told = " and ".join(name for name, bit in names if gone & bit)
    return (f"The system took {told} from it.",) if told else ()
