"""Drives and buckets: where one can go from nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import S3, Location, Root, local
from tfm.model.text import safe_text
from tfm.storage.base import Connection
from tfm.storage.device_codes import unasked
from tfm.storage.registry import connections
from tfm.ui.pane.pane import shown_place

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.bridge import Pending
    from tfm.ui.dialogs.choose import Choice

_TOP = Location(S3, "")
_LOOKED_INTO = 8
SILENT = 3.0
"""Seconds after which a server that has not answered is said not to have."""
_LOADING = "loading…"
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
    """Home, root, mounted disks, and the buckets of every profile; those arrive while one looks."""
    _Drives(app).open()


class _Drives:
    """The list while it is open: groups of rows, each filled by a look of its own."""

    def __init__(self, app: TfmApp) -> None:
        from tfm.ui.dialogs.choose import Choice
        from tfm.ui.dialogs.place_list import PlaceList

        self._app = app
        self._pending: list[Pending] = []
        self._waiting: set[Location] = set()
        self._groups: dict[str, list[Choice[Location]]] = {
            "": [
                Choice(app.start.home, "Home", shown_place(app.start.home)),
                Choice(local("/"), "Root", "/"),
            ],
            "disks": [],
        }
        hint = "Type to search, also for a bucket. Enter goes there."
        self._dialog: PlaceList[Location] = PlaceList("Drives and buckets", [], hint=hint)

    def open(self) -> None:
        """Show what is known, and ask for the rest; what asks no server waits for none."""
        ask = self._app.bridge.ask
        self._buckets(_TOP)
        for name in self._app.settings.s3_connections:
            self._group(_top_of(name), [], _LOADING)
        self._pending.append(ask(lambda _cancel: mounts(), self._mounted))
        self._pending.append(ask(lambda _cancel: self._others(), self._connected))
        self._show()
        self._app.push_screen(self._dialog, self._apply)

    def _apply(self, place: Location | None) -> None:
        self._waiting.clear()
        for pending in self._pending:
            pending.cancel()
        if place is not None:
            self._app.navigator.enter(self._app.session.active, place)

    def _show(self) -> None:
        self._dialog.replace([row for rows in self._groups.values() for row in rows])

    def _mounted(self, places: list[Location]) -> None:
        from tfm.ui.dialogs.choose import Choice

        self._groups["disks"] = [
            Choice(place, "Disk", safe_text(str(place)), keep_end=True) for place in places
        ]
        self._show()

    def _others(self) -> list[Connection]:
        """On a worker: the connections beside the one that is used without a name."""
        ours = tuple(Connection(name) for name in self._app.settings.s3_connections)
        names = {each.name for each in ours}
        profiles = connections(_TOP.root.scheme)
        found = (*ours, *(each for each in profiles if each.name not in names))
        used = self._app.vfs.features(_TOP).label.partition(" · ")[0]
        if all(each.name != used for each in found):
            used = "default"
        return [each for each in found if each.name != used]

    def _connected(self, others: list[Connection]) -> None:
        """Look into those that ask nobody, if they are few; the others when they are entered."""
        names = {each.name for each in others}
        for name in self._app.settings.s3_connections:
            if name not in names:  # the one that is used without a name
                self._groups.pop(str(_top_of(name)), None)
        for number, each in enumerate(others):
            top = _top_of(each.name)
            if each.quiet and number < _LOOKED_INTO:
                self._buckets(top)
            else:
                self._group(top, [], "Enter lists its buckets")
        self._show()

    def _buckets(self, top: Location) -> None:
        """A group of its own, which may never be answered."""
        self._waiting.add(top)
        self._group(top, [], _LOADING)

        def look(cancel: CancelToken) -> list[Location]:
            begins = self._app.vfs.features(top).begins
            if begins is not None:
                return [begins]
            with unasked():  # nobody wanted these buckets by name: entering the row asks
                listing = self._app.vfs.scan(top, cancel=cancel)
            return [listing.location(entry) for entry in listing.entries]

        def silent() -> None:
            if top in self._waiting:
                self._group(top, [], "no answer yet")
                self._show()

        def arrive(buckets: list[Location]) -> None:
            self._waiting.discard(top)
            self._group(top, buckets, "" if buckets else "no buckets")
            self._show()

        def failed(error: StorageError) -> None:
            self._waiting.discard(top)
            self._group(top, [], error.message.removeprefix(f"Cannot list {top}: "))
            self._show()

        self._pending.append(self._app.bridge.ask(look, arrive, failed, apart=True))
        self._app.set_timer(SILENT, silent)

    def _group(self, top: Location, buckets: list[Location], note: str) -> None:
        from tfm.ui.dialogs.choose import Choice

        name = top.root.connection
        kind = "connection" if name in self._app.settings.s3_connections else "profile"
        what = f"{kind} {name}" if name else "the buckets of this account"
        told = f"{what}: {note}" if note else what
        self._groups[str(top)] = [
            Choice(top, safe_text(str(top)), safe_text(told)),
            *(Choice(each, f"  {safe_text(each.name)}", safe_text(str(each))) for each in buckets),
        ]


def _top_of(name: str) -> Location:
    return Location(Root(_TOP.root.scheme, name), "")


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
