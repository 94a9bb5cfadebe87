"""Files by key, as an object store keeps them: directories are prefixes, or empty marker objects."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import (
    AlreadyExists,
    Denied,
    InvalidName,
    IsDirectory,
    NotEmpty,
    NotFound,
)
from tfm.model.location import Location
from tfm.storage.base import Hints
from tfm.storage.memory.shelf import (
    Clock,
    Content,
    Shelf,
    check_expected,
    check_replaces,
    refusal,
)
from tfm.storage.object_locks import Lock

MAX_KEY_BYTES = 1024


def refuses(location: Location, _size: int | None = None) -> str:
    """Why a key cannot be stored, empty if it can: the limits of real object stores."""
    try:
        length = len(location.inner_key.encode())
    except UnicodeEncodeError:
        return "the name is not valid UTF-8."
    if length > MAX_KEY_BYTES:
        return f"the key has {length:,} bytes; {MAX_KEY_BYTES:,} are the limit."
    return ""


@dataclass(slots=True)
class Container:
    """The objects of one container; `order` holds the same keys, sorted. `settings` are texts by name.

    `locks` are those of its objects, None where there can be none.
    """

    made_at: int
    objects: dict[str, Content] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    locks: dict[str, Lock] | None = None

    def put(self, key: str, content: Content) -> None:
        """Store under a key, replacing what was there."""
        if key not in self.objects:
            insort(self.order, key)
        self.objects[key] = content

    def pop(self, key: str) -> None:
        """Forget a key that is there."""
        del self.objects[key]
        if self.locks is not None:
            self.locks.pop(key, None)
        del self.order[bisect_left(self.order, key)]

    def beneath(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix` (which ends with `/`, or is empty), sorted."""
        return self.order[bisect_left(self.order, prefix) : self.after(prefix)]

    def after(self, prefix: str, start: int = 0) -> int:
        """The position behind the last key that begins with `prefix`."""
        if not prefix:
            return len(self.order)
        return bisect_left(self.order, prefix[:-1] + chr(ord("/") + 1), start)


class FlatShelf(Shelf):
    """Containers of keys. What a listing shows of an object is what real listings show: its ETag."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.containers: dict[str, Container] = {}

    def rows(self, directory: Location) -> list[Entry]:
        with self.lock:
            if directory.is_top:
                return [
                    Entry(name, Kind.DIRECTORY, mtime_ns=container.made_at)
                    for name, container in sorted(self.containers.items())
                ]
            container = self.container(directory, "list")
            prefix = directory.as_directory().inner_key
            order, end = container.order, container.after(prefix)
            position = bisect_left(order, prefix)
            if position == end and prefix:
                raise self._missing(directory, "list")
            found: list[Entry] = []
            while position < end:
                key = order[position]
                name, slash, _ = key[len(prefix) :].partition("/")
                if slash:
                    found.append(Entry(name, Kind.DIRECTORY))
                    position = container.after(prefix + name + "/", position)
                    continue
                if name:
                    found.append(_row(name, container.objects[key]))
                position += 1
            return found

    def walk(self, directory: Location) -> list[Entry]:
        """All keys beneath, relative; the marker of the directory itself has the empty name."""
        with self.lock:
            container = self.container(directory, "list")
            prefix = directory.as_directory().inner_key
            keys = container.beneath(prefix)
            if not keys and prefix:
                raise self._missing(directory, "list")
            cut = len(prefix)
            return [_row(key[cut:], container.objects[key], key) for key in keys]

    def stat(self, location: Location, verb: str = "stat") -> Entry:
        with self.lock:
            if location.is_top:
                return Entry("", Kind.DIRECTORY)
            container = self.container(location, verb)
            key = location.inner_key
            if location.is_container:
                return Entry(location.name, Kind.DIRECTORY, mtime_ns=container.made_at)
            if key.endswith("/"):
                if not container.beneath(key):
                    raise self._missing(location, verb)
                return Entry(
                    location.name,
                    Kind.DIRECTORY,
                    details=ObjectDetails(marker=key in container.objects),
                )
            content = container.objects.get(key)
            if content is None:
                raise self._missing(location, verb)
            return _facts(location.name, content)

    def content(self, location: Location, verb: str = "read") -> Content:
        with self.lock:
            if location.looks_like_directory or location.is_container:
                self.stat(location, verb)
                raise refusal(IsDirectory, location, verb, "it is a directory.")
            self.stat(location, verb)
            return self.container(location, verb).objects[location.inner_key]

    def check_place(self, location: Location, hints: Hints, verb: str = "write") -> None:
        if location.looks_like_directory or location.is_container:
            raise refusal(IsDirectory, location, verb, "the name of a file cannot end with '/'.")
        self._check_name(location, verb)
        with self.lock:
            held = self.container(location, verb).objects.get(location.inner_key)
            now = None if held is None else _facts(location.name, held)
            check_replaces(location, hints, now, verb)
            self._check_lock(location, verb)

    def put(self, location: Location, content: Content, hints: Hints, verb: str = "write") -> Entry:
        with self.lock:
            self.check_place(location, hints, verb)
            self.container(location, verb).put(location.inner_key, content)
            return _facts(location.name, content)

    def mkdir(self, location: Location) -> None:
        verb = "make directory"
        place = location.as_directory()
        self._check_name(place, verb)
        with self.lock:
            if place.is_top or place.is_container:
                if place.container in self.containers or place.is_top:
                    raise refusal(AlreadyExists, location, verb, "it is already there.")
                if not place.container:
                    raise refusal(InvalidName, location, verb, "a container needs a name.")
                self.containers[place.container] = Container(self.clock())
                return
            container = self.container(place, verb)
            if container.beneath(place.inner_key):
                raise refusal(AlreadyExists, location, verb, "it is already there.")
            container.put(
                place.inner_key,
                self.stored(b"", Hints(content_type="application/x-directory")),
            )

    def remove(self, location: Location, expected: Entry | None) -> None:
        verb = "delete"
        with self.lock:
            if location.is_top:
                raise refusal(InvalidName, location, verb, "the list of containers always exists.")
            now = self.stat(location, verb)
            check_expected(location, verb, expected, now)
            container = self.container(location, verb)
            key = location.inner_key
            if location.is_container:
                if container.objects:
                    raise refusal(NotEmpty, location, verb, "the container is not empty.")
                del self.containers[location.container]
                return
            if key.endswith("/") and container.beneath(key) != [key]:
                raise refusal(NotEmpty, location, verb, "the directory is not empty.")
            self._check_lock(location, verb)
            container.pop(key)

    def remove_key(self, location: Location, expected: Entry | None) -> None:
        with self.lock:
            container = self.container(location, "delete")
            held = container.objects.get(location.inner_key)
            if held is None:
                raise self._missing(location, "delete")
            if not location.looks_like_directory:
                now = _facts(location.name, held)
                check_expected(location, "delete", expected, now)
            self._check_lock(location, "delete")
            container.pop(location.inner_key)

    def container(self, location: Location, verb: str) -> Container:
        """The container of a place. Raises NotFound."""
        found = self.containers.get(location.container)
        if found is None:
            raise refusal(NotFound, location, verb, "there is no such container.")
        return found

    def _check_lock(self, location: Location, verb: str) -> None:
        """No versions are kept here, so that a locked object is not even hidden by a newer one."""
        lock = (self.container(location, verb).locks or {}).get(location.inner_key, Lock())
        if lock.hold or lock.retention.until_ns > self.clock():
            raise refusal(Denied, location, verb, "the object is locked.")

    @staticmethod
    def _missing(location: Location, verb: str) -> NotFound:
        error = refusal(NotFound, location, verb, "there is no such file or directory.")
        assert isinstance(error, NotFound)
        return error

    @staticmethod
    def _check_name(location: Location, verb: str) -> None:
        reason = refuses(location)
        if reason:
            raise refusal(InvalidName, location, verb, reason)


def _row(name: str, content: Content, key: str = "") -> Entry:
    if key.endswith("/"):
        details = ObjectDetails(etag=content.etag, marker=True)
        return Entry(name, Kind.DIRECTORY, len(content.data), content.stored_at, details)
    details = ObjectDetails(etag=content.etag)
    return Entry(name, Kind.FILE, len(content.data), content.stored_at, details)


def _facts(name: str, content: Content) -> Entry:
    details = ObjectDetails(
        etag=content.etag,
        stored_mtime_ns=content.mtime_ns,
        mode=content.mode,
        content_type=content.content_type,
    )
    return Entry(name, Kind.FILE, len(content.data), content.stored_at, details)
