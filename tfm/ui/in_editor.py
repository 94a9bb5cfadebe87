"""A text in the user's editor, and what became of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.external.command import Command, NotFoundProgram, editor
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.ui.suspend import Pause

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_LARGEST = 4 * 1024 * 1024


def edit_text(app: TfmApp, name: str, text: str, then: Callable[[str], None]) -> None:
    """Hand the terminal to the editor with a file of that name; `then` gets what was saved.

    Says why where there is no editor, or where it ended with a fault: then nothing else happens.
    """
    setting, environ = app.settings.text_editor, app.outside.environ

    def prepare(_cancel: CancelToken) -> tuple[Command, Path]:
        try:
            return editor(setting, environ), _lay_out(name, text)
        except NotFoundProgram as error:
            raise StorageError(str(error)) from error

    def failed(error: StorageError) -> None:
        app.say(str(error), "error")

    app.bridge.ask(prepare, lambda found: _edit(app, *found, then), failed)


def _lay_out(name: str, text: str) -> Path:
    """On a worker: a file that nobody else may read."""
    try:
        file = Path(tempfile.mkdtemp(prefix="tfm-edit-")) / name
        file.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"The text cannot be written down: {error.strerror}.") from error
    return file


def _edit(app: TfmApp, command: Command, file: Path, then: Callable[[str], None]) -> None:
    ended = app.handover.run(
        command.on([str(file)]).words,
        cwd=app.outside.last_local(),
        environ=app.outside.environ,
        pause=Pause.ON_FAILURE,
    )

    def read(_cancel: CancelToken) -> str:
        try:
            if not ended.fine:
                raise StorageError(
                    ended.problem or "The editor ended with a fault: nothing was changed."
                )
            if file.stat().st_size > _LARGEST:
                raise StorageError("The text is too large: nothing was changed.")
            return file.read_text("utf-8")
        except OSError as error:
            if isinstance(error, StorageError):
                raise
            raise StorageError(f"The text cannot be read again: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise StorageError("The text is not UTF-8 any more: nothing was changed.") from error
        finally:
            shutil.rmtree(file.parent, ignore_errors=True)

    app.bridge.ask(read, then, lambda error: app.say(str(error), "error"))
