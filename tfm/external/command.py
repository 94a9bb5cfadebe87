"""Command lines as lists of words, and where their programs are found."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfm.model.text import safe_text


class NotFoundProgram(Exception):
    """There is no such program; the message says so, and what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its words; the first is looked up, none is read by a shell."""

    words: tuple[str, ...]

    def located(self, environ: Mapping[str, str]) -> Command:
        """The same with the program's full path. Raises NotFoundProgram."""
        program = self.words[0]
        found = shutil.which(os.path.expanduser(program), path=environ.get("PATH", os.defpath))
        if found is None:
            raise NotFoundProgram(
                f"There is no program {safe_text(program)}. Install it, or change it in config.py."
            )
        return Command((os.path.abspath(found), *self.words[1:]))

    def on(self, paths: Sequence[str]) -> Command:
        """The same with files at the end; absolute paths are never taken for options."""
        return Command((*self.words, *paths))


def words_of(value: str) -> tuple[str, ...]:
    """The words of a command written as one text; empty if it cannot be read as words."""
    try:
        return tuple(shlex.split(value))
    except ValueError:
        return ()


def editor(setting: Sequence[str], environ: Mapping[str, str]) -> Command:
    """The editor: TEXT_EDITOR, else $VISUAL, else $EDITOR, else the first that is installed.

    Raises NotFoundProgram.
    """
    for words in (tuple(setting), *(words_of(environ.get(n, "")) for n in ("VISUAL", "EDITOR"))):
        if words:
            return Command(words).located(environ)
    for name in ("sensible-editor", "nano", "vim", "vi"):
        if shutil.which(name, path=environ.get("PATH", os.defpath)):
            return Command((name,)).located(environ)
    raise NotFoundProgram("There is no editor. Name one in TEXT_EDITOR or in $EDITOR.")


def shell(environ: Mapping[str, str]) -> str:
    """The user's shell, by $SHELL; a plain one where that names none that can be run."""
    told = environ.get("SHELL", "")
    if told.startswith("/") and os.access(told, os.X_OK):
        return told
    return "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/bin/sh"
