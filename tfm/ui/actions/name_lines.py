"""Names in the editor: one a line, and what is changed there is renamed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.external.command import Command, NotFoundProgram, editor
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.ops.plan import Picked
from tfm.ops.rename_lines import LinesFault, as_lines, from_lines
from tfm.ops.rename_plan import State, Wanted, judge
from tfm.ui.actions.names import neighbours, submit_rename
from tfm.ui.suspend import Pause

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.rename import Row

_FILE = "names.txt"


def rename_in_editor(app: TfmApp) -> None:
    """The names of what is marked, else of all that is shown, as lines in the editor."""
    pane = app.session.pane
    entries = pane.targets() if pane.marked_count else pane.rows.entries
    picked = [(pane.location(entry), entry) for entry in entries]
    if not picked:
        app.say("There is nothing here to rename.", "warning")
        return
    if any(place.is_container for place, _ in picked):
        app.say("A bucket keeps its name. Copy what it holds to another one.", "warning")
        return
    try:
        text = as_lines([place.name for place, _ in picked])
    except LinesFault as error:
        app.say(str(error), "error")
        return
    setting, environ = app.settings.text_editor, app.outside.environ

    def prepare(_cancel: CancelToken) -> tuple[Command, Path]:
        try:
            return editor(setting, environ), _lay_out(text)
        except NotFoundProgram as error:
            raise StorageError(str(error)) from error

    def failed(error: StorageError) -> None:
        app.say(str(error), "error")

    app.bridge.ask(prepare, lambda found: _edit(app, *found, picked), failed)


def _lay_out(text: bytes) -> Path:
    """On a worker: the names in a file that nobody else may read."""
    try:
        file = Path(tempfile.mkdtemp(prefix="tfm-names-")) / _FILE
        file.write_bytes(text)
    except OSError as error:
        raise StorageError(f"The names cannot be written down: {error.strerror}.") from error
    return file


def _edit(app: TfmApp, command: Command, file: Path, picked: list[Picked]) -> None:
    ended = app.handover.run(
        command.on([str(file)]).words,
        cwd=app.outside.last_local(),
        environ=app.outside.environ,
        pause=Pause.ON_FAILURE,
    )

    def read(cancel: CancelToken) -> tuple[Row, ...] | str:
        try:
            if not ended.fine:
                return ended.problem or "The editor ended with a fault: nothing was renamed."
            return _read(app, file, picked, cancel)
        except LinesFault as error:
            return str(error)
        except OSError as error:
            return f"The names cannot be read again: {error.strerror}."
        finally:
            shutil.rmtree(file.parent, ignore_errors=True)

    def renamed(found: tuple[Row, ...] | str) -> None:
        if isinstance(found, str):
            app.say(found, "error")
        elif found:
            submit_rename(app, found)
        else:
            app.say("Every name stays as it is.")

    app.bridge.ask(read, renamed, lambda error: app.say(str(error), "error"))


def _read(
    app: TfmApp, file: Path, picked: list[Picked], cancel: CancelToken
) -> tuple[Row, ...] | str:
    """On a worker: what gets which name, or why nothing does."""
    wanted = [Wanted(name) for name in from_lines(file.read_bytes(), len(picked))]
    there, refuses = neighbours(app, picked, cancel)
    verdicts = judge(picked, wanted, there, refuses)
    bad = [verdict for verdict in verdicts if verdict.hinders]
    if bad:
        more = f" ({len(bad) - 1:,} more)" if len(bad) > 1 else ""
        return f"Nothing was renamed: {bad[0].reason}{more}"
    return tuple(
        (one, verdict.new)
        for one, verdict in zip(picked, verdicts, strict=True)
        if verdict.state is State.OK
    )


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"rename_in_editor": rename_in_editor}
