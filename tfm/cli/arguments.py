"""What may stand on the command line, and what it says when it is wrong."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfm import __version__
from tfm.cli import bucket_verbs, parser
from tfm.cli.parser import Parser as _Parser
from tfm.cli.parser import add_at as _add_at
from tfm.cli.parser import add_common as _add_common
from tfm.model.conflict import Answer
from tfm.model.verify import Level

_parser = parser.parser
Usage = parser.Usage
"""The command line is wrong: exit status 2, and nothing was done."""

VERBS = {
    "ls": "list directories, files and buckets",
    "cp": "copy files and trees",
    "mv": "move or rename files and trees",
    "rm": "delete files and trees",
    "mkdir": "make directories",
    "mb": "make buckets",
    "rb": "delete empty buckets, or empty and delete them",
    "measure": "tell what acceleration gains to a bucket",
    "cat": "write files to standard output",
    "checksum": "print checksums of files, or verify lists of them",
    "presign": "print links to objects for people without an account",
    "versions": "list the versions of objects",
    "lock": "show and change what keeps objects from being deleted",
    "bucket": "show and change the settings of a bucket",
    "uploads": "list uploads that were never completed, or abort them",
    "du": "how much is stored, and what it costs",
    "abilities": "show what the server of a place can do",
    "jobs": "go on with jobs that were cut off, or clear up behind them",
    "log": "show what a running tfm logs, from another terminal",
}

SHELLS = ("bash", "zsh", "fish")

CONFLICT_ANSWERS = (
    Answer.OVERWRITE,
    Answer.SKIP,
    Answer.KEEP_BOTH,
    Answer.NEWER,
    Answer.DIFFERENT,
    Answer.FAIL,
)
ASK = "ask"

CHECKSUMS = ("md5", "sha1", "sha256", "crc32", "crc32c", "crc64nvme")


@dataclass(frozen=True, slots=True)
class Choice:
    """Options that every way to start has; empty texts and None leave it to the settings."""

    config: Path | None = None
    no_config: bool = False
    log: Path | None = None
    debug: bool = False
    read_only: bool = False
    profile: str = ""
    region: str = ""
    endpoint_url: str = ""
    no_sign_request: bool = False
    stats: bool = False
    requester_pays: bool = False
    mfa_code: str = ""


@dataclass(frozen=True, slots=True)
class ScreenCall:
    """`tfm [LEFT] [RIGHT]`: texts of places, empty where none was given.

    `select` is what the cursor stands on at first. `cwd_file` gets the directory at the end,
    `chooser_file` what was chosen with Enter, one on a line or with `null` each ended by a NUL byte.
    `shell_init` names the shell whose start-up lines are to be printed. With `private` nothing is
    remembered of where one was.
    """

    left: str = ""
    right: str = ""
    demo: bool = False
    select: str = ""
    cwd_file: Path | None = None
    chooser_file: Path | None = None
    null: bool = False
    shell_init: str = ""
    private: bool = False
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True)
class VerbCall:
    """`tfm VERB …`: the places as typed, and the options of all verbs together."""

    verb: str
    places: tuple[str, ...]
    recursive: bool = False
    exact_name: bool = False
    parents: bool = False
    yes: bool = False
    dry_run: bool = False
    json: bool = False
    raw: bool = False
    long: bool = False
    all: bool = False
    on_conflict: str = ""
    verify: str = ""
    follow: bool = False
    process: int | None = None
    algorithm: str = ""
    check: bool = False
    tag: bool = False
    download: bool = False
    upload: bool = False
    probe: bool = False
    expires: str = "1h"
    at: str = ""
    versions: bool = False
    encryption: str = ""
    kms_key: str = ""
    object_lock: bool = False
    allow_public: bool = False
    empty: bool = False
    set_from: str = ""
    remove: bool = False
    abort: bool = False
    older_than: str = ""
    until: str = ""
    days: int | None = None
    mode: str = ""
    hold: str = ""
    bypass: bool = False
    cost: bool = False
    restore: str = ""
    encrypt: bool = False
    decrypt: bool = False
    recipients: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    post: bool = False
    max_size: str = ""
    content_type: str = ""
    form: str = "curl"
    choice: Choice = field(default_factory=Choice)


_SCREEN_HELP = """\
With no places the panes open where they were left. A place is a local path or s3://bucket/key; in front of
the bucket may stand a connection: s3://profile@bucket/key. A directory called like a verb: tfm ./ls

verbs (tfm VERB --help tells more):
{verbs}

exit status: 0 all done, 1 error, 2 wrong usage, 3 some items failed or were skipped,
4 cancelled by an answer, 128+n ended by signal n
"""

_TRANSFER_HELP = """\
A destination that ends with / or is a directory receives the sources inside it; a slash on a source changes
nothing. With -T the destination is the new name itself. Without a slash s3://b/d means the object d,
else the directory d/. {more}

Nothing is overwritten unasked: on a terminal a conflict is asked about, otherwise that item fails;
--on-conflict answers for all.
"""


def screen_parser() -> _Parser:
    """The parser of the call without a verb."""
    verbs = "\n".join(f"  {name:<8} {text}" for name, text in VERBS.items())
    parser = _parser(
        "tfm",
        "Two-pane file manager for local disks and S3.",
        _SCREEN_HELP.format(verbs=verbs),
        usage="tfm [options] [LEFT] [RIGHT]\n       tfm VERB [options] PLACE...",
    )
    parser.add_argument("places", nargs="*", metavar="PLACE", help="what LEFT and RIGHT show")
    parser.add_argument("--left", metavar="PLACE", default="", help="place of the left pane")
    parser.add_argument("--right", metavar="PLACE", default="", help="place of the right pane")
    parser.add_argument(
        "--demo", action="store_true", help="try it: a sample bucket on a server of its own"
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help="leave no trace of where you were: no places, history or listings are written",
    )
    _add_for_shells(parser)
    parser.add_argument("--version", action="version", version=f"tfm {__version__}")
    _add_common(parser)
    return parser


def verb_parser(verb: str) -> _Parser:
    """The parser of a verb."""
    return _VERB_PARSERS[verb]()


def parse_screen(argv: Sequence[str]) -> ScreenCall:
    """The call without a verb. Raises Usage; SystemExit(0) after --help and --version."""
    given = _parse(screen_parser(), argv)
    if len(given.places) > 2:
        raise Usage(f"There are two panes, but {len(given.places)} places. Try: tfm --help")
    left, right = (*given.places, "", "")[:2]
    if (left and given.left) or (right and given.right):
        raise Usage("A pane got two places: use either LEFT RIGHT, or --left and --right.")
    if "" in given.places:
        raise Usage("An empty text names no place.")
    call = ScreenCall(
        left or given.left,
        right or given.right,
        given.demo,
        given.select,
        given.cwd_file,
        given.chooser_file,
        given.null,
        given.shell_init,
        given.private,
        _choice(given),
    )
    if call.demo and (call.left or call.right or call.select):
        raise Usage("--demo opens places of its own: leave LEFT, RIGHT and --select out.")
    if call.select and call.left:
        raise Usage("--select opens the left pane where its file is: leave LEFT out.")
    if call.null and call.chooser_file is None:
        raise Usage("--null is about --chooser-file: name one.")
    return call


def _add_for_shells(parser: argparse.ArgumentParser) -> None:
    shells = parser.add_argument_group("for shells and other programs")
    add = shells.add_argument
    add("--select", metavar="PLACE", default="", help="open where PLACE is, with the cursor on it")
    add("--cwd-file", metavar="FILE", type=Path, help="at the end write the directory to FILE")
    add(
        "--chooser-file",
        metavar="FILE",
        type=Path,
        help="Enter on a file writes it, or all marks, to FILE and leaves",
    )
    add("--null", action="store_true", help="with --chooser-file: end each name by a NUL byte")
    add(
        "--print-shell-init",
        dest="shell_init",
        metavar="SHELL",
        choices=SHELLS,
        default="",
        help="print lines for the start-up file of bash, zsh or fish: cd on exit, completion",
    )


def parse_verb(verb: str, argv: Sequence[str]) -> VerbCall:
    """The call of a verb. Raises Usage; SystemExit(0) after --help."""
    given = _parse(verb_parser(verb), argv)
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(given).items()
        if name in VerbCall.__slots__
    }
    call = VerbCall(
        **{**known, "verb": verb, "places": tuple(given.places), "choice": _choice(given)}
    )
    if any(not place for place in call.places):
        raise Usage("An empty text names no place.")
    return call


def _parse(parser: _Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Options may stand between places; behind `--` everything is a place."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    # argparse itself forgets what `--` meant when places and options are mixed
    given = parser.parse_intermixed_args(words[:end])
    given.places = [*given.places, *words[end + 1 :]]
    return given


def _choice(given: argparse.Namespace) -> Choice:
    if given.config and given.no_config:
        raise Usage("--config and --no-config exclude each other.")
    if given.debug and not given.log:
        raise Usage("--debug writes to a log: add --log FILE.")
    return Choice(
        config=given.config,
        no_config=given.no_config,
        log=given.log,
        debug=given.debug,
        read_only=given.read_only,
        profile=given.profile,
        region=given.region,
        endpoint_url=given.endpoint_url,
        no_sign_request=given.no_sign_request,
        stats=given.stats,
        requester_pays=given.requester_pays,
        mfa_code=given.mfa_code,
    )


def _ls() -> _Parser:
    parser = _parser(
        "tfm ls",
        "List directories, files and buckets; the current directory if no place is named.",
        "Directories end with a slash. To a terminal names are made safe; to a pipe they go as they\n"
        "are, one on a line, except that a name which itself holds a line break is shown with a\n"
        "picture for it: -0 and --json tell every name exactly.",
    )
    add = parser.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("-l", dest="long", action="store_true", help="with size in bytes, time and more")
    add("-a", dest="all", action="store_true", help="also names that begin with a dot")
    add("--json", action="store_true", help="one JSON list with every fact, times in UTC")
    add("-0", dest="raw", action="store_true", help="raw names, each ended by a NUL byte")
    _add_at(parser)
    _add_common(parser)
    return parser


def _transfer(verb: str) -> _Parser:
    if verb == "cp":
        more = "As SRC or DST, - is standard input or output."
        parser = _parser("tfm cp", "Copy files and trees.", _TRANSFER_HELP.format(more=more))
        parser.add_argument(
            "-r", "-R", dest="recursive", action="store_true", help="directories, with all in them"
        )
        _add_at(parser)
        _add_age(parser)
    else:
        parser = _parser(
            "tfm mv", "Move or rename files and trees.", _TRANSFER_HELP.format(more="")
        )
    add = parser.add_argument
    add("places", nargs="*", metavar="SRC... DST")
    add("-T", dest="exact_name", action="store_true", help="DST is the new name, never a container")
    _add_on_conflict(parser)
    add(
        "--verify",
        metavar="LEVEL",
        choices=[level.value for level in Level],
        default="",
        help="size, checksum or readback (reads again all that was written)",
    )
    add(
        "--restore",
        metavar="SPEED",
        default="",
        help="what is archived first: Standard, Bulk or Expedited; then tfm jobs resume",
    )
    add("--dry-run", action="store_true", help="say what would be done; change nothing")
    add("--json", action="store_true", help="a report of every item on standard output")
    _add_common(parser)
    return parser


def _add_age(parser: argparse.ArgumentParser) -> None:
    age = parser.add_argument_group("encryption with age")
    way = age.add_mutually_exclusive_group()
    way.add_argument(
        "--encrypt", action="store_true", help="for AGE_RECIPIENTS, or for each --recipient"
    )
    way.add_argument(
        "--decrypt",
        action="store_true",
        help="by the keys in AGE_IDENTITIES, or in each --identity",
    )
    add = age.add_argument
    add("--recipient", dest="recipients", metavar="KEY", action="append", default=[])
    add("--identity", dest="identities", metavar="FILE", action="append", default=[])


def _add_on_conflict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on-conflict",
        metavar="ANSWER",
        choices=[ASK, *(answer.value for answer in CONFLICT_ANSWERS)],
        default="",
        help="overwrite, skip, keep-both, newer, different, fail or ask",
    )


def _rm() -> _Parser:
    parser = _parser(
        "tfm rm",
        "Delete files and trees.",
        "On a terminal it asks first, with exact counts. Elsewhere nothing is deleted without --yes.",
    )
    add = parser.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("-r", "-R", dest="recursive", action="store_true", help="directories, with all in them")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--dry-run", action="store_true", help="say what would be deleted; change nothing")
    add("--json", action="store_true", help="a report of every item on standard output")
    _add_common(parser)
    return parser


def _mkdir() -> _Parser:
    parser = _parser("tfm mkdir", "Make directories.")
    add = parser.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("-p", dest="parents", action="store_true", help="with parents; one that exists is no error")
    add("--json", action="store_true", help="a report of every item on standard output")
    _add_common(parser)
    return parser


def _cat() -> _Parser:
    parser = _parser("tfm cat", "Write files to standard output, byte for byte.")
    parser.add_argument("places", nargs="*", metavar="PLACE")
    _add_at(parser)
    _add_common(parser)
    return parser


def _checksum() -> _Parser:
    parser = _parser(
        "tfm checksum",
        "Print checksums of files and of all files in directories, or verify lists of them.",
        "Lists have the form of sha256sum and md5sum, with --tag that of BSD, which names the algorithm; both\n"
        "are verified. The names in a list are relative to its directory. What S3 keeps of a whole object is\n"
        "believed without a download.",
    )
    add = parser.add_argument
    add("places", nargs="*", metavar="PLACE")
    add(
        "-a",
        "--algorithm",
        metavar="NAME",
        choices=CHECKSUMS,
        default="",
        help="md5, sha1, sha256 (as usual), crc32, crc32c or crc64nvme",
    )
    add("-c", "--check", action="store_true", help="hold files against the lists named")
    add("--tag", action="store_true", help="lines that name the algorithm")
    add("--download", action="store_true", help="read all bytes, also where S3 keeps a checksum")
    _add_common(parser)
    return parser


def _jobs() -> _Parser:
    parser = _parser(
        "tfm jobs",
        "Jobs that were cut off by a dropped line, a kill or a power cut.",
        "list shows them, show tells what one left unfinished, resume lets it go on, discard removes what it\n"
        "left. An id may be shortened; without one the only job there is is meant. What was done stays done:\n"
        "resume sends only what is missing, and looks at every source again.",
        usage="tfm jobs [options] [list | show [ID...] | resume [ID...] | discard [ID...]]",
    )
    add = parser.add_argument
    add("places", nargs="*", metavar="ACTION", help="list, show, resume or discard, and ids")
    _add_on_conflict(parser)
    add("-y", "--yes", action="store_true", help="do not ask before discarding")
    add("--json", action="store_true", help="as one JSON document on standard output")
    _add_common(parser)
    return parser


def _log() -> _Parser:
    parser = _parser(
        "tfm log",
        "Show what a running tfm of yours has logged.",
        "The lines come over a private socket; nothing is written to a disk. With --follow they go on as they\n"
        "come, until Ctrl-C or until that tfm ends.",
        usage="tfm log [--follow] [--process NUMBER]",
    )
    add = parser.add_argument
    add("-f", "--follow", action="store_true", help="go on with new lines")
    add(
        "--process",
        metavar="NUMBER",
        type=int,
        help="of the tfm with this process number; else the newest",
    )
    parser.set_defaults(places=[])
    _add_common(parser)
    return parser


_VERB_PARSERS = {
    "ls": _ls,
    "cp": lambda: _transfer("cp"),
    "mv": lambda: _transfer("mv"),
    "rm": _rm,
    "mkdir": _mkdir,
    "mb": bucket_verbs.mb,
    "rb": bucket_verbs.rb,
    "measure": bucket_verbs.measure,
    "cat": _cat,
    "checksum": _checksum,
    "presign": bucket_verbs.presign,
    "versions": bucket_verbs.versions,
    "lock": bucket_verbs.lock,
    "bucket": bucket_verbs.bucket,
    "uploads": bucket_verbs.uploads,
    "du": bucket_verbs.du,
    "abilities": bucket_verbs.abilities,
    "jobs": _jobs,
    "log": _log,
}


def current_directory() -> str:
    """Where relative places begin. Raises Usage if it was removed meanwhile."""
    try:
        return os.getcwd()
    except OSError as error:
        raise Usage(f"The current directory cannot be used: {error.strerror}.") from error
