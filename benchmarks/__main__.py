"""`python -m benchmarks [--quick] [--json FILE] [NAME ...]`: measure, beside the floor, and print."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.timing import Row, shown, shown_ratio
from benchmarks.world import FULL, QUICK, World

Rows = Callable[[World], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One subject: `module:function`, imported when it is its turn, and a line about it."""

    where: str
    line: str

    def rows(self, world: World) -> Iterator[Row]:
        """Measure."""
        module, _, function = self.where.partition(":")
        found = cast(Rows, getattr(importlib.import_module(f"benchmarks.{module}"), function))
        return found(world)


BENCHMARKS = {
    "version": Benchmark("startup:version", "tfm --version and imports, beside bare python"),
    "paint": Benchmark("startup:paint", "start to first paint, beside an empty Textual app"),
    "files": Benchmark("local_listing:rows", "100,000 local files, beside scandir, lstat, sort"),
    "objects": Benchmark("s3_listing:rows", "20,000 objects, beside boto3's paginator"),
    "cached": Benchmark("cached:rows", "cold against cached questions, and their requests"),
    "memory": Benchmark("memory:rows", "the cache of listings, and the running program"),
    "large": Benchmark("large_object:rows", "one large object: one stream against pieces"),
    "overhead": Benchmark("overhead:rows", "list, get, put with the same requests as bare boto3"),
    "peers": Benchmark("peers:rows", "tfm cp beside rclone copy"),
}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    names = "\n".join(f"  {name:10} {each.line}" for name, each in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Every figure beside its floor, taken in turn in this run.",
        epilog=f"names (default: all):\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every value there too")
    return parser.parse_args(argv)


def _print(row: Row) -> None:
    print(
        f"| {row.what} | {shown(row.ours, row.unit)} | {row.floor_name} "
        f"| {shown(row.floor, row.unit)} | {shown_ratio(row)} | {row.note} |",
        flush=True,
    )


def main(argv: Sequence[str]) -> int:
    """Run those named, or all; prints a table for each."""
    chosen = _arguments(argv)
    names: list[str] = chosen.name or [*BENCHMARKS]
    written: dict[str, list[dict[str, object]]] = {}
    with World(QUICK if chosen.quick else FULL) as world:
        for name in names:
            print(f"\n## {name}: {BENCHMARKS[name].line}\n")
            print("| what | tfm: median (range) | beside | median (range) | ratio (range) | note |")
            print("|---|---|---|---|---|---|")
            written[name] = []
            for row in BENCHMARKS[name].rows(world):
                _print(row)
                written[name].append(row.as_json())
    if chosen.json:
        machine = {
            "python": platform.python_version(),
            "system": platform.system(),
            "cores": os.cpu_count(),
        }
        document = {"machine": machine, "quick": chosen.quick, "benchmarks": written}
        chosen.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
