"""Short forms of what the tests of this room ask again and again."""

from pathlib import Path

from tfm.model.cancel import NEVER
from tfm.model.entry import Entry
from tfm.model.location import Location, local
from tfm.storage.base import Hints, Storage, Work, Written


def names(storage: Storage, directory: Location) -> list[str]:
    return sorted(e.name for page in storage.scan(directory, NEVER) for e in page)


def entries(storage: Storage, directory: Location) -> dict[str, Entry]:
    return {e.name: e for page in storage.scan(directory, NEVER) for e in page}


def put(storage: Storage, location: Location, data: bytes, hints: Hints | None = None) -> Written:
    with storage.open_write(location, hints or Hints(), Work()) as writer:
        writer.write(data)
        return writer.commit()


def read(storage: Storage, location: Location, *, block: int = 1 << 16) -> bytes:
    with storage.open_read(location) as reader:
        found = b"".join(iter(lambda: reader.read(block), b""))
        reader.verify()
        return found


def copy(
    storage: Storage,
    source: Location,
    target: Location,
    hints: Hints | None = None,
    work: Work | None = None,
) -> Written:
    facet = storage.facets.server_copy
    assert facet is not None
    return facet.copy(source, storage.stat(source), target, hints or Hints(), work or Work())


def leftovers(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if path.name.startswith(".tfm-")]


def at(path: Path) -> Location:
    return local(path)
