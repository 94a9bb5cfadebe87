"""Writes `config.example.py`, `docs/configuration.md` and `docs/keys.md` from the tables.

`python -m tfm.config.document` in the source tree; a test fails when one of them is not current.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import groupby
from pathlib import Path

from tfm.config.actions import ACTIONS, GROUPS, Action
from tfm.config.earlier import EARLIER
from tfm.config.keymap import Keymap, build_keymap
from tfm.config.keys import ESCAPE_DIGITS, key_label
from tfm.config.presets import PRESETS, preset_keys
from tfm.config.programs import OPENER, PYTHON, SHIPPED, Command
from tfm.config.rules import Favorite
from tfm.config.settings import SETTINGS, Setting
from tfm.config.themes import COLOURS, CONTRASTS
from tfm.model.program import Association, Lend, Program

_LINE = 100

_EXAMPLE_HEAD = '''\
"""Configuration of tfm: every setting with its default.

Copy what you want to change to ~/.config/tfm/config.py (or $XDG_CONFIG_HOME/tfm/config.py). The
file is Python and runs once at the start, as you; tfm refuses it when somebody else may write to
it or to its directory. ${NAME} in a text stands for the environment variable NAME. Keep secrets
out of it: name an AWS profile in S3_PROFILE.
"""


class Config:
    """Copy the lines that you change."""
'''


def config_example() -> str:
    """The text of `config.example.py`."""
    lines = [_EXAMPLE_HEAD.rstrip("\n")]
    for group, settings in _grouped():
        lines += ["", f"    # ---- {group} ----"]
        for setting in settings:
            lines.append("")
            for text in (setting.help, f"Accepted: {setting.rule.wants}."):
                wrapped = textwrap.wrap(text, 92, break_on_hyphens=False)
                lines += (f"    # {line}" for line in wrapped)
            lines += textwrap.indent(_assignment(setting), "    ").splitlines()
    return "\n".join([*lines, ""])


_TEMPLATE_HEAD = '''\
"""Configuration of tfm. Take the # away in front of what you change.

The file is Python and runs once at the start, as you; tfm refuses it when somebody else may write
to it or to its directory. ${NAME} in a text stands for the environment variable NAME. Keep secrets
out of it: name an AWS profile in S3_PROFILE. In tfm, Shift-Z reads the file again and reports.
"""


class Config:
    """Settings that are not here have their defaults, also those of later versions."""
'''


def config_template() -> str:
    """What is written on the first run: every setting with its default, all of it asleep."""
    lines = [_TEMPLATE_HEAD.rstrip("\n")]
    for group, settings in _grouped():
        lines += ["", f"    # ---- {group} ----"]
        for setting in settings:
            lines.append("")
            lines += (f"    # {line}" for line in textwrap.wrap(setting.help, 92))
            lines += (f"    # {line}" for line in _assignment(setting).splitlines())
    return "\n".join([*lines, ""])


def _grouped() -> Iterator[tuple[str, list[Setting]]]:
    for group, settings in groupby(SETTINGS.values(), key=lambda setting: setting.group):
        yield group, list(settings)


def _assignment(setting: Setting) -> str:
    value = setting.default
    if value == ():
        return f"{setting.name} = {_empty(setting)}"
    if isinstance(value, tuple):
        rows = "".join(f"    {_literal(each)},\n" for each in value)
        return f"{setting.name} = [\n{rows}]"
    return f"{setting.name} = {_literal(value)}"


def _empty(setting: Setting) -> str:
    """How a list without anything is written: a command is a text, too."""
    return '""' if isinstance(setting.rule, Command) else "[]"


def _literal(value: object) -> str:
    """Python source of a default, quoted and spaced as the formatter likes it."""
    if isinstance(value, Favorite):
        return f'{{"name": "{value.name}", "path": "{value.path}"}}'
    if isinstance(value, Program):
        return _source(_program(value), 4, 4)
    if isinstance(value, Association):
        return _source(_association(value), 4, 4)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{}"
    return repr(value)


class _Name(str):
    """Source text that is no quoted string: a name or a call."""


def _program(program: Program) -> dict[str, object]:
    """A row of PROGRAMS as the user would write it: only what is not the default."""
    plain = Program(program.name, program.command)
    options: dict[str, object] = {}
    for each in fields(Program)[2:]:
        value = getattr(program, each.name)
        if value == getattr(plain, each.name):
            continue
        if isinstance(value, Lend):
            options["local_copies"] = "both" if value is Lend.BOTH else _Name("True")
        else:
            options[each.name] = _Name(value) if isinstance(value, bool) else value
    row: dict[str, object] = {"name": program.name, "command": _words(program.command)}
    return {**row, "options": options} if options else row


def _association(rule: Association) -> dict[str, object]:
    deeds: dict[str, object] = {
        deed: _words(words) if words else _Name(None) for deed, words in rule.commands.items()
    }
    return {"pattern": list(rule.patterns), **deeds}


def _words(words: tuple[str, ...]) -> list[str]:
    """Words of a command; what differs from machine to machine by its name in `config.py`."""
    tools = f"{SHIPPED}/"
    named = {PYTHON: _Name("tfm_python"), OPENER: _Name("tfm_opener")}
    return [
        _Name(f'tfm_tool("{word.removeprefix(tools)}")')
        if word.startswith(tools)
        else named.get(word, word)
        for word in words
    ]


def _source(value: object, column: int, before: int = 0) -> str:
    """Python source that begins at `column` after `before` characters, broken as the formatter does it."""
    if isinstance(value, str):
        return str(value) if isinstance(value, _Name) else f'"{value}"'
    if isinstance(value, Mapping):
        opening, closing = "{", "}"
        parts = [(f'"{key}": ', each) for key, each in value.items()]
    else:
        assert isinstance(value, list)
        opening, closing = "[", "]"
        parts = [("", each) for each in value]
    flat = ", ".join(name + _source(each, 0, -10_000) for name, each in parts)
    if column + before + len(flat) + 3 <= _LINE:
        return f"{opening}{flat}{closing}"
    inner = "".join(
        f"{' ' * (column + 4)}{name}{_source(each, column + 4, len(name))},\n"
        for name, each in parts
    )
    return f"{opening}\n{inner}{' ' * column}{closing}"


def configuration_page() -> str:
    """The text of `docs/configuration.md`."""
    return "".join(
        [
            _CONFIGURATION_HEAD,
            *(_settings_table(group, settings) for group, settings in _grouped()),
            _EARLIER_HEAD,
            *(f"| `{name}` | {_cell(told)} |\n" for name, told in EARLIER.items()),
            _THEMES_HEAD,
            *(f"| `{name}` | {seen} |\n" for name, seen in COLOURS.items()),
            "\nMeasured contrasts:\n\n| colour | on | at least |\n|---|---|---|\n",
            *(f"| `{front}` | `{back}` | {least}:1 |\n" for front, back, least in CONTRASTS),
        ]
    )


def _settings_table(group: str, settings: list[Setting]) -> str:
    rows = "".join(
        f"| `{each.name}`{' ↻' * each.restart} | {_default(each)} | {_cell(each.help)} | "
        f"{_cell(each.rule.wants)} |\n"
        for each in settings
    )
    return f"\n### {group}\n\n| name | default | meaning | accepted |\n|---|---|---|---|\n{rows}"


def _default(setting: Setting) -> str:
    value = setting.default
    if value == ():
        return f"`{_empty(setting)}`"
    if isinstance(value, tuple) and isinstance(value[0], Program | Association):
        return "see `config.example.py`"
    if isinstance(value, tuple):
        return ", ".join(f"`{each.path}`" for each in value)
    return f"`{_literal(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def keys_page() -> str:
    """The text of `docs/keys.md`."""
    keymap = build_keymap({})
    parts = [_KEYS_HEAD]
    for group in GROUPS:
        parts.append(f"\n## {group}\n\n| keys | action | what it does |\n|---|---|---|\n")
        for action in (each for each in ACTIONS.values() if each.group == group):
            keys = _keys(keymap, action.id)
            parts.append(f"| {keys} | `{action.id}` | {_meaning(action)} |\n")
    parts += _preset_table()
    parts.append(_ESCAPE_HEAD)
    parts += (f"| Esc {digit} | {key_label(key)} |\n" for digit, key in ESCAPE_DIGITS.items())
    return "".join(parts)


def _keys(keymap: Keymap, action: str) -> str:
    return " ".join(_key(each) for each in keymap.keys_of(action)) or "–"


def _preset_table() -> Iterator[str]:
    """The actions whose keys differ between the presets, a column each."""
    keymaps = {name: build_keymap({}, preset=name) for name in PRESETS}
    yield _PRESETS_HEAD
    yield f"| action | {' | '.join(f'`{name}`' for name in PRESETS)} |\n"
    yield f"|---|{'---|' * len(PRESETS)}\n"
    touched = {action for name in PRESETS for action in preset_keys(name)}
    for action in ACTIONS.values():
        cells = [_keys(keymap, action.id) for keymap in keymaps.values()]
        if action.id in touched or len(set(cells)) > 1:
            yield f"| {action.title} | {' | '.join(cells)} |\n"


def _key(key: str) -> str:
    # A bar would end the table cell even inside a code span, so it is spelt as an entity.
    return "<code>&#124;</code>" if key == "vertical_line" else f"`{key_label(key)}`"


def _meaning(action: Action) -> str:
    return f"*Not in this version yet.* {action.help}" if action.later else action.help


_CONFIGURATION_HEAD = """\
# Configuration

<!-- Generated from the tables in tfm/config: python -m tfm.config.document -->

tfm needs no configuration. On the first run it writes `~/.config/tfm/config.py`
(`$XDG_CONFIG_HOME/tfm/config.py` if that is set) with every setting asleep behind a `#`; wake what you
change. `Shift-Z` in tfm opens the file in your editor (`$VISUAL`, `$EDITOR`), reads it again, and reports what is
wrong with it and what it changes. Keys, questions and the look of the panes change at once; what waits for the
next start is said, and marked below. `--config FILE` names another file, `--no-config` reads none;
`~/.tfm/config.py` of the earlier program is read as long as there is no other. `config.example.py` holds
every setting with its default.

```python
class Config:
    SHOW_HIDDEN_FILES = True
    S3_PROFILE = "work"
    KEY_BINDINGS = {"copy": ["c", "F5"], "undo": "none"}
```

- The file is Python. It runs once, at the start, as you. The class `Config` holds the settings;
  plain names at the top of the file count, too.
- `${NAME}` in a text stands for the environment variable `NAME`; write `$${NAME}` for the text itself.
- A wrong value, an unknown name or a fault in the file is shown with its line, and that setting keeps
  its default. With `--config FILE` tfm says so and ends with code 2 instead.
- The file is refused when it, or its directory, belongs to somebody else or can be written by
  others: whoever can write to it can run programs as you. `chmod go-w` mends that.
- It is never read from the current directory. Secrets do not belong into it: use an AWS profile.
- Settings of the earlier program that are gone are accepted and named once, with their successor.

## Settings

↻: takes effect at the next start.
"""

_EARLIER_HEAD = """
## Options of the earlier program

`config.py` of the earlier program is read as it is, also from `~/.tfm/config.py`: `class Config`, `KEY_BINDINGS` with its names of
actions, `keys` and `selection`, and a bare capital for a key beside `Shift-`. What is not in the tables above:

| name | what became of it |
|---|---|
"""

_THEMES_HEAD = """
## Themes

`THEME` names one of the shipped themes or a file of your own: `~/.config/tfm/themes/NAME.toml`. Start from
a copy of `themes/tfm-dark.toml`. A theme has a `title`, `dark = true` or `false`, and a table
`[colors]` with all of these, each `"#rrggbb"` or a colour of the terminal such as `"ansi_blue"`
or `"ansi_default"`. A theme that is incomplete or hard to read is refused with the reason.

| colour | where it is seen |
|---|---|
"""

_KEYS_HEAD = """\
# Keys

<!-- Generated from the tables in tfm/config: python -m tfm.config.document -->

A letter is the key without Shift; Shift with a letter is another action, or the same one when
nothing else is bound to it. Keys marked *not in this version yet* say so when pressed.

Change them in `config.py` (see configuration.md). An entry replaces all keys of its action:

```python
KEY_BINDINGS = {
    "copy": ["c", "F5"],
    "refresh": "Ctrl-L",
    "goto": "Shift-J",  # "J" means the same
    "undo": "none",  # no key
    "history": "t h",  # a chord: t, then h
    "move": {"keys": ["t"], "selection": "required"},  # only while something is marked
}
```

A chord is written with blanks between its keys. Where the next key does not come at once, a panel shows what may
follow; Esc ends it. `selection` is `any`, `required` or `none`; with it several actions can share a key, and the
first whose rule fits wins. `KEY_PRESET` chooses [the keys to begin with](#presets).

Names of keys: characters (`c`, `J`, `?`, `+`), `F1` to `F24`, `Up`, `Down`, `Left`, `Right`, `PgUp`, `PgDn`,
`Home`, `End`, `Insert`, `Delete`, `Backspace`, `Enter`, `Tab`, `Esc`, `Space`, with `Shift-`, `Ctrl-` or
`Alt-` in front. Two actions on one key, unknown names, and keys that a terminal cannot tell apart
are reported at the start. Quit always keeps a key.
"""

_PRESETS_HEAD = """
## Presets

`KEY_PRESET = "norton"` adds keys of Midnight Commander, `"vim"` moves letters to what they mean in vim. All other keys
are those above.

"""

_ESCAPE_HEAD = """
## F-keys without F-keys

Press Esc, then a digit.

| press | means |
|---|---|
"""

PAGES = {
    "config.example.py": config_example,
    "docs/configuration.md": configuration_page,
    "docs/keys.md": keys_page,
}


def main(root: Path) -> None:
    """Write all pages beneath the root of the source tree."""
    for name, page in PAGES.items():
        file = root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
