"""Unfinished uploads in memory: put there by whoever plays another program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change
from tfm.model.errors import NotFound, TooLate
from tfm.model.location import Location
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import refusal
from tfm.storage.open_uploads import OpenUpload, PartsHeld


@dataclass(slots=True)
class Begun:
    """One upload; `busy` while somebody in this program writes it."""

    upload: OpenUpload
    parts: list[bytes] = field(default_factory=list)
    latest_ns: int | None = None
    busy: bool = False


class MemoryUploads:
    """The `Uploads` facet of a key store in memory."""

    def __init__(self, shelf: FlatShelf, page_size: int) -> None:
        self._shelf = shelf
        self._page_size = page_size
        self.begun: dict[str, Begun] = {}

    def begin(
        self,
        place: Location,
        parts: Sequence[bytes] = (),
        *,
        began_ns: int | None = None,
        storage_class: str = "STANDARD",
        initiator: str = "",
        busy: bool = False,
    ) -> OpenUpload:
        """Another program begins one."""
        with self._shelf.lock:
            now = self._shelf.clock()
            began = now if began_ns is None else began_ns
            name = f"upload-{len(self.begun) + 1}"
            made = OpenUpload(place, name, began, now, storage_class, initiator)
            self.begun[name] = Begun(made, list(parts), now if parts else None, busy)
            return made

    def send(self, upload: OpenUpload, part: bytes) -> None:
        """Another program sends one more part."""
        with self._shelf.lock:
            begun = self._get(upload)
            begun.parts.append(part)
            begun.latest_ns = self._shelf.clock()

    def uploads(
        self,
        place: Location,
        cancel: CancelToken,
        *,
        patient: bool = False,  # noqa: ARG002 - memory is never away
    ) -> Iterator[Sequence[OpenUpload]]:
        """As the protocol."""
        top = place.as_directory() if place.is_container else place
        with self._shelf.lock:
            self._shelf.rows(Location(top.root, f"{top.container}/"))  # there is such a container
            found = sorted(
                (
                    each.upload
                    for each in self.begun.values()
                    if each.upload.place == top
                    or (top.looks_like_directory and top.holds(each.upload.place))
                ),
                key=lambda upload: (upload.place.key, upload.began_ns or 0),
            )
        for start in range(0, len(found), self._page_size):
            cancel.check()
            yield found[start : start + self._page_size]

    def parts(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> PartsHeld:
        """As the protocol."""
        cancel.check()
        with self._shelf.lock:
            begun = self._get(upload)
            return PartsHeld(len(begun.parts), sum(map(len, begun.parts)), begun.latest_ns)

    def writes(self, upload: OpenUpload) -> bool:
        """As the protocol."""
        begun = self.begun.get(upload.id)
        return begun is not None and begun.busy

    def abort(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> Change:
        """As the protocol."""
        cancel.check()
        with self._shelf.lock:
            if self.writes(upload):
                raise refusal(TooLate, upload.place, "abort the upload of", "it is being written.")
            self.begun.pop(upload.id, None)
        return NOTHING

    def rule(self, directory: Location, days: int) -> str:
        """As the protocol; nothing here would follow it."""
        return json.dumps({"beneath": directory.inner_key, "days": days})

    def _get(self, upload: OpenUpload) -> Begun:
        begun = self.begun.get(upload.id)
        if begun is None:
            raise refusal(NotFound, upload.place, "look at the parts of", "that upload is gone.")
        return begun
