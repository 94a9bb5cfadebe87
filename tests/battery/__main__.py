"""`python -m tests.battery [--json FILE] [--only NAME ...]`: put every program through every case."""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.battery.cases import CASES, Case, Verdict
from tests.battery.ground import NoDisk
from tests.battery.peers import PEERS, Peer
from tests.e2e.terminal import TerminalTimeout


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    programs = [peer.name for peer in PEERS]
    cases = "\n".join(f"  {case.name:6} {case.line}" for case in CASES)
    parser = argparse.ArgumentParser(
        prog="python -m tests.battery",
        description="Put tfm and other programs through the same misfortunes; judge by the disk.",
        epilog=f"cases:\n{cases}\nprograms: {'; '.join(programs)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*programs, *(case.name for case in CASES)]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", default=[])
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the verdicts there too")
    return parser.parse_args(argv)


def _verdict(peer: Peer, case: Case) -> Verdict:
    try:
        return case.try_on(peer)
    except NoDisk as error:
        return Verdict("n/a", str(error))
    except TerminalTimeout as error:
        return Verdict("n/a", f"it could not be driven: {str(error).splitlines()[0]}")


def main(argv: Sequence[str]) -> int:
    """Print a table, a row a program; 1 if tfm itself did not keep everything."""
    chosen = _arguments(argv)
    peers = [p for p in PEERS if p.name in chosen.only] or list(PEERS)
    cases = [c for c in CASES if c.name in chosen.only] or list(CASES)
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    print(f"{date}, {platform.system()} {platform.release()}\n")
    print("| program | " + " | ".join(case.line for case in cases) + " |")
    print("|---" * (len(cases) + 1) + "|", flush=True)
    written: dict[str, dict[str, object]] = {}
    for peer in peers:
        if not peer.installed:
            print(f"| {peer.name} | not installed" + " |" * len(cases), flush=True)
            written[peer.name] = {"version": None}
            continue
        version = peer.version()
        verdicts = {case.name: _verdict(peer, case) for case in cases}
        cells = " | ".join(str(verdict) for verdict in verdicts.values())
        print(f"| {peer.name} {version} | {cells} |", flush=True)
        told = {name: {"word": v.word, "what": v.what} for name, v in verdicts.items()}
        written[peer.name] = {"version": version, "verdicts": told}
    if chosen.json:
        document = {"date": date, "system": platform.platform(), "programs": written}
        chosen.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    ours = written.get("tfm", {}).get("verdicts", {})
    assert isinstance(ours, dict)
    return int(any(verdict["word"] != "kept" for verdict in ours.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
