"""Copies of remote files that programs get: where they lie, what becomes of changed ones, and of stranded ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.config.places import make_private
from tfm.external.errand import Return, discard
from tfm.jobs.audit import written_down
from tfm.jobs.loans import Loans, Stranded
from tfm.model.cancel import CancelToken
from tfm.model.errors import AlreadyExists, NotFound, StorageError, TooLate
from tfm.model.location import Location, local
from tfm.model.text import plural, safe_text
from tfm.ops.borrow import Borrowed, give_back, give_back_anyway, give_back_beside
from tfm.ops.context import OpContext
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.changed import Fate
    from tfm.ui.dialogs.stranded import Wish

Gone = Callable[[], None]
"""Called on a worker when a copy has gone home and is not needed any more."""


class LentCopies:
    """The copies of this tfm, and those that another one left; event loop only, unless said."""

    def __init__(self, app: TfmApp) -> None:
        self._app = app
        self._loans: Loans | None = None

    # -- on a worker -------------------------------------------------------------------------------

    def begin(self) -> Path:
        """A private folder for copies; beside the state they outlive a crash."""
        loans = self._kept()
        return Path(tempfile.mkdtemp(prefix="tfm-lent-")) if loans is None else loans.begin()

    def note(self, folder: Path | None, borrowed: Sequence[Borrowed]) -> None:
        """These are lent now."""
        if folder is not None and self._loans is not None:
            self._loans.note(folder, borrowed)

    def settle(self, folder: Path | None) -> None:
        """Something may have gone from the folder; the last one ends the loan."""
        if folder is not None and self._loans is not None:
            self._loans.settle(folder)

    def _kept(self) -> Loans | None:
        state = self._app.start.state_file
        if state is None:
            return None
        if self._loans is None or self._loans.directory != state.parent / "lent":
            journals = self._app.jobs.journals
            endpoint = "" if journals is None else journals.endpoint
            self._loans = Loans(state.parent / "lent", endpoint, make_private)
        return self._loans

    def noted(self, place: Location) -> AbstractContextManager[None]:
        """Around the way home of a copy: the audit log is told of it."""
        title, app = f"Write back {place}", self._app
        return written_down(app.jobs.audit, app.vfs, "edit", title, (place,))

    def close(self) -> None:
        """The end: what is still out is offered at the next start."""
        if self._loans is not None:
            self._loans.close()

    # -- copies that could not go home -------------------------------------------------------------

    def ask(self, open_: Sequence[Return], folder: Path | None) -> None:
        """One question for each file that somebody else changed; others are told where the copy is."""
        if not open_:
            return
        first, rest = open_[0], open_[1:]
        borrowed = first.borrowed

        def gone() -> None:
            discard(borrowed)
            self.settle(folder)

        if first.somebody_else:
            self._changed(borrowed, gone, lambda: self.ask(rest, folder))
        else:
            self._app.say(f"{first.error} Your copy is {borrowed.copy}", "error")
            self.ask(rest, folder)

    def _changed(self, borrowed: Borrowed, gone: Gone, then: Callable[[], None]) -> None:
        from tfm.ui.dialogs.changed import Changed, Fate

        def decided(fate: Fate | None) -> None:
            self._decided(borrowed, fate or Fate.KEEP_HERE, gone)
            then()

        self._app.push_screen(Changed(borrowed), decided)

    def _decided(self, borrowed: Borrowed, fate: Fate, gone: Gone) -> None:
        from tfm.ui.dialogs.changed import Fate as Fates

        if fate is Fates.KEEP_HERE:
            self._app.say(f"Not written. Your copy is {borrowed.copy}", "warning")
            return

        def write(cancel: CancelToken) -> Location:
            ctx = OpContext(self._app.vfs, cancel=cancel)
            with self.noted(borrowed.home):
                if fate is Fates.OVERWRITE:
                    give_back_anyway(ctx, borrowed)
                    place = borrowed.home
                else:
                    place, _written = give_back_beside(ctx, borrowed)
            gone()
            return place

        self._app.bridge.ask(write, self._written, lambda error: self._kept_here(borrowed, error))

    def _written(self, place: Location) -> None:
        self._app.say(f"Written to {safe_text(str(place))}.", "good")

    def _kept_here(self, borrowed: Borrowed, error: StorageError) -> None:
        self._app.say(f"{error} Your copy is {borrowed.copy}", "error")

    # -- copies of a tfm that is gone --------------------------------------------------------------

    def at_start(self) -> None:
        """Show them if there are any; somebody who is typing already is only told."""

        def found(copies: list[Stranded]) -> None:
            if copies and isinstance(self._app.screen, PanesScreen) and not self._app.any_key:
                self._open(copies)
            elif copies:
                what = plural(len(copies), "edited copy")
                self._app.say(f"{what} did not get back: b, then i.", "warning")

        self._look(found)

    def show(self, nothing: str = "") -> None:
        """Show them, or say that there are none."""

        def found(copies: list[Stranded]) -> None:
            if copies and isinstance(self._app.screen, PanesScreen):
                self._open(copies)
            elif nothing and not copies:
                self._app.say(nothing)

        self._look(found)

    def _look(self, then: Callable[[list[Stranded]], None]) -> None:
        def look(_cancel: CancelToken) -> list[Stranded]:
            loans = self._kept()
            return [] if loans is None else loans.stranded()

        self._app.bridge.ask(look, then)

    def _open(self, copies: list[Stranded]) -> None:
        from tfm.ui.dialogs.stranded import StrandedDialog

        self._app.push_screen(StrandedDialog(copies), self._wished)

    def _wished(self, wish: Wish | None) -> None:
        if wish is None:
            return
        stranded = wish.stranded
        if wish.what == "go":
            copy = local(stranded.borrowed.copy)
            self._app.navigator.enter(
                self._app.session.active, copy.parent, land_on=(copy.name, False)
            )
            self._app.say("It stays until you discard it: b, then i.")
        elif wish.what == "back":
            self._write_back(stranded)
        else:
            self._discard(stranded)

    def _write_back(self, stranded: Stranded) -> None:
        if stranded.refusal:
            self._app.say(stranded.refusal, "warning")
            return
        loans, borrowed = self._loans, stranded.borrowed
        assert loans is not None

        def gone() -> None:
            with loans.held(stranded):
                loans.came_home(stranded)

        def write(cancel: CancelToken) -> Location | None:
            with loans.held(stranded):
                try:
                    with self.noted(borrowed.home):
                        give_back(OpContext(self._app.vfs, cancel=cancel), borrowed)
                except (TooLate, NotFound, AlreadyExists):
                    if not borrowed.changed:  # it is the copy that is gone
                        raise
                    return None
                loans.came_home(stranded)
            return borrowed.home

        def written(place: Location | None) -> None:
            if place is None:
                self._changed(borrowed, gone, lambda: None)
                return
            self._written(place)
            self.show()

        self._app.bridge.ask(write, written, lambda error: self._kept_here(borrowed, error))

    def _discard(self, stranded: Stranded) -> None:
        from tfm.ui.dialogs.confirm import Confirm

        loans = self._loans
        assert loans is not None

        def discard_it(_cancel: CancelToken) -> None:
            with loans.held(stranded):
                loans.discard(stranded)

        def discarded(_none: None) -> None:
            self._app.say("Discarded.", "good")
            self.show()

        def sure(yes: bool | None) -> None:
            if yes:
                self._app.bridge.ask(
                    discard_it, discarded, lambda error: self._app.say(str(error), "error")
                )
            else:
                self.show()

        lines = [
            f"The edited copy of {safe_text(str(stranded.borrowed.home))}",
            f"from {safe_text(str(stranded.borrowed.copy))}",
            *(f"and {safe_text(name)} beside it" for name in stranded.others),
        ]
        self._app.push_screen(Confirm("Discard", lines, "Discard"), sure)
