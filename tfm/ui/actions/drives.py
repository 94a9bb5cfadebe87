"""Drives and buckets: where one can go from nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import MissingExtra, StorageError
from tfm.model.location import S3, Location, local
from tfm.model.text import safe_text

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.choose import Choice

_MOUNTS = "/proc/self/mounts"
_DISKS = frozenset(
    [
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "f2fs",
        "vfat",
        "exfat",
        "ntfs",
        "ntfs3",
        "fuseblk",
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "fuse.sshfs",
        "fuse.rclone",
        "apfs",
        "hfs",
    ]
)


def drives(app: TfmApp) -> None:
    """Home, root, mounted disks, buckets; the buckets arrive while the list is open."""
    from tfm.ui.dialogs.choose import Choice, Choose

    loading: Choice[Location] = Choice(None, "Buckets: loading…")
    choices = [
        Choice(app.start.home, "Home", safe_text(str(app.start.home)), "h"),
        Choice(local("/"), "Root", "/", "r"),
        loading,
    ]
    dialog = Choose("Drives and buckets", choices, lines=16)

    def apply(place: Location | None) -> None:
        pending.cancel()
        if place is not None:
            app.navigator.enter(app.session.active, place)

    def arrive(found: list[Choice[Location]]) -> None:
        dialog.add(found, instead_of=1)

    pending = app.bridge.ask(lambda cancel: _mounts_and_buckets(app, cancel), arrive)
    app.push_screen(dialog, apply)


def _mounts_and_buckets(app: TfmApp, cancel: CancelToken) -> list[Choice[Location]]:
    """On a worker: what is mounted, and what the account shows."""
    from tfm.ui.dialogs.choose import Choice

    found = [Choice(place, "Disk", safe_text(str(place))) for place in mounts()]
    top = Location(S3, "")
    try:
        listing = app.vfs.scan(top, cancel=cancel)
    except MissingExtra as error:
        return [*found, Choice(None, str(error))]
    except StorageError as error:
        return [*found, Choice(None, f"No buckets: {error.message}"), Choice(top, "s3://")]
    found.append(Choice(None, "Buckets" if listing.entries else "No buckets in this account"))
    found += [Choice(listing.location(e), safe_text(e.name), "s3") for e in listing.entries]
    return found


def mounts(table: str = _MOUNTS) -> list[Location]:
    """Where disks are mounted, root left out; never touches the disks themselves."""
    try:
        lines = Path(table).read_text("utf-8", errors="surrogateescape").splitlines()
    except OSError:
        volumes = "/Volumes"  # macOS has no such table
        try:
            return [local(f"{volumes}/{name}") for name in sorted(os.listdir(volumes))]
        except OSError:
            return []
    places: list[Location] = []
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3 or fields[2] not in _DISKS:
            continue
        path = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        hidden = path == "/" or path.startswith(("/boot", "/etc/", "/proc/", "/sys/", "/dev/"))
        if path.startswith("/") and not hidden and (place := local(path)) not in places:
            places.append(place)
    return places


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"drives": drives}
