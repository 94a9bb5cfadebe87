"""One run of a program: what it needs is made before, and what it changed goes home afterwards.

Everything here runs on a worker thread; in between, the terminal is handed over or the program runs in
the background.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tfm.external.command import Command
from tfm.external.env import Shown, Situation, Told, tell, text_of, working_directory
from tfm.external.subshell import inner_shell
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import AlreadyExists, NotFound, StorageError, TooLate
from tfm.model.location import LOCAL, Location, local
from tfm.model.program import Lend, Program
from tfm.model.text import plural, safe_text, short_size
from tfm.ops.borrow import Borrowed, borrow, give_back, left_beside, new_copy
from tfm.ops.context import OpContext
from tfm.storage.vfs import Vfs

MOST_LENT: Final = 200
"""Files that are copied here for one program; more is surely a slip."""

LARGEST_LENT: Final = 256 * 1024 * 1024
"""Bytes of all of them: more is a transfer, with progress and a job, not a look."""


class Refused(Exception):
    """The program was not started; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What to run, and where. `subshell` runs the user's shell instead of the program's command.

    With `find` the command is found on the worker: looking for programs touches disks. `environ` is ours;
    `last_local` where to start when the active pane is remote; `new_file` a file that
    is not there yet and may be made.
    """

    program: Program
    situation: Situation
    environ: Mapping[str, str]
    last_local: str
    subshell: bool = False
    new_file: Location | None = None
    find: Callable[[], tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to start. `folder` holds the copies of remote files, None if there are none."""

    argv: tuple[str, ...]
    cwd: str
    told: Told
    environ: Mapping[str, str]
    borrowed: tuple[Borrowed, ...] = ()
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """What became of a changed copy: written (no error), or still there because of it."""

    borrowed: Borrowed
    error: StorageError | None = None

    @property
    def somebody_else(self) -> bool:
        """True if the file was changed, made or removed by somebody else meanwhile."""
        return isinstance(self.error, TooLate | NotFound | AlreadyExists)


@dataclass(frozen=True, slots=True)
class Done:
    """After the run: what went home, what was kept here because the program failed, and what else it
    wrote where the copies lie: that stays.
    """

    returned: tuple[Return, ...] = ()
    kept: tuple[Borrowed, ...] = ()
    left: tuple[Path, ...] = ()
    written: int = field(default=0)


def prepare(
    vfs: Vfs, errand: Errand, make_folder: Callable[[], Path], cancel: CancelToken = NEVER
) -> Prepared:
    """Find the program, copy what is to be copied, tell the environment.

    Raises Refused, NotFoundProgram, StorageError, OSError; nothing stays behind then.
    """
    program, situation = errand.program, errand.situation
    with contextlib.ExitStack() as undo:
        borrowed: list[Borrowed] = []
        folder: Path | None = None
        if fetches(errand):
            folder = make_folder()
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            ctx = OpContext(vfs, cancel=cancel)
            situation = _lend(ctx, errand, folder, borrowed)
        told = tell(situation, errand.environ)
        undo.callback(told.close)
        environ = dict(told.environ)
        if program.aws:
            environ.update(_tools_environ(vfs, errand.situation))
        cwd = working_directory(situation.this.place, errand.last_local)
        if errand.subshell:
            inner = inner_shell(environ, told.folder)
            argv, environ = inner.argv, dict(inner.environ)
        else:
            argv = _argv(errand, situation, environ)
        undo.pop_all()
    return Prepared(argv, cwd, told, environ, tuple(borrowed), folder)


def fetches(errand: Errand) -> bool:
    """True if remote files have to be copied here first."""
    if errand.program.lend is Lend.NOTHING:
        return False
    shown = [errand.situation.this]
    if errand.program.lend is Lend.BOTH:
        shown.append(errand.situation.other)
    places = [place for each in shown for place in each.selected]
    if errand.new_file is not None:
        places.append(errand.new_file)
    return any(place.root != LOCAL for place in places)


Noted = Callable[[Location], AbstractContextManager[None]]
"""Around each write to a place, for who writes down what was done."""


def finish(
    vfs: Vfs,
    prepared: Prepared,
    *,
    fine: bool,
    cancel: CancelToken = NEVER,
    noted: Noted = lambda _place: contextlib.nullcontext(),
) -> Done:
    """Bring changed copies home if the program was content; remove what is not needed any more.

    A copy that did not go home stays where it is: `discard` removes it. Raises OSError.
    """
    prepared.told.close()
    changed = [each for each in prepared.borrowed if each.changed]
    left = _left(prepared)
    if not fine:
        # an editor that was killed finds what was typed again only beside the file
        _tidy(prepared, keep=prepared.borrowed if left else changed, left=left)
        return Done(kept=tuple(changed), left=left)
    ctx = OpContext(vfs, cancel=cancel)
    returned = []
    for each in changed:
        try:
            with noted(each.home):
                give_back(ctx, each)
        except StorageError as error:
            returned.append(Return(each, error))
        else:
            returned.append(Return(each))
    stay = [each.borrowed for each in returned if each.error is not None]
    _tidy(prepared, keep=stay, left=left)
    return Done(tuple(returned), left=left, written=len(returned) - len(stay))


def leave_to_look_at(prepared: Prepared) -> None:
    """The program has handed the file on and ended: the copies stay, but changes go nowhere."""
    prepared.told.close()
    for each in prepared.borrowed:
        with contextlib.suppress(FileNotFoundError):
            each.copy.chmod(0o400)


def looked_at(prepared: Prepared) -> None:
    """The end: copies that were only looked at go, but for what was saved over one or beside it all the same.

    Raises OSError.
    """
    changed = [each for each in prepared.borrowed if each.changed]
    _tidy(prepared, keep=changed, left=_left(prepared))


def discard(borrowed: Borrowed) -> None:
    """The copy is not needed any more: remove it, and its folder with the last one."""
    borrowed.copy.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others are still there
        borrowed.copy.parent.rmdir()


def _left(prepared: Prepared) -> tuple[Path, ...]:
    copies = [each.copy for each in prepared.borrowed]
    return tuple(copy.parent / name for copy in copies for name in left_beside(copy, copies))


def _tidy(prepared: Prepared, keep: Sequence[Borrowed], left: Sequence[Path]) -> None:
    if prepared.folder is None:
        return
    if not keep and not left:
        shutil.rmtree(prepared.folder, ignore_errors=True)
        return
    staying = {each.copy for each in keep}
    for each in prepared.borrowed:
        if each.copy not in staying:
            discard(each)


def _lend(ctx: OpContext, errand: Errand, folder: Path, borrowed: list[Borrowed]) -> Situation:
    """The situation with copies in place of remote files."""
    situation = errand.situation
    if errand.new_file is not None and errand.new_file.root != LOCAL:
        new = new_copy(errand.new_file, folder)
        borrowed.append(new)
        this = Shown(local(folder), (local(new.copy),))
    else:
        this = _lent(ctx, situation.this, folder / "this", borrowed)
    other = situation.other
    if errand.program.lend is Lend.BOTH:
        other = _lent(ctx, other, folder / "other", borrowed)
    if situation.left_is_active:
        return replace(situation, left=this, right=other)
    return replace(situation, left=other, right=this)


def _lent(ctx: OpContext, shown: Shown, folder: Path, borrowed: list[Borrowed]) -> Shown:
    remote = [place for place in shown.selected if place.root != LOCAL]
    if not remote:
        return shown
    if len(remote) > MOST_LENT:
        raise Refused(
            f"This program gets local copies, and {plural(len(remote), 'file')} would be copied here. "
            f"Mark at most {MOST_LENT}."
        )
    size = sum(ctx.vfs.stat(place).size or 0 for place in remote)
    if size > LARGEST_LENT:
        raise Refused(
            f"This program gets local copies, and {short_size(size)} would be copied here. "
            "Copy the files first, then open them there."
        )
    folder.mkdir(mode=0o700)
    places: list[Location] = []
    for place in shown.selected:
        if place.root == LOCAL:
            places.append(place)
            continue
        ctx.cancel.check()
        lent = borrow(ctx, place, folder)
        borrowed.append(lent)
        places.append(local(lent.copy))
    return Shown(local(folder), tuple(places))


def _argv(errand: Errand, situation: Situation, environ: Mapping[str, str]) -> tuple[str, ...]:
    words = errand.program.command if errand.find is None else errand.find()
    command = Command(words).located(environ)
    if not errand.program.arguments:
        return command.words
    return command.on([text_of(place) for place in situation.this.selected]).words


def _tools_environ(vfs: Vfs, situation: Situation) -> Mapping[str, str]:
    """What tools need to speak to the server of the active pane, else of the other one."""
    for shown in (situation.this, situation.other):
        outside = vfs.facets(shown.place).outside
        if outside is not None:
            return outside.environ(shown.place)
    return {}


def told_of(done: Done) -> str:
    """What went home, and what lies here still; empty if nothing was changed."""
    told = _told_of_copies(done)
    if done.left:
        also = f"Written by the program, and kept: {safe_text(str(done.left[0]))}"
        more = f" and {len(done.left) - 1:,} more" if len(done.left) > 1 else ""
        told = f"{told} {also}{more}".lstrip()
    return told


def _told_of_copies(done: Done) -> str:
    if done.kept:
        first = done.kept[0]
        return (
            f"Not written: the program failed. {plural(len(done.kept), 'changed copy')} kept: "
            f"{safe_text(str(first.copy))}"
        )
    if done.written == 1 and len(done.returned) == 1:
        return f"Written to {safe_text(str(done.returned[0].borrowed.home))}."
    return f"{plural(done.written, 'file')} written." if done.written else ""
