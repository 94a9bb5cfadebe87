"""Loads the user's `config.py`: a Python file, run once, whose upper-case names are settings.

The file is code and runs as the user, so it is only taken from the user's own hands (see
`_distrust`), never from the current directory. Nothing it does ends the program: every fault becomes
a `ConfigProblem` with its line, and the setting concerned keeps its default. Whoever called
decides: `--config FILE` with problems is a usage error, the default file starts with defaults.
"""

from __future__ import annotations

import contextlib
import grp
import io
import os
import pwd
import re
import stat
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tfm.config.connections import SECRETS
from tfm.config.earlier import EARLIER
from tfm.config.keymap import Keymap, build_keymap
from tfm.config.keys import key_label
from tfm.config.lines import Lines
from tfm.config.places import Places, open_regular, read_all
from tfm.config.problems import ConfigProblem, did_you_mean
from tfm.config.programs import OPENER, PYTHON, find_tool
from tfm.config.rules import Rejected
from tfm.config.settings import SETTINGS, Settings, disagreements
from tfm.model.text import safe_text

_LARGEST_FILE = 1024 * 1024
_LINES_SHOWN = 20
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that the file sets to another value than the default."""

    name: str
    line: int | None
    value: object
    default: object


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings that can be used at once, with what was wrong (problems) or merely said (notices).

    `given` are the settings that differ from their defaults; `earlier` maps options of the earlier
    program to what became of them; `ignored` is a second file that was not read.
    """

    settings: Settings
    keymap: Keymap
    problems: tuple[ConfigProblem, ...] = ()
    notices: tuple[str, ...] = ()
    file: Path | None = None
    given: tuple[Given, ...] = ()
    earlier: Mapping[str, str] = field(default_factory=dict)
    ignored: Path | None = None


@dataclass(slots=True)
class _Findings:
    """What one load collects on its way."""

    file: Path
    problems: list[ConfigProblem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    earlier: dict[str, str] = field(default_factory=dict)

    def problem(self, line: int | None, name: str, message: str, hint: str = "") -> None:
        self.problems.append(ConfigProblem(self.file, line, name, message, hint))

    def notice(self, text: str) -> None:
        self.notices.append(str(safe_text(text)))


def defaults() -> Loaded:
    """What runs without any configuration (`--no-config`)."""
    return Loaded(Settings(), build_keymap({}))


def load_config(file: Path | None, places: Places, environ: Mapping[str, str]) -> Loaded:
    """Load `file`, or the default one when None; only a named file has to exist. Never raises."""
    path = found_file(places) if file is None else file
    found = _Findings(path)
    values: dict[str, object] = {}
    lines = Lines.empty()
    source = _read(path, found, required=file is not None)
    if source is not None:
        lines = Lines.of(source)
        namespace = _run(source, words_for_config(places, environ), found)
        if namespace is not None:
            values = _named_values(namespace, lines, found)
    settings = _settle(values, lines, environ, found)
    keymap = build_keymap(settings.key_bindings, preset=settings.key_preset)
    for fault in keymap.problems:
        line = lines.item("KEY_BINDINGS", fault.action)
        found.problem(line, "KEY_BINDINGS", f"KEY_BINDINGS: {fault.message}", fault.hint)
    _report_taken_keys(settings, keymap, lines, found)
    found.notices.extend(str(safe_text(each)) for each in keymap.notices)
    found.earlier.update(keymap.earlier)
    both = file is None and path != places.earlier_config_file
    return Loaded(
        settings,
        keymap,
        tuple(found.problems),
        tuple(found.notices),
        path if source is not None else None,
        _given(settings, values, lines),
        found.earlier,
        places.earlier_config_file if both and places.earlier_config_file.is_file() else None,
    )


def found_file(places: Places) -> Path:
    """The usual file, or that of the earlier program where only that one is."""
    usual, earlier = places.config_file, places.earlier_config_file
    return earlier if not os.path.lexists(usual) and earlier.is_file() else usual


def _given(settings: Settings, values: Mapping[str, object], lines: Lines) -> tuple[Given, ...]:
    rows = ((SETTINGS[name], getattr(settings, SETTINGS[name].field)) for name in values)
    return tuple(
        Given(setting.name, lines.name(setting.name), value, setting.default)
        for setting, value in rows
        if value != setting.default
    )


def _report_taken_keys(settings: Settings, keymap: Keymap, lines: Lines, found: _Findings) -> None:
    """A program's key that never reaches it, because an action or another program has it."""
    taken: dict[str, str] = {}
    for index, program in enumerate(settings.programs):
        if not program.key:
            continue
        action = keymap.action_for(program.key)
        holder = taken.setdefault(program.key, program.name)
        if action is not None:
            holder = f"the action {action.id}"
        elif keymap.is_prefix(program.key):
            holder = "the beginning of a chord"
        elif holder == program.name:
            continue
        told = (
            f"PROGRAMS: the key {key_label(program.key)} of {program.name!r} belongs to {holder}."
        )
        hint = "Choose another, or unbind that one in KEY_BINDINGS."
        found.problem(lines.item("PROGRAMS", index), "PROGRAMS", told, hint)


def words_for_config(places: Places, environ: Mapping[str, str]) -> Mapping[str, object]:
    """What `config.py` may use without importing it: where tools are, the interpreter, the opener."""
    home = Path(environ.get("HOME") or "/")
    return {
        "tfm_tool": lambda name: find_tool(str(name), places.config, home),
        "tfm_python": PYTHON,
        "tfm_opener": OPENER,
    }


# -- reading ---------------------------------------------------------------------------------


def _read(path: Path, found: _Findings, *, required: bool) -> bytes | None:
    if "://" in str(path) or re.match(r"[A-Za-z][\w+.-]*:/", str(path)):
        found.problem(None, "", "a configuration must be a local file", "Copy it here first.")
        return None
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        if required:
            found.problem(None, "", "there is no such file", "Check the name after --config.")
        return None
    except (OSError, ValueError) as error:
        found.problem(None, "", f"cannot be read: {_reason(error)}")
        return None
    try:
        distrust = _distrust(path, os.fstat(descriptor))
        if distrust is not None:
            os.close(descriptor)
            found.problem(None, "", *distrust)
            return None
        return read_all(descriptor, _LARGEST_FILE)
    except OSError as error:
        found.problem(None, "", f"cannot be read: {_reason(error)}")
        return None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _distrust(path: Path, facts: os.stat_result) -> tuple[str, str] | None:
    """Why the file is not run, and the remedy: only its owner (or root) may be able to change it."""
    real = path.resolve()
    directories = {path.absolute().parent, real.parent}
    checked = [(real, facts), *((each, each.stat()) for each in sorted(directories))]
    for each, status in checked:
        if status.st_uid not in {os.geteuid(), 0}:
            return (
                f"was not run: {each} belongs to another user",
                "Copy it to a file of your own, or give it to your user with chown.",
            )
        sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
        if others_may_write(status) and not sticky:
            return (
                f"was not run: other users may write to {each}",
                f"Run: chmod go-w '{each}'",
            )
    return None


def others_may_write(status: os.stat_result) -> bool:
    """Whether users other than the owner and root can write to a file or directory."""
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _private_group(status)


def _private_group(status: os.stat_result) -> bool:
    """Many systems give each user a group of the same name: its write bit opens nothing."""
    if status.st_gid == 0 and status.st_uid == 0:
        return True
    try:
        owner, group = pwd.getpwuid(status.st_uid), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    alone = set(group.gr_mem) <= {owner.pw_name}
    return alone and group.gr_name == owner.pw_name and owner.pw_gid == status.st_gid


# -- running ---------------------------------------------------------------------------------


def _run(source: bytes, words: Mapping[str, object], found: _Findings) -> dict[str, object] | None:
    """The names the file leaves behind, also when it stopped half-way; None if it did not compile."""
    printed = io.StringIO()
    module = types.ModuleType("tfm_config")
    module.__file__ = str(found.file)
    vars(module).update(words)
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("default")
        compiled = _execute(source, module, found)
    for line in _first_lines(printed.getvalue()):
        found.notice(f"{found.file.name} printed: {line}")
    for warning in warned[:_LINES_SHOWN]:
        found.notice(f"{found.file.name}:{warning.lineno}: {warning.message}")
    return dict(vars(module)) if compiled else None


def _execute(source: bytes, module: types.ModuleType, found: _Findings) -> bool:
    try:
        code = compile(source, str(found.file), "exec", dont_inherit=True)
    except SyntaxError as error:
        found.problem(error.lineno, "", f"is not valid Python: {error.msg}", _at(error))
        return False
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        found.problem(None, "", f"is not valid Python: {error}")
        return False
    try:
        exec(code, module.__dict__)  # noqa: S102 - the configuration is the user's own code
    except BaseException as error:  # noqa: BLE001 - no fault of theirs, not even exit(), ends tfm
        found.problem(
            _line_in(error, str(found.file)),
            "",
            f"stopped with {type(error).__name__}{_said(error)}",
            "Settings after that line keep their defaults.",
        )
    return True


def _at(error: SyntaxError) -> str:
    text = (error.text or "").strip()
    return f"The line reads: {text[:80]}" if text else ""


def _said(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - their exception's own __str__ may be broken
        return ""
    return f": {text[:200]}" if text else ""


def _line_in(error: BaseException, file: str) -> int | None:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _first_lines(text: str) -> Iterator[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines[:_LINES_SHOWN]:
        yield line[:200]
    if len(lines) > _LINES_SHOWN:
        yield f"... and {len(lines) - _LINES_SHOWN} lines more"


# -- judging ---------------------------------------------------------------------------------


def _named_values(
    namespace: Mapping[str, object], lines: Lines, found: _Findings
) -> dict[str, object]:
    """Settings by name; names that are none are reported here."""
    names = {name: value for name, value in namespace.items() if name not in lines.imported}
    config = names.pop("Config", None)
    if isinstance(config, type):
        for each in reversed(config.__mro__[:-1]):
            names.update(vars(each))
    elif config is not None:
        found.problem(lines.name("Config"), "Config", "Config must be a class: `class Config:`")
    values: dict[str, object] = {}
    for name, value in names.items():
        if name in SETTINGS:
            values[name] = value
        elif name in EARLIER:
            found.earlier[name] = EARLIER[name]
        elif not name.startswith("_"):
            _report_strange(name, lines, found)
    return values


def _report_strange(name: str, lines: Lines, found: _Findings) -> None:
    if name.upper() in SETTINGS:
        hint = f"Settings are in capitals: {name.upper()}"
    elif not name.isupper():
        return  # a function, module or helper of the user's own
    elif re.search("SECRET|ACCESS_KEY|TOKEN|PASSWORD", name):
        hint = "Secrets do not belong into this file: put them into a profile (`aws configure`)."
    else:
        hint = did_you_mean(name, (*SETTINGS, *EARLIER))
        hint = hint or f"A name of your own begins with an underscore: _{name}"
    found.problem(lines.name(name), name, f"{name} is not a setting.", hint)


def _settle(
    values: Mapping[str, object], lines: Lines, environ: Mapping[str, str], found: _Findings
) -> Settings:
    good: dict[str, object] = {}
    for name, value in values.items():
        setting = SETTINGS[name]
        line = lines.name(name)
        try:
            good[setting.field] = setting.rule.accept(_substituted(value, environ))
        except _MissingVariable as missing:
            variable = missing.args[0]
            hint = f"Set it in your shell: export {variable}=..."
            message = f"{name} needs the environment variable {variable}, which is not set."
            found.problem(line, name, message, hint)
        except Rejected as rejected:
            if rejected.item is not None:
                line = lines.item(name, rejected.item)
            found.problem(line, name, f"{name} must be {rejected}{_instead(value)}.")
    settings = replace(Settings(), **good)  # type: ignore[arg-type]  # each passed its own rule
    for name, message in disagreements(settings).items():
        found.problem(lines.name(name), name, f"{name} {message}.")
        setting = SETTINGS[name]
        settings = replace(settings, **{setting.field: setting.default})  # type: ignore[arg-type]
    return settings


def _instead(value: object) -> str:
    """The value as the user wrote it, when that is short and cannot hold a secret."""
    if isinstance(value, str):
        plain = len(value) <= 30 and not set(value) & {"$", "@", ":"}
        return f", not {str(value)!r}" if plain else ""
    small = value is None or type(value) in {bool, float}
    if small or (type(value) is int and abs(value) < 10**20):
        return f", not {value!r}"
    return f", not a value of type {type(value).__name__}"


class _MissingVariable(Exception):
    """`${NAME}` names a variable that is not set."""


_VARIABLE = re.compile(r"\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _substituted(value: object, environ: Mapping[str, str], depth: int = 0) -> object:
    """The value with every `${NAME}` in its texts replaced; `$${NAME}` stays as `${NAME}`.

    Those of secrets stay as well: they are read when a connection is used, and kept nowhere.
    """
    if isinstance(value, str):

        def from_environ(match: re.Match[str]) -> str:
            if match[0].startswith("$$"):
                return match[0][1:]
            if match[1] not in environ:
                raise _MissingVariable(match[1])
            return environ[match[1]]

        return _VARIABLE.sub(from_environ, value) if "${" in value else value
    if depth >= _DEEPEST:
        return value
    if isinstance(value, list | tuple):
        return [_substituted(each, environ, depth + 1) for each in value]
    if type(value) is dict:
        return {
            key: each if key in SECRETS else _substituted(each, environ, depth + 1)
            for key, each in value.items()
        }
    return value
