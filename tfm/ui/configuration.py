"""The configuration while the program runs: read again, applied as far as it can be, reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.config.choices import laid_over
from tfm.config.load import Loaded
from tfm.config.rules import Binding, Favorite
from tfm.config.settings import SETTINGS, Settings
from tfm.config.source import ConfigSource
from tfm.external.command import editor
from tfm.model.text import plural, safe_text
from tfm.ui.chosen import show

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_TAKES_A_LINE = frozenset({"vi", "vim", "nvim", "nano", "emacs", "micro", "kak", "joe", "mcedit"})


def apply(app: TfmApp, loaded: Loaded) -> str:
    """Take over what was read; what there is to say about it.

    A file that did not run to its end changes nothing: half of it is not what the user wants.
    """
    if any(not problem.name for problem in loaded.problems):
        return "The configuration cannot be used; everything stays as it was."
    old, new = app.configured, loaded.settings
    changed = _changed(old, new)
    app.configured = new
    if loaded.keymap != app.keymap:
        app.take_keymap(loaded.keymap)
    show(app, laid_over(new, app.recall.memory.choices, app.start.themes))
    waiting = [name for name in changed if SETTINGS[name].restart]
    told = f"Configuration read again: {plural(len(changed), 'setting')} changed."
    if waiting:
        shown = ", ".join(waiting[:3]) + (f" and {len(waiting) - 3} more" if waiting[3:] else "")
        told += f" At the next start: {shown}."
    return told


def _changed(old: Settings, new: Settings) -> list[str]:
    return [
        name
        for name, setting in SETTINGS.items()
        if getattr(old, setting.field) != getattr(new, setting.field)
    ]


def editor_command(
    setting: Sequence[str], environ: Mapping[str, str], file: Path, line: int | None
) -> list[str]:
    """The user's editor on the file, at the line where the editor takes one.

    Raises NotFoundProgram.
    """
    words = editor(setting, environ).words
    place = [f"+{line}"] if line and Path(words[0]).name in _TAKES_A_LINE else []
    return [*words, *place, str(file)]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report: what it says at the left and the right, and where to mend it."""

    text: str
    note: str = ""
    line: int | None = None
    heading: bool = False


def report(source: ConfigSource) -> list[ReportLine]:
    """Faults with their lines, what the file sets, and what it has from the earlier program."""
    loaded = source.loaded
    read = (
        str(loaded.file)
        if loaded.file is not None
        else f"{source.file} (nothing was read from it at the start)"
    )
    rows = [ReportLine(read, heading=True)]
    if loaded.ignored is not None:
        rows.append(ReportLine("Not read", f"{loaded.ignored}: the other file stands in its place"))
    if loaded.problems:
        rows.append(ReportLine(plural(len(loaded.problems), "problem"), heading=True))
    for problem in loaded.problems:
        where = f"line {problem.line}" if problem.line else problem.name or "file"
        rows.append(ReportLine(where, f"{problem.message} {problem.hint}".strip(), problem.line))
    if loaded.notices:
        rows.append(ReportLine("Said", heading=True))
    rows += (ReportLine("", notice) for notice in loaded.notices)
    rows.append(ReportLine(f"{plural(len(loaded.given), 'setting')} of your own", heading=True))
    for given in loaded.given:
        note = f"{_short(given.value)}  instead of  {_short(given.default)}"
        rows.append(ReportLine(given.name, note, given.line))
    if loaded.earlier:
        rows.append(ReportLine("Options of the earlier program", heading=True))
    rows += (ReportLine(name, told) for name, told in loaded.earlier.items())
    return [_safe(row) for row in rows]


def _safe(row: ReportLine) -> ReportLine:
    return ReportLine(safe_text(row.text), safe_text(row.note), row.line, row.heading)


def _short(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, Mapping):
        return plural(len(value), "entry") if value else "nothing"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}..."'
    if isinstance(value, Sequence):
        return plural(len(value), "entry") if value else "nothing"
    if isinstance(value, Binding | Favorite):
        return "an entry"
    return repr(value)
