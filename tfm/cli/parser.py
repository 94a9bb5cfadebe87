"""What all parsers of a command line share: how faults are told, and the common options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from tfm.model.text import safe_text


class Usage(Exception):
    """The command line is wrong: exit status 2, and nothing was done."""


class Parser(argparse.ArgumentParser):
    """Raises Usage, with the way to help."""

    def error(self, message: str) -> NoReturn:
        raise Usage(f"{safe_text(message)}. Try: {self.prog} --help")


def parser(name: str, about: str, more: str = "", usage: str | None = None) -> Parser:
    """Without abbreviations, and with the text behind the options as it is."""
    return Parser(
        prog=name,
        description=about,
        epilog=more,
        usage=usage,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_common(parser: argparse.ArgumentParser) -> None:
    """What every way to start takes."""
    common = parser.add_argument_group("common options")
    add = common.add_argument
    add("--read-only", action="store_true", help="refuse everything that would change something")
    add("--config", metavar="FILE", type=Path, help="read this config.py instead of the usual one")
    add("--no-config", action="store_true", help="read no config.py")
    add("--log", metavar="FILE", type=Path, help="append a log, without secrets, to FILE")
    add("--debug", action="store_true", help="with --log: one line for each request to S3")
    add("--stats", action="store_true", help="at the end tell what was asked of servers")
    add("--profile", metavar="NAME", default="", help="AWS profile")
    add("--region", metavar="NAME", default="", help="AWS region")
    add("--endpoint-url", metavar="URL", default="", help="S3-compatible server, not AWS")
    add("--no-sign-request", action="store_true", help="no credentials, for public buckets")
    add("--requester-pays", action="store_true", help="pay for requests to buckets of others")
    add("--mfa-code", metavar="CODE", default="", help="what the MFA device of the profile shows")


def add_at(parser: argparse.ArgumentParser) -> None:
    """A moment of the past."""
    parser.add_argument(
        "--at",
        metavar="TIME",
        default="",
        help="as it was then, in a bucket with versions: '2026-11-20 14:05', 3h or 2d ago",
    )
