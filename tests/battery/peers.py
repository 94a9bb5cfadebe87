"""The programs, and how each is told to copy or move one thing into a directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.battery.ground import Ground
from tests.battery.running import Command, Press, Running, Screen

PROJECT = Path(__file__).resolve().parents[2]
ENTER = ("enter",)


@dataclass(frozen=True)
class Deed:
    """Copy or move `source` into the directory `into`, and what to answer if something is there."""

    verb: Literal["copy", "move"]
    source: Path
    into: Path
    answer: Literal["overwrite", "skip"] = "overwrite"


class Peer:
    """A program: what it is called, whether it is here, how it is told to do a deed."""

    name = ""
    program = ""
    version_option = "--version"
    version_pattern = r"\d+(\.\d+)+"

    @property
    def installed(self) -> bool:
        return shutil.which(self.program) is not None

    def version(self) -> str:
        """What it says of itself."""
        told = subprocess.run(
            [self.program, self.version_option],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        found = re.search(self.version_pattern, told.stdout + told.stderr)
        return found[0] if found else "?"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        """Start it on its task."""
        raise AssertionError(f"{self.name} does nothing")

    def _environment(self, ground: Ground) -> Mapping[str, str]:
        home = str(ground.home)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/.config",
            "XDG_DATA_HOME": f"{home}/.local/share",
            "XDG_STATE_HOME": f"{home}/.local/state",
            "XDG_CACHE_HOME": f"{home}/.cache",
            "XDG_RUNTIME_DIR": home,
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
        }


class Tfm(Peer):
    name, program = "tfm", sys.executable

    def version(self) -> str:
        from tfm import __version__

        return __version__

    def begin(self, deed: Deed, ground: Ground) -> Running:
        verb = ["cp", "-r"] if deed.verb == "copy" else ["mv"]
        argv = [sys.executable, "-m", "tfm", *verb, "--no-config", "--on-conflict", deed.answer]
        environment = {**self._environment(ground), "PYTHONPATH": str(PROJECT)}
        return Command([*argv, str(deed.source), f"{deed.into}/"], environment, ground.top)


class Coreutils(Peer):
    name, program = "cp -a, mv", "cp"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        skip = deed.answer == "skip"
        command = ["cp", "-a"] if deed.verb == "copy" else ["mv", "-n" if skip else "-f"]
        argv = [*command, "--", str(deed.source), f"{deed.into}/"]
        return Command(argv, self._environment(ground), ground.top)


class MidnightCommander(Peer):
    name, program = "mc", "mc"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        key = "f5" if deed.verb == "copy" else "f6"
        argv = ["mc", "--nosubshell", "--nomouse", str(deed.source.parent), str(deed.into)]
        answer = ("y",) if deed.answer == "overwrite" else ("n",)
        opening = [
            Press(r"┤\n│UP--DIR", ("ctrl+n",)),
            Press(rf"┤\n│[/ ]?{deed.source.name} ", (key,)),
            Press(r"\[< OK >\]", ENTER),
        ]
        answers = [Press(r"File exists", answer), Press(r"\[ (<)?Abort", ("a",))]
        return Screen(argv, self._environment(ground), ground.top, opening, answers)


class Vifm(Peer):
    name, program = "vifm", "vifm"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        argv = ["vifm", str(deed.source.parent), str(deed.into)]
        if deed.answer == "overwrite":
            keys: tuple[str, ...] = (f"text::{deed.verb}! {deed.into}/", "enter")
        else:
            keys = ("text:yy", "tab", "P")
        opening = [Press(r"\S", ("text:G",)), Press(r"\S", keys)]
        answers = [
            Press(r"conflict for d\.", ("m",)),
            Press(r"conflict for", ("s",)),
            Press(r"\[n\]o/\[N\]o for all", ("n",)),
            Press(r"\[i\]gnore|\[a\]bort", ("a",)),
        ]
        return Screen(argv, self._environment(ground), ground.top, opening, answers)


class Lf(Peer):
    name, program, version_option, version_pattern = "lf", "lf", "-version", r"\d+"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        cut = "copy" if deed.verb == "copy" else "cut"
        opening = [
            Press(r"\S", (f"text::{cut}", "enter")),
            Press(r"\S", (f"text::cd {deed.into}", "enter")),
            Press(r"\S", ("text::paste", "enter")),
        ]
        argv = ["lf", "-single", str(deed.source.parent)]
        return Screen(argv, self._environment(ground), ground.top, opening, [])


class Ranger(Peer):
    name, program = "ranger", "ranger"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        cut = "copy" if deed.verb == "copy" else "cut"
        paste = "paste overwrite=True" if deed.answer == "overwrite" else "paste"
        argv = ["ranger", "--clean", f"--selectfile={deed.source}"]
        argv += [f"--cmd={cut}", f"--cmd=cd {deed.into}", f"--cmd={paste}"]
        return Screen(argv, self._environment(ground), ground.top, [], [])


class Nnn(Peer):
    name, program, version_option = "nnn", "nnn", "-V"

    def begin(self, deed: Deed, ground: Ground) -> Running:
        selection = ground.home / ".config" / "nnn" / ".selection"
        selection.parent.mkdir(parents=True)
        selection.write_bytes(os.fsencode(deed.source) + b"\0")
        key = "p" if deed.verb == "copy" else "v"
        opening = [Press(r"\S", (key,))]
        reply = "y" if deed.answer == "overwrite" else "n"
        answers = [Press(r"(overwrite|replace) [^\n]*\?[^\n]*\s*$", (f"text:{reply}", "enter"))]
        return Screen(
            ["nnn", str(deed.into)], self._environment(ground), ground.top, opening, answers
        )


PEERS: tuple[Peer, ...] = (
    Tfm(),
    Coreutils(),
    MidnightCommander(),
    Vifm(),
    Lf(),
    Ranger(),
    Nnn(),
)
