"""The first and the last minute of the program: which way to start, and how faults end."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from tfm.cli.arguments import VERBS, Usage, parse_screen, parse_verb
from tfm.cli.console import Console, OutputFailed, PipeClosed, leave_quietly
from tfm.config.places import Places

_log = logging.getLogger("tfm.cli")

_SIGPIPE = 128 + 13
_SIGINT = 128 + 2


def run(argv: Sequence[str]) -> int:
    """Do what the arguments say; the exit status. Nothing that happens ends as a traceback."""
    verb = argv[0] if argv and argv[0] in VERBS else ""
    console = Console(f"tfm {verb}".strip())
    try:
        return _dispatch(verb, argv, console)
    except SystemExit as leaving:  # --help and --version
        return leaving.code if isinstance(leaving.code, int) else 0
    except Usage as error:
        console.say(str(error))
        return 2
    except PipeClosed:
        leave_quietly()
        return _SIGPIPE
    except OutputFailed as error:
        leave_quietly()
        console.say(str(error))
        return 1
    except KeyboardInterrupt:
        return _SIGINT
    except Exception as error:  # noqa: BLE001 - the last boundary: a person gets one line
        return _tell(error, console)


def _dispatch(verb: str, argv: Sequence[str], console: Console) -> int:
    if verb:
        call = parse_verb(verb, argv[1:])
        if verb == "log":
            from tfm.cli.follow import follow_log

            return follow_log(
                Places.from_environ(os.environ), console, process=call.process, follow=call.follow
            )
        from tfm.cli.verbs import run_verb

        return run_verb(call, console)
    screen = parse_screen(argv)
    if screen.shell_init:
        from tfm.cli.shell import shell_init

        print(shell_init(screen.shell_init), end="")
        return 0
    from tfm.cli.screen import run_screen

    return run_screen(screen, console)


def _tell(error: Exception, console: Console) -> int:
    from tfm.model.errors import StorageError

    if isinstance(error, StorageError):
        console.say(error.in_full)
        return 1
    console.say(
        f"Unforeseen fault ({type(error).__name__}: {str(error)[:200]}). "
        "The log has the details (--log FILE)."
    )
    return 1
