"""What the user may say about programs: PROGRAMS, FILE_ASSOCIATIONS, TEXT_EDITOR, TEXT_DIFF; and where tools are."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from tfm.config.keys import UnknownKey, parse_key
from tfm.config.rules import Rejected
from tfm.model.program import DEEDS, Association, Deed, Lend, Program

SHIPPED: Final = Path(__file__).resolve().parents[1] / "external" / "tools"
PYTHON: Final = sys.executable
OPENER: Final = "open" if sys.platform == "darwin" else "xdg-open"

_FLAGS: Final = ("terminal", "auto_return", "arguments", "aws")

_LENDS: Final[Mapping[object, Lend]] = MappingProxyType(
    {False: Lend.NOTHING, True: Lend.THIS, "both": Lend.BOTH}
)


def shipped(name: str) -> str:
    """The path of a script that comes with tfm."""
    return str(SHIPPED / name)


def find_tool(name: str, config: Path, home: Path) -> str:
    """The path of a script: the user's own in ~/.tfm/tools or in tools beside config.py, else ours.

    One that is nowhere is named where it should be, so that starting it says so.
    """
    places = [config / "tools", home / ".tfm" / "tools", SHIPPED]
    for place in places:
        if (place / name).is_file():
            return str(place / name)
    return str(places[0] / name)


def command_words(value: object) -> tuple[str, ...] | None:
    """The words of a command, written as a list or as one text; None if it is neither."""
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            return None
    elif isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        words = [str(each) for each in value]
    else:
        return None
    good = bool(words) and bool(words[0]) and not any("\0" in word for word in words)
    return (os.path.expanduser(words[0]), *words[1:]) if good else None


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its options; `empty` names the meaning of an empty one."""

    empty: str

    @property
    def wants(self) -> str:
        """What is accepted."""
        return f'a command such as "vim -p" or ["code", "--wait"] ("" means {self.empty})'

    def accept(self, value: object) -> object:
        """The words as a tuple; empty for an empty one."""
        if value in ("", [], ()):
            return ()
        words = command_words(value)
        if words is None:
            raise Rejected(self.wants)
        return words


@dataclass(frozen=True, slots=True)
class Programs:
    """A list of programs, each a mapping with `name`, `command` and perhaps `options`."""

    wants: str = (
        'a list of {"name": ..., "command": [...], "options": {...}}; options are auto_return, terminal, '
        "key, patterns, arguments, local_copies and aws"
    )

    def accept(self, value: object) -> object:
        """A tuple of `Program`; names the first entry that is not one."""
        if not isinstance(value, list | tuple):
            raise Rejected(self.wants)
        made = tuple(self._one(index, item) for index, item in enumerate(value))
        names = [program.name for program in made]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise Rejected(
                    f"a list in which every name stands once; {name!r} is there twice", index
                )
        return made

    def _one(self, index: int, item: object) -> Program:
        if isinstance(item, Program):
            return item
        where = f"entry {index + 1}"
        if not isinstance(item, Mapping):
            raise Rejected(f"{self.wants}; {where} is not a mapping", index)
        strange = sorted(map(str, set(item) - {"name", "command", "options"}))
        if strange:
            raise Rejected(f"{self.wants}; {where} has the key {strange[0]!r}", index)
        name, words = item.get("name"), command_words(item.get("command"))
        if not isinstance(name, str) or not name or not name.isprintable():
            raise Rejected(f"{self.wants}; {where} has no name", index)
        if words is None or isinstance(item.get("command"), str):
            raise Rejected(f"{self.wants}; the command of {name!r} is no list of words", index)
        options = item.get("options", {})
        if not isinstance(options, Mapping):
            raise Rejected(f"{self.wants}; the options of {name!r} are no mapping", index)
        return Program(name, words, **self._options(index, name, options))  # type: ignore[arg-type]

    def _options(
        self, index: int, name: str, options: Mapping[object, object]
    ) -> dict[str, object]:
        made: dict[str, object] = {}
        for option, value in options.items():
            if option in _FLAGS:
                if not isinstance(value, bool):
                    raise Rejected(
                        f"{self.wants}; {option} of {name!r} must be True or False", index
                    )
                made[str(option)] = value
            elif option == "key":
                made["key"] = self._key(index, name, value)
            elif option == "local_copies":
                if value not in _LENDS or not isinstance(value, bool | str):
                    words = f'local_copies of {name!r} must be True, False or "both"'
                    raise Rejected(f"{self.wants}; {words}", index)
                made["lend"] = _LENDS[value]
            elif option == "patterns":
                made["patterns"] = _patterns(value, f"{self.wants}; patterns of {name!r}", index)
            else:
                raise Rejected(f"{self.wants}; {name!r} has the option {option!r}", index)
        return made

    def _key(self, index: int, name: str, value: object) -> str:
        try:
            return parse_key(str(value))
        except UnknownKey as error:
            raise Rejected(f"{self.wants}; the key of {name!r}: {error}", index) from None


@dataclass(frozen=True, slots=True)
class Associations:
    """A list of rules: a pattern, and commands for open, view and edit."""

    wants: str = (
        'a list of {"pattern": "*.pdf", "open": ["xdg-open"]}; deeds are open, view and edit, also "open|view"; '
        "None means deliberately none"
    )

    def accept(self, value: object) -> object:
        """A tuple of `Association`; names the first entry that is not one."""
        if not isinstance(value, list | tuple):
            raise Rejected(self.wants)
        return tuple(self._one(index, item) for index, item in enumerate(value))

    def _one(self, index: int, item: object) -> Association:
        if isinstance(item, Association):
            return item
        where = f"entry {index + 1}"
        if not isinstance(item, Mapping) or "pattern" not in item:
            raise Rejected(f"{self.wants}; {where} has no pattern", index)
        patterns = _patterns(item["pattern"], f"{self.wants}; the pattern of {where}", index)
        commands: dict[Deed, tuple[str, ...]] = {}
        for key, value in item.items():
            if key == "pattern":
                continue
            for deed in str(key).split("|"):
                if deed.strip() not in DEEDS:
                    raise Rejected(f"{self.wants}; {where} has the key {key!r}", index)
                words = () if value is None else command_words(value)
                if words is None:
                    raise Rejected(f"{self.wants}; {key} of {where} is no command", index)
                commands[cast(Deed, deed.strip())] = words
        return Association(patterns, MappingProxyType(commands))


def _patterns(value: object, what: str, index: int) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    fine = isinstance(listed, list | tuple) and bool(listed)
    if not fine or not all(isinstance(each, str) and each for each in listed):  # type: ignore[attr-defined]
        raise Rejected(f'{what} must be "*.txt" or a list of such', index)
    return tuple(str(each) for each in listed)  # type: ignore[attr-defined]


def _script(name: str, tool: str, **options: object) -> Program:
    runner = PYTHON if tool.endswith(".py") else "sh"
    return Program(name, (runner, shipped(tool)), **options)  # type: ignore[arg-type]


DEFAULT_PROGRAMS: Final = (
    Program("Git status", ("git", "status")),
    Program("Git log", ("git", "--no-pager", "log", "--oneline", "--graph", "-n", "30")),
    _script("Disk usage", "disk_usage.sh"),
    Program("Processes", ("top",), auto_return=True),
    _script("System information", "system_info.sh"),
    _script("Network", "network_info.sh"),
    _script("Open in editor", "open_in_editor.sh", auto_return=True, lend=Lend.THIS),
    _script("Compare files", "compare_files.sh", auto_return=True, lend=Lend.BOTH),
    _script("Preview", "preview.sh", auto_return=True, lend=Lend.THIS),
    _script("S3 information", "s3_info.py", aws=True),
    _script("S3 browser", "s3_browser.py", auto_return=True, aws=True),
)


DEFAULT_ASSOCIATIONS: Final = (
    Association(("*.pdf", "*.djvu", "*.epub", "*.ps"), MappingProxyType({"open": (OPENER,)})),
    Association(
        (
            "*.png",
            "*.jpg",
            "*.jpeg",
            "*.gif",
            "*.webp",
            "*.bmp",
            "*.tif",
            "*.tiff",
            "*.heic",
            "*.svg",
        ),
        MappingProxyType({"open": (OPENER,)}),
    ),
    Association(
        (
            "*.mp3",
            "*.flac",
            "*.ogg",
            "*.m4a",
            "*.wav",
            "*.mp4",
            "*.mkv",
            "*.mov",
            "*.avi",
            "*.webm",
        ),
        MappingProxyType({"open": (OPENER,), "edit": ()}),
    ),
    Association(
        ("*.doc", "*.docx", "*.odt", "*.xls", "*.xlsx", "*.ods", "*.ppt", "*.pptx", "*.odp"),
        MappingProxyType({"open": (OPENER,), "edit": (OPENER,)}),
    ),
)
