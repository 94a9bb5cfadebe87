"""What `cp -a` keeps beside the bytes: owner, attributes, access lists, mode, times.

Works on open files and directories, so that nothing put under a name meanwhile is changed instead.
Whatever could not be kept is told in a sentence, and never leaves the copy more open than the source.
"""

from __future__ import annotations

import errno
import os
import stat
import struct

from tfm.model.text import safe_text
from tfm.storage.local.syscalls import IS_LINUX, NOT_ABLE, System

_ACCESS, _DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
LABELS = ("security.selinux", "security.ima", "security.evm")  # the system gives its own
_NOT_SET = NOT_ABLE | {errno.ENODATA}
_GROUP, _MASK = 0x04, 0x10  # tags of an access list


def copy_metadata(
    system: System, source: int, facts: os.stat_result, target: int, *, mtime_ns: int | None = None
) -> tuple[str, ...]:
    """Owner, attributes, mode, times, in this order; returns what was not kept.

    `mtime_ns` is the time where that of the source has changed since, as the time of a directory does
    while a move takes its files away.
    """
    notes: list[str] = []
    mode = stat.S_IMODE(facts.st_mode)
    if not _keep_owner(system, facts, target):
        notes.append("Owner or group was not kept.")
        mode &= 0o1777  # a set-id bit would now lend the rights of somebody else
    is_directory = stat.S_ISDIR(facts.st_mode)
    if IS_LINUX:
        told, granted = _copy_attributes(system, source, target, is_directory=is_directory)
        notes += told
        mode &= ~0o070 | granted
    else:
        try:
            system.copy_mac_attributes(source, target)
        except OSError:
            notes.append("Extended attributes were not kept.")
    try:
        system.set_mode(target, mode)
    except OSError:
        notes.append("Permissions were not kept.")
    try:
        system.set_times(
            target, facts.st_atime_ns, facts.st_mtime_ns if mtime_ns is None else mtime_ns
        )
    except (OSError, OverflowError):
        notes.append("Modification time was not kept.")
    return tuple(notes)


def _keep_owner(system: System, facts: os.stat_result, target: int) -> bool:
    now = system.fstat(target)
    if (now.st_uid, now.st_gid) == (facts.st_uid, facts.st_gid):
        return True
    try:
        system.set_owner(target, facts.st_uid, facts.st_gid)
    except OSError:
        if now.st_gid != facts.st_gid:
            try:
                system.set_owner(target, -1, facts.st_gid)
            except OSError:
                pass
        return False
    return True


def _copy_attributes(
    system: System, source: int, target: int, *, is_directory: bool
) -> tuple[list[str], int]:
    """What was not kept, and the most that the mode may grant the group without it."""
    lists = (_ACCESS, _DEFAULT) if is_directory else (_ACCESS,)
    notes: list[str] = []
    names: set[str] = set()
    try:
        names = set(system.list_attributes(source))
    except OSError as error:
        if error.errno not in NOT_ABLE:
            notes.append("Extended attributes were not kept.")
    lost: list[str] = []
    granted = 0o070
    unlisted = False
    for name in (*sorted(names - set(lists)), *lists):  # not every disk lists the access lists
        try:
            value = system.get_attribute(source, name)
        except OSError as error:
            if name in lists and error.errno in _NOT_SET:
                unlisted |= not _remove_inherited(system, target, name)
            elif name in lists:
                unlisted = True
                granted = 0 if name == _ACCESS else granted  # it may have granted nothing
            continue  # gone, or not ours to read, as for cp
        try:
            system.set_attribute(target, name, value)
        except OSError:
            if name in lists:
                unlisted = True
                granted = _group_rights(value) if name == _ACCESS else granted
            elif name not in LABELS:
                lost.append(name)
    if lost:
        notes.append(f"Extended attributes were not kept: {safe_text(', '.join(lost))}.")
    if unlisted:
        notes.append("Access list (ACL) was not kept.")
    return notes, granted


def _remove_inherited(system: System, target: int, name: str) -> bool:
    """Take away an access list that the directory above gave; True if there is none now."""
    try:
        system.remove_attribute(target, name)
    except OSError as error:
        return error.errno in _NOT_SET
    return True


def _group_rights(access_list: bytes) -> int:
    """What the list granted the group. In the mode of a file with a list these bits are its mask: the
    most that *anybody named* may do, and without the list they would be granted to the group.
    """
    rights = 7
    for tag, granted, _id in struct.iter_unpack("<HHI", access_list[4:]):
        if tag in (_GROUP, _MASK):
            rights &= granted
    return rights << 3
