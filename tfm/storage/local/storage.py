"""The local disk as a storage: puts the subjects together."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from tfm.model.cancel import CancelToken
from tfm.model.change import Change, beneath
from tfm.model.entry import Entry
from tfm.model.location import Location, Root
from tfm.storage.base import Features, Hints, Page, Reader, Storage, Work, Writer
from tfm.storage.facets import Facets
from tfm.storage.guard import guarded
from tfm.storage.local.attributes import LocalAttributes, LocalFreeSpace, LocalPaths
from tfm.storage.local.columns import COLUMNS
from tfm.storage.local.copy import LocalCopy
from tfm.storage.local.delete import LocalDeleteTree, delete
from tfm.storage.local.describe import LocalDescriptions
from tfm.storage.local.draft import Drafts, Sync, already_exists
from tfm.storage.local.links import LocalLinks
from tfm.storage.local.owners import LocalOwners
from tfm.storage.local.pieces import LocalPieces
from tfm.storage.local.places import entry_in, entry_of, open_directory, parent_of, refuses
from tfm.storage.local.read import LocalReader, look
from tfm.storage.local.rename import LocalRename
from tfm.storage.local.scan import scan
from tfm.storage.local.syscalls import REAL, System
from tfm.storage.local.tree_copy import LocalTreeCopy
from tfm.storage.local.watch import LocalWatch
from tfm.storage.local.write import LocalWriter


class LocalStorage(Storage):
    """All local disks as one storage; holds nothing open between calls.

    Option `fsync`: `auto` (replacements, and what is asked to be durable), `always`, `off`.
    """

    def __init__(
        self, root: Root, options: Mapping[str, object] | None = None, *, system: System = REAL
    ) -> None:
        self.root = root
        self._system = system
        self._drafts = Drafts(system, Sync.parse((options or {}).get("fsync", "auto")))
        self.features = Features(title="Local", refuses=refuses)
        self.columns = COLUMNS
        paths = LocalPaths()
        self.facets = Facets(
            rename=LocalRename(system),
            server_copy=LocalCopy(self._drafts),
            pieces=LocalPieces(self._drafts),
            delete_tree=LocalDeleteTree(system),
            tree_copy=LocalTreeCopy(self._drafts),
            local_path=paths,
            attributes=LocalAttributes(),
            owners=LocalOwners(),
            links=LocalLinks(system),
            retention=paths,
            describe=LocalDescriptions(),
            watch=LocalWatch(),
            free_space=LocalFreeSpace(),
            identity=paths,
            unfinished=self._drafts,
        )

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """As the base. Links are shown as links; an entry that cannot be looked at has no size."""
        return scan(directory, cancel)

    def stat(self, location: Location) -> Entry:
        """As the base."""
        with guarded(location, "look at"):
            facts = look(location)
            if not stat.S_ISLNK(facts.st_mode):
                return entry_of(location.name, facts)
            fd = open_directory(location.parent.key)
            try:
                return entry_in(fd, location.name, facts)
            finally:
                os.close(fd)

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """As the base; a link is followed unless a file was expected."""
        return LocalReader(self._system, location, offset, expected, length)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        """As the base. A link that is replaced is itself replaced, never its target."""
        return LocalWriter(self._drafts, location, hints, work)

    def mkdir(self, location: Location) -> Change:
        """As the base; permissions 0777 without the mask."""
        with guarded(location, "make"):
            if location.is_top:
                raise already_exists(location)
            with parent_of(location) as (directory, name):
                try:
                    os.mkdir(name, 0o777, dir_fd=directory)
                except FileExistsError as error:
                    raise already_exists(location) from error
        return beneath(location)

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        """As the base."""
        return delete(self._system, location, expected)

    def close(self) -> None:
        """Nothing is held."""
