"""`python -m tests.compatibility [NAME | NAME=URL]...`: run the checks, write `docs/compatibility.md`.

Exit 0 when no check found a fault of tfm, 1 when one did, 2 for a wrong command.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.compatibility import page
from tests.compatibility.site import Found, Site, finding, opened
from tests.compatibility.table import ROWS
from tests.servers.kinds import KINDS, ministack_python, rclone_binary
from tests.servers.server import Kind, Server, start


def main(argv: Sequence[str]) -> int:
    """Run it."""
    given = _arguments(argv)
    versions = dict(text.partition("=")[::2] for text in given.version)
    columns, faults = page.load(), 0
    for text in given.servers or list(KINDS):
        name, _, url = text.partition("=")
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(_external(name, url) if url else start(_kind(name)))
            site = stack.enter_context(opened(server, kms_key=given.kms_key))
            version = versions.get(name) or _version(name)
            column = run(name, version, site, given.only)
        if given.only:
            continue
        columns[name] = column
        faults += sum(found.state is Found.FAILS for found in column.findings.values())
    if not given.only:
        page.write(columns)
    return 1 if faults else 0


def run(name: str, version: str, site: Site, only: Sequence[str] = ()) -> page.Column:
    """All checks on one site; says each as it comes."""
    findings = {}
    for row in ROWS:
        if only and row.name not in only:
            continue
        began = time.monotonic()
        found = findings[row.name] = finding(row.check, site)
        took = time.monotonic() - began
        print(
            f"{name:10} {row.name:20} {found.state.value:8} {took:5.1f} s  {found.what}", flush=True
        )
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return page.Column(name, version, today, findings)


def _kind(name: str) -> Kind:
    """MiniStack checks the key of a link, and knows this one."""
    kind = KINDS[name]
    return replace(kind, access_key="test", secret_key="test") if name == "ministack" else kind


@contextlib.contextmanager
def _external(name: str, url: str) -> Iterator[Server]:
    """A server that runs already, with the keys of the environment."""
    with tempfile.TemporaryDirectory(prefix="tfm-compatibility-") as directory:
        server = Server(
            name,
            url,
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            Path(directory),
            os.environ.get("AWS_REGION", "us-east-1"),
        )
        yield server
        server.close()


def _version(name: str) -> str:
    if name == "moto":
        return f"moto {importlib.metadata.version('moto')}"
    if name == "ministack":
        ask = "import importlib.metadata as m; print('MiniStack', m.version('ministack'))"
        return _said([str(ministack_python()), "-c", ask])
    if name == "rclone":
        return _said([rclone_binary(), "version"])
    return name


def _said(command: Sequence[str]) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return told.splitlines()[0].strip()


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility")
    add = parser.add_argument
    add("servers", nargs="*", metavar="NAME | NAME=URL", help=f"of {', '.join(KINDS)}, or your own")
    add("--version", action="append", default=[], metavar="NAME=TEXT", help="what a server is")
    add("--kms-key", default="", metavar="ID", help="a key that its key service knows")
    add(
        "--only",
        action="append",
        default=[],
        metavar="ROW",
        help="this check alone; writes nothing",
    )
    given = parser.parse_args(argv)
    for text in given.servers:
        name, _, url = text.partition("=")
        if not url and name not in KINDS:
            parser.error(f"{name} is no server of the tests: write {name}=URL")
        if url and "AWS_ACCESS_KEY_ID" not in os.environ:
            parser.error("the environment has no AWS_ACCESS_KEY_ID")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
