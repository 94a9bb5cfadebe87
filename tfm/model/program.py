"""Programs of the user's: how they are called, and what opens which file. Words, never a shell string."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Deed = Literal["open", "view", "edit"]

DEEDS: tuple[Deed, ...] = ("open", "view", "edit")


class Lend(enum.Enum):
    """Of which panes a program gets local copies of the selected remote files."""

    NOTHING = "nothing"
    THIS = "this"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Program:
    """A row of the programs menu.

    `terminal` hands the terminal over, else it runs in the background and the log gets its output.
    `auto_return` comes back without a question unless it failed. `key` starts it from the panes.
    With `patterns` it is offered only where the file under the cursor matches one. `arguments` appends
    the selected paths. `lend` gives it local copies of remote files, and writes changes back. `aws`
    puts profile, endpoint and region of the pane into its environment.
    """

    name: str
    command: tuple[str, ...]
    terminal: bool = True
    auto_return: bool = False
    key: str = ""
    patterns: tuple[str, ...] = ()
    arguments: bool = False
    lend: Lend = Lend.NOTHING
    aws: bool = False


@dataclass(frozen=True, slots=True)
class Association:
    """Files whose names match one of `patterns` are opened, viewed or edited by these commands.

    A deed that is missing falls through to the next rule; an empty command says that deliberately
    nothing happens.
    """

    patterns: tuple[str, ...]
    commands: Mapping[Deed, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
