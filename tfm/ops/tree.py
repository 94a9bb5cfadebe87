"""Copy and move of files and trees.

Plan first, refuse what is foreseeably wrong before anything happens, then make directories, copy
files (many small ones at once, a large one in pieces), and give directories their times. A move
removes each source only against the proof of its own copy, and a directory only when it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from tfm.model.change import NOTHING
from tfm.model.entry import Entry, Kind
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    CrossDevice,
    NeedsLogin,
    NotDirectory,
    NotEmpty,
    NotFound,
    SameObject,
    Stopped,
    StorageError,
)
from tfm.model.location import Location, Style
from tfm.model.text import safe_text
from tfm.model.verify import Level
from tfm.ops.attributes import give_attributes
from tfm.ops.conflicts import Occupancy, Settler
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.copy import FileItem, copy_file, copy_link, is_large
from tfm.ops.hard_links import HardLinks
from tfm.ops.plan import Item, Picked, Plan, part_twins, target_for, walk
from tfm.ops.proof import VerifiedCopy, remove_source, verify
from tfm.ops.reached import DONE_BEFORE, Standing, what_was_reached
from tfm.ops.refuse import refuse, refuse_names
from tfm.ops.remove import delete_batch, keep_visible
from tfm.storage.base import Evidence, Hints, Written
from tfm.storage.facets import DeleteMany

NO_NAMES: Mapping[Location, str] = MappingProxyType({})
_PAST = {"copy": "copied", "move": "moved"}


def copy(
    ctx: OpContext,
    picked: Sequence[Picked],
    destination: Location,
    *,
    into: bool = True,
    names: Mapping[Location, str] = NO_NAMES,
) -> Report:
    """Copy what was picked into the directory `destination`, or, with `into=False`, to that name.

    `names` are those that some of it gets in the directory instead of its own.

    Raises StorageError before anything happened if the whole of it is refused; after that every
    item ends in the report.
    """
    return _Carry(ctx, move=False, names=names).run(picked, destination, into=into)


def move(
    ctx: OpContext,
    picked: Sequence[Picked],
    destination: Location,
    *,
    into: bool = True,
    names: Mapping[Location, str] = NO_NAMES,
) -> Report:
    """Move likewise: by rename where that is possible, else copy, verify, then remove."""
    return _Carry(ctx, move=True, names=names).run(picked, destination, into=into)


def preview(
    ctx: OpContext,
    picked: Sequence[Picked],
    destination: Location,
    *,
    into: bool = True,
    move: bool = False,
) -> Plan:
    """What a copy or move would touch, after the same refusals; nothing is changed."""
    return _Carry(ctx, move=move).preview(picked, destination, into=into)


@dataclass(frozen=True, slots=True)
class _Copied:
    """What a worker brings back: the item and either what was written or what went wrong."""

    item: FileItem
    written: Written | None = None
    error: StorageError | None = None
    kept: StorageError | None = None
    proof: VerifiedCopy | None = None
    cancelled: bool = False


class _Carry:
    """One copy or move from its refusals to its report."""

    def __init__(
        self, ctx: OpContext, *, move: bool, names: Mapping[Location, str] = NO_NAMES
    ) -> None:
        self.ctx = ctx
        self._names = names
        self.move = move
        self.verb = "move" if move else "copy"
        self.report = Report(self.verb)
        self._lost_directories: list[Location] = []
        self._kept_below: set[Location] = set()
        self._filled_there: set[Location] = set()
        self._still_sources: set[Location] = set()
        self._proofs: list[tuple[VerifiedCopy, _Copied]] = []
        self._fatal: StorageError | None = None
        self._links = HardLinks(ctx)
        self._pins: dict[Location, Entry] = {}

    def run(self, picked: Sequence[Picked], destination: Location, *, into: bool) -> Report:
        tops = self._targets(picked, destination, into=into)
        refuse(self.ctx, tops, destination, into=into, verb=self.verb)
        try:
            tops = self._rename_what_can(tops)
            plan = Plan()
            for top in tops:
                self.ctx.cancel.check()
                walk(self.ctx, top, plan)
            refuse_names(self.ctx, plan, verb=self.verb)
        except Cancelled:
            self._cancel_rest(tops)
            return self.report
        self.ctx.meter.planned()
        if any(goal.holds(top.source) for top in tops for goal in {destination, top.target}):
            self._still_sources = {item.source for item in plan.others}
        if tops:
            self._carry_out(plan)
        if self.move:
            for parent in {top.source.parent for top in tops}:
                keep_visible(self.ctx, parent)
        return self.report

    def preview(self, picked: Sequence[Picked], destination: Location, *, into: bool) -> Plan:
        tops = self._targets(picked, destination, into=into)
        refuse(self.ctx, tops, destination, into=into, verb=self.verb)
        plan = Plan()
        for top in tops:
            self.ctx.cancel.check()
            walk(self.ctx, top, plan)
        refuse_names(self.ctx, plan, verb=self.verb)
        return plan

    # -- before anything happens -------------------------------------------------------------------

    def _targets(
        self, picked: Sequence[Picked], destination: Location, *, into: bool
    ) -> list[Item]:
        if into:
            tops = [target_for(one, destination, self._names.get(one[0])) for one in picked]
            directories = [top for top in tops if top.entry.is_directory]
            files = [top for top in tops if not top.entry.is_directory]
            if (
                destination.root.style is Style.PATH
                and files
                and files[0].source.root.style is Style.KEY
            ):
                files = part_twins(directories, files)
            return [*files, *directories]
        if len(picked) != 1:
            raise NotDirectory(
                f"{safe_text(str(destination))} is one name, but there are {len(picked)} sources.",
                place=destination,
                verb=self.verb,
                hint="End the destination with / to put them inside a directory.",
            )
        source, entry = picked[0]
        target = destination.as_directory() if entry.is_directory else destination.as_file()
        return [Item(source, entry, target)]

    # -- moves within one storage --------------------------------------------------------------------

    def _rename_what_can(self, tops: list[Item]) -> list[Item]:
        """Rename in place where the storage can; what is left must be copied."""
        left: list[Item] = []
        settler = Settler(self.ctx, Occupancy(self.ctx, []), self.verb)
        for top in tops:
            facet = self.ctx.vfs.facets(top.source).rename
            if not self.move or facet is None or top.source.root != top.target.root:
                left.append(top)
                continue
            self.ctx.cancel.check()
            try:
                left += self._rename(top, settler)
            except StorageError as error:
                self.ctx.meter.plan(1, 0)
                self._end(top, Outcome.FAILED, error=error)
        return left

    def _rename(self, top: Item, settler: Settler) -> list[Item]:
        facet = self.ctx.vfs.facets(top.source).rename
        assert facet is not None
        there = Occupancy(self.ctx, []).at(top.target)
        if there is not None and there.is_directory and top.entry.is_directory:
            return [top]  # merge: file by file
        settled = settler.settle(top)
        if isinstance(settled, str):
            self.ctx.meter.plan(1, 0)
            self._end(top, Outcome.SKIPPED, reason=settled)
            return []
        item, replaces = settled
        self.ctx.recorder.opened(item.source, item.entry, item.target, replaces)
        try:
            self.ctx.vfs.apply(
                lambda _s: facet.rename(item.source, item.target, replaces=replaces),
                item.source,
                item.target,
                verb="move",
            )
        except CrossDevice:
            return [item]
        self.ctx.meter.plan(1, 0)
        self._end(item, Outcome.DONE)
        return []

    # -- the work itself -----------------------------------------------------------------------------

    def _carry_out(self, plan: Plan) -> None:
        occupancy = Occupancy(self.ctx, [item.target for item in [*plan.directories, *plan.others]])
        settler = Settler(self.ctx, occupancy, self.verb)
        failed = {item.source: error for item, error in plan.unreadable}
        pending = {id(item): item for item in plan.others}
        try:
            self._make_directories(plan, occupancy, failed)
            items = plan.others
            while items:
                feed = self._feed(items, settler, pending)
                for copied in self.ctx.fan_out(self._copy_small, feed):
                    self._finish(copied, pending)
                items = self._links.next_round()
            self._flush()
        except Cancelled:
            self._flush()
            for item in pending.values():
                self._end(item, Outcome.CANCELLED)
        self._finish_directories(plan, failed)

    def _make_directories(
        self, plan: Plan, occupancy: Occupancy, failed: dict[Location, StorageError]
    ) -> None:
        """Real directories are all made; in a key store only those that will stay empty."""
        for item in plan.directories:
            self.ctx.cancel.check()
            if self._below_lost(item.target):
                continue
            self.ctx.recorder.opened(item.source, item.entry, item.target, None)
            real = self.ctx.vfs.features(item.target).real_directories
            if not real and (item.source in plan.filled or item.source in failed):
                continue
            try:
                if self._make_pinned(item):
                    continue
                there = occupancy.at(item.target)
                if there is None:
                    self.ctx.outlast(lambda item=item: self.ctx.vfs.mkdir(item.target))  # type: ignore[misc]
                elif not there.is_directory:
                    what = "symbolic link" if there.kind is Kind.LINK else "file"
                    raise AlreadyExists(
                        f"A {what} named {safe_text(item.target.name)} is in the way.",
                        place=item.target,
                        verb="make directory",
                        hint="Rename one of the two.",
                    )
            except AlreadyExists as error:
                # where directories are pinned, a link to one is in the way too
                pinned = self.ctx.vfs.facets(item.target).tree_copy is not None
                if pinned or not self._is_directory(item.target):
                    failed[item.source] = error
                    self._lost_directories.append(item.target)
            except StorageError as error:
                failed[item.source] = error
                self._lost_directories.append(item.target)

    def _make_pinned(self, item: Item) -> bool:
        """Make or find a directory and keep in mind which one it is, where the storage can do that.

        What goes in later goes into that one: a link put in its place meanwhile leads nowhere.
        """
        tree = self.ctx.vfs.facets(item.target).tree_copy
        if tree is None:
            return False
        hints = Hints(mode=item.entry.mode, durable=self.move, within=self._pin(item.target.parent))
        made = self.ctx.vfs.apply(
            lambda _s: tree.make_directory(item.target, hints), item.target, verb="make directory"
        )
        self._pins[item.target] = made.entry
        return True

    def _pin(self, directory: Location) -> Entry | None:
        """The directory that everything of this job goes into under that name."""
        tree = self.ctx.vfs.facets(directory).tree_copy
        if tree is not None and directory not in self._pins:
            self._pins[directory] = tree.pin(directory)
        return self._pins.get(directory)

    def _is_directory(self, target: Location) -> bool:
        try:
            found = self.ctx.outlast(lambda: self.ctx.vfs.stat(target, fresh=True))
            return found.is_directory  # a link would lead the tree out of the destination
        except StorageError:
            return False

    def _below_lost(self, target: Location) -> bool:
        return any(lost == target or lost.holds(target) for lost in self._lost_directories)

    def _feed(
        self, items: Sequence[Item], settler: Settler, pending: dict[int, Item]
    ) -> Iterator[FileItem]:
        """Settle each item; hand out small files, do the others here and now."""
        for item in items:
            self.ctx.cancel.check()
            if self._links.waits(item):
                continue
            try:
                ready = self._prepare(item, settler)
            except StorageError as error:
                pending.pop(id(item), None)
                self._end(item, Outcome.FAILED, error=error)
                continue
            if ready is None:
                pending.pop(id(item), None)
                continue
            # from here on the item is known by the file item that stands for it
            del pending[id(item)]
            pending[id(ready)] = item
            if is_large(self.ctx, ready):
                self._finish(self._copy_one(ready, alone=True), pending)
            else:
                yield ready

    def _prepare(self, item: Item, settler: Settler) -> FileItem | None:
        """What to copy; None if the item ended already. Raises StorageError."""
        if self._fatal is not None:
            raise self._fatal
        if self._below_lost(item.target):
            raise StorageError("Its directory could not be made.", place=item.target)
        skip = self._not_regular(item)
        if skip:
            self._end(item, Outcome.SKIPPED, reason=skip)
            return None
        reached = what_was_reached(self.ctx, item, settler.occupancy, move=self.move)
        if isinstance(reached, Standing):
            self._stood_before(reached.item, reached.there, reached.evidence)
            return None
        settled = reached or settler.settle(item)
        if isinstance(settled, str):
            item.target.add_above(self._filled_there)
            self._end(item, Outcome.SKIPPED, reason=settled)
            return None
        item, replaces = settled
        if replaces is not None and item.target in self._still_sources:
            # a directory merged with one above it: what stands there is on its own way elsewhere
            raise SameObject(
                f"{safe_text(str(item.target))} is itself to be {_PAST[self.verb]}, "
                "so nothing may take its place.",
                place=item.source,
                verb=self.verb,
                hint=f"{self.verb.capitalize()} the two one after the other.",
            )
        ready = FileItem(
            item.source,
            item.entry,
            item.target,
            replaces,
            item.note,
            durable=self.move,
            within=self._pin(item.target.parent),
            first=self._links.twin(item),
        )
        if item.entry.kind is Kind.LINK:
            self._copy_link(ready)
            return None
        return ready

    def _stood_before(self, item: Item, there: Entry, evidence: Evidence) -> None:
        """An interrupted run had copied it: for a move its source may go now, by its proof."""
        written = Written(NOTHING, there, evidence, (DONE_BEFORE,))
        copied = self._proved(FileItem(item.source, item.entry, item.target), written)
        self._enter(copied if copied.proof is None else self._without_source(copied))

    def _not_regular(self, item: Item) -> str:
        """Why a thing that is no file is left out; empty if it can be carried."""
        kind = item.entry.kind
        if kind.is_special:
            return f"it is a {kind.value}, not a file"
        if kind is Kind.LINK and self.ctx.vfs.facets(item.target).links is None:
            return "it is a symbolic link; links are not followed"
        return ""

    def _copy_link(self, item: FileItem) -> None:
        copied = _Copied(item, copy_link(self.ctx, item))
        if self.move:
            try:
                self.ctx.outlast(lambda: self.ctx.vfs.delete(item.source, expected=item.entry))
            except StorageError as error:
                copied = replace(copied, kept=error)
        self._enter(copied)

    def _copy_small(self, item: FileItem) -> _Copied:
        return self._copy_one(item, alone=False)

    def _copy_one(self, item: FileItem, *, alone: bool) -> _Copied:
        """Copy, and for a move prove; on a worker thread, so errors come back as values."""
        try:
            copied = self._proved(item, copy_file(self.ctx, item, alone=alone))
            if copied.proof is not None and self._batch(item.source) is None:
                return self._without_source(copied)
            return copied
        except StorageError as error:
            return _Copied(item, error=error)
        except Cancelled:
            return _Copied(item, cancelled=True)

    def _proved(self, item: FileItem, written: Written) -> _Copied:
        """For a move, the proof without which its source stays."""
        copied = _Copied(item, written)
        if not self.move:
            return copied
        across = item.source.root != item.target.root
        strict = across and self.ctx.level is not Level.SIZE
        needs = Evidence.CHECKSUM if strict else Evidence.SIZE
        try:
            return replace(copied, proof=verify(item.source, item.entry, written, needs=needs))
        except StorageError as error:
            return replace(copied, kept=error)

    def _without_source(self, copied: _Copied) -> _Copied:
        proof, copied = copied.proof, replace(copied, proof=None)
        assert proof is not None
        try:
            remove_source(self.ctx, proof)
        except StorageError as error:
            return replace(copied, kept=error)
        return copied

    def _batch(self, source: Location) -> DeleteMany | None:
        """The way to remove proved sources together, where the server checks each of them."""
        many = self.ctx.vfs.facets(source).delete_many
        return many if many is not None and many.conditional else None

    # -- results -------------------------------------------------------------------------------------

    def _finish(self, copied: _Copied, pending: dict[int, Item]) -> None:
        pending.pop(id(copied.item), None)
        if copied.proof is not None:
            if self._proofs and self._proofs[0][0].source.root != copied.proof.source.root:
                self._flush()  # a batch is of one storage
            self._proofs.append((copied.proof, copied))
            if (many := self._batch(copied.item.source)) and len(self._proofs) >= many.batch:
                self._flush()
            return
        self._enter(copied)

    def _flush(self) -> None:
        """Remove the sources that are proved and still wait for a full batch."""
        proofs, self._proofs = self._proofs, []
        if not proofs:
            return
        items = [(proof.source, proof.source_entry) for proof, _ in proofs]
        try:
            removed = {gone.location: gone.error for gone in delete_batch(self.ctx, items)}
        except Cancelled:  # while it waited for the server: they are copied, and that is told
            why = Stopped("It was cancelled before the source was known to be deleted.")
            removed = {place: why for place, _ in items}
        for proof, copied in proofs:
            self._enter(replace(copied, kept=removed.get(proof.source)))

    def _enter(self, copied: _Copied) -> None:
        item = Item(copied.item.source, copied.item.entry, copied.item.target)
        if copied.cancelled:
            self._end(item, Outcome.CANCELLED)
            return
        if copied.error is not None:
            if isinstance(copied.error, NeedsLogin):
                self._fatal = copied.error  # every further item would fail the same way
            self._end(item, Outcome.FAILED, error=copied.error)
            return
        assert copied.written is not None
        self._links.copied(copied.item, copied.written)
        notes = [note for note in (copied.item.note, *copied.written.notes) if note]
        if isinstance(copied.kept, NotFound):
            notes.append("the source was already gone")
        elif copied.kept is not None:
            self._end(item, Outcome.FAILED, error=copied.kept, note="copied; the source was kept")
            return
        self._end(
            item,
            Outcome.DONE,
            note="; ".join(notes),
            size=item.entry.size or 0,
            evidence=copied.written.evidence,
        )

    def _finish_directories(self, plan: Plan, failed: dict[Location, StorageError]) -> None:
        """Deepest first: times, and for a move the removal of what is empty now."""
        for item in reversed(plan.directories):
            error = failed.get(item.source)
            if error is not None:
                self._keep_above(item.source)
                self._end(item, Outcome.FAILED, error=error)
            elif self._below_lost(item.target):
                self._end(item, Outcome.FAILED, reason="Its directory could not be made.")
            elif self.ctx.cancel.cancelled:
                if item.target in self._pins:
                    self._give_attributes(item)  # what was moved into it stays open to whom it was
                self._end(item, Outcome.CANCELLED)
            else:
                note = self._give_attributes(item)
                if self.move:
                    self._remove_directory(item, plan, note)
                    continue
                error = self._make_hollow(item, plan)
                if error is not None:
                    self._end(item, Outcome.FAILED, error=error)
                else:
                    self._end(item, Outcome.DONE, note=note or item.note)

    def _make_hollow(self, item: Item, plan: Plan) -> StorageError | None:
        """Make a directory of a key store of whose contents nothing arrived: else it is not there."""
        real = self.ctx.vfs.features(item.target).real_directories
        if real or item.source not in plan.filled or item.target in self._filled_there:
            return None
        try:
            if not self._is_directory(item.target):
                self.ctx.outlast(lambda: self.ctx.vfs.mkdir(item.target))
        except StorageError as error:
            return error
        return None

    def _give_attributes(self, item: Item) -> str:
        return give_attributes(self.ctx, item, self._pins.get(item.target), durable=self.move)

    def _remove_directory(self, item: Item, plan: Plan, note: str) -> None:
        style = item.source.root.style
        if item.source in self._kept_below:
            self._end(item, Outcome.SKIPPED, reason="something in it was not moved, so it stays")
            return
        try:
            if style is Style.PATH or item.source in plan.marked:
                pinned = self.ctx.vfs.facets(item.source).tree_copy is not None
                expected = item.entry if pinned else None
                self.ctx.outlast(lambda: self.ctx.vfs.delete(item.source, expected=expected))
        except NotFound:
            pass
        except NotEmpty:
            self._keep_above(item.source)
            self._end(item, Outcome.SKIPPED, reason="it is not empty, so it stays")
            return
        except StorageError as error:
            self._keep_above(item.source)
            self._end(item, Outcome.FAILED, error=error)
            return
        self._end(item, Outcome.DONE, note=note or item.note)

    def _keep_above(self, source: Location) -> None:
        source.add_above(self._kept_below)

    def _cancel_rest(self, tops: list[Item]) -> None:
        ended = {item.source for item in self.report.items}
        for top in tops:
            if top.source not in ended:
                self._end(top, Outcome.CANCELLED)

    def _end(
        self,
        item: Item,
        outcome: Outcome,
        *,
        reason: str = "",
        note: str = "",
        size: int = 0,
        error: StorageError | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        if outcome is not Outcome.DONE:
            self._keep_above(item.source)
        if outcome is Outcome.DONE or isinstance(error, AlreadyExists):
            item.target.add_above(self._filled_there)
        result = ItemResult(
            source=item.source,
            destination=item.target,
            outcome=outcome,
            size=size,
            reason=reason or (str(error) if error else ""),
            note=note,
            error=error,
            evidence=evidence,
        )
        self.ctx.end(self.report, result)
