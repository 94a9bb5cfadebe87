"""A shell inside tfm: the user's own, with `[TFM] ` in front of the prompt that its own files make."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfm.external.command import shell
from tfm.external.env import LEVEL

_BASH = """\
[ -r ~/.bashrc ] && . ~/.bashrc
PS1={mark}"${{PS1-\\\\w\\\\$ }}"
"""
_ZSH_ENV = """\
[[ -r ${TFM_ZDOTDIR:-$HOME}/.zshenv ]] && . ${TFM_ZDOTDIR:-$HOME}/.zshenv
"""
_ZSH = """\
ZDOTDIR=${{TFM_ZDOTDIR:-$HOME}}
unset TFM_ZDOTDIR
[[ -r $ZDOTDIR/.zshrc ]] && . $ZDOTDIR/.zshrc
PROMPT={mark}"$PROMPT"
"""
_FISH = (
    "functions -q fish_prompt; and functions -c fish_prompt __tfm_prompt; "
    "function fish_prompt; printf %s {mark}; functions -q __tfm_prompt; and __tfm_prompt; end"
)


@dataclass(frozen=True, slots=True)
class Subshell:
    """How to start it."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


def mark_of(environ: Mapping[str, str]) -> str:
    """What stands in front of the prompt; deeper ones tell how deep."""
    level = environ.get(LEVEL, "1")
    return "[TFM] " if level in ("", "1") else f"[TFM {level}] "


def inner_shell(environ: Mapping[str, str], folder: Path) -> Subshell:
    """The user's shell; `folder` is private, and takes the files that set its prompt. Raises OSError."""
    program, mark = shell(environ), mark_of(environ)
    name = Path(program).name
    quoted = shlex.quote(mark)
    made = dict(environ)
    made["PS1"] = mark + environ.get("PS1", "$ ").removeprefix(mark)
    made["PROMPT"] = mark + environ.get("PROMPT", "%~ %# ").removeprefix(mark)
    if name == "bash":
        file = folder / "bashrc"
        file.write_text(_BASH.format(mark=quoted), encoding="utf-8")
        return Subshell((program, "--rcfile", str(file), "-i"), made)
    if name == "zsh":
        made["TFM_ZDOTDIR"] = environ.get("ZDOTDIR", "")
        made["ZDOTDIR"] = str(folder)
        (folder / ".zshenv").write_text(_ZSH_ENV, encoding="utf-8")
        (folder / ".zshrc").write_text(_ZSH.format(mark=quoted), encoding="utf-8")
        return Subshell((program, "-i"), made)
    if name == "fish":
        return Subshell((program, "-i", "-C", _FISH.format(mark=quoted)), made)
    return Subshell((program, "-i"), made)
