"""Lines for the start-up files of shells: a function that follows tfm at its end, and completion.

The completion is made from the parsers themselves, so that it knows every option there is.
"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass

from tfm.cli.arguments import VERBS, screen_parser, verb_parser

_FOLLOW = """\
# tfm: the shell follows it at its end. For the start-up file:  eval "$(tfm --print-shell-init {shell})"
tfm() {{
    case ${{1-}} in
        {verbs}|-h|--help|--version|--print-shell-init*) command tfm "$@"; return ;;
    esac
    local file dir code
    file=$(command mktemp "${{TMPDIR:-/tmp}}/tfm-cwd.XXXXXXXX") || {{ command tfm "$@"; return; }}
    command tfm --cwd-file "$file" "$@"
    code=$?
    IFS= LC_ALL=C read -r -d '' dir < "$file"
    command rm -f -- "$file"
    if [ -n "$dir" ] && [ "$dir" != "$PWD" ]; then
        builtin cd -- "$dir" || code=1
    fi
    return "$code"
}}
"""

_FISH = """\
# tfm: the shell follows it at its end. For config.fish:  tfm --print-shell-init fish | source
function tfm
    if contains -- "$argv[1]" {verbs} -h --help --version; or string match -q -- '--print-shell-init*' "$argv[1]"
        command tfm $argv
        return
    end
    set -l file (command mktemp (set -q TMPDIR; and echo $TMPDIR; or echo /tmp)/tfm-cwd.XXXXXXXX)
    or begin
        command tfm $argv
        return
    end
    command tfm --cwd-file $file $argv
    set -l code $status
    read -z -l dir < $file
    command rm -f -- $file
    if test -n "$dir"; and test "$dir" != "$PWD"
        builtin cd -- $dir; or set code 1
    end
    return $code
end
"""

_BASH_COMPLETION = """\
_tfm() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options
    case ${{COMP_WORDS[1]-}} in
{cases}
        *) options={screen} ;;
    esac
    case $before in
{values}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W {verbs} -- "$word"))
    fi
}}
complete -o default -o bashdefault -F _tfm tfm
"""

_ZSH_COMPLETION = """\
_tfm() {{
    local -a options verbs
    case ${{words[2]-}} in
{cases}
        *) options=({screen}) ;;
    esac
    case ${{words[CURRENT-1]}} in
{values}
    esac
    if [[ $PREFIX == -* ]]; then
        _describe option options
    else
        if (( CURRENT == 2 )); then
            verbs=({verbs})
            _describe verb verbs
        fi
        _files
    fi
}}
(( $+functions[compdef] )) && compdef _tfm tfm
"""


@dataclass(frozen=True, slots=True)
class _Option:
    """One option as a completion needs it."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    values: tuple[str, ...]


def shell_init(shell: str) -> str:
    """What the start-up file of a shell may read: the function and the completion."""
    if shell == "fish":
        return _FISH.format(verbs=" ".join(VERBS)) + _fish_completion()
    follow = _FOLLOW.format(shell=shell, verbs="|".join(VERBS))
    return follow + (_bash_completion() if shell == "bash" else _zsh_completion())


def _options(parser: argparse.ArgumentParser) -> list[_Option]:
    return [
        _Option(
            tuple(action.option_strings),
            str(action.help or ""),
            action.nargs != 0,
            tuple(str(each) for each in action.choices or ()),
        )
        for action in parser._actions
        if action.option_strings
    ]


def _names(parser: argparse.ArgumentParser) -> list[str]:
    return [name for option in _options(parser) for name in option.names]


def _with_values() -> dict[str, tuple[str, ...]]:
    """Options that take one of a few words; the same name means the same in every verb."""
    parsers = [screen_parser(), *(verb_parser(verb) for verb in VERBS)]
    return {
        name: option.values
        for parser in parsers
        for option in _options(parser)
        for name in option.names
        if option.values
    }


def _bash_completion() -> str:
    cases = "\n".join(
        f"        {verb}) options={shlex.quote(' '.join(_names(verb_parser(verb))))} ;;"
        for verb in VERBS
    )
    values = "\n".join(
        f'        {name}) COMPREPLY=($(compgen -W {shlex.quote(" ".join(words))} -- "$word")); return ;;'
        for name, words in _with_values().items()
    )
    return _BASH_COMPLETION.format(
        cases=cases,
        screen=shlex.quote(" ".join(_names(screen_parser()))),
        values=values,
        verbs=shlex.quote(" ".join(VERBS)),
    )


def _zsh_completion() -> str:
    def described(parser: argparse.ArgumentParser) -> str:
        return " ".join(
            shlex.quote(f"{name}:{option.help}")
            for option in _options(parser)
            for name in option.names
        )

    cases = "\n".join(
        f"        {verb}) options=({described(verb_parser(verb))}) ;;" for verb in VERBS
    )
    values = "\n".join(
        f"        {name}) compadd -- {' '.join(words)}; return ;;"
        for name, words in _with_values().items()
    )
    verbs = " ".join(shlex.quote(f"{verb}:{text}") for verb, text in VERBS.items())
    return _ZSH_COMPLETION.format(
        cases=cases, screen=described(screen_parser()), values=values, verbs=verbs
    )


def _fish_completion() -> str:
    lines = [
        f"complete -c tfm -n __fish_is_first_token -a {verb} -d {shlex.quote(text)}"
        for verb, text in VERBS.items()
    ]
    none = f"'not __fish_seen_subcommand_from {' '.join(VERBS)}'"
    for condition, parser in (
        (none, screen_parser()),
        *((f"'__fish_seen_subcommand_from {verb}'", verb_parser(verb)) for verb in VERBS),
    ):
        for option in _options(parser):
            words = [
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            ]
            if option.takes_value:
                words.append("-r")
            if option.values:
                words.append(f"-x -a {shlex.quote(' '.join(option.values))}")
            told = shlex.quote(option.help)
            lines.append(f"complete -c tfm -n {condition} {' '.join(words)} -d {told}")
    return "\n".join(lines) + "\n"
