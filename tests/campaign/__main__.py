"""`python -m tests.campaign NAME [--seed N] [--size ci|full] [--json FILE]`: run one campaign.

Exit 0 when it passed, 1 when something happened that must not, 2 for a wrong command.
"""

from __future__ import annotations

import argparse
import importlib
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.campaign.result import Result

Run = Callable[[int, str, Path], Result]
SIZES = ("ci", "full")


@dataclass(frozen=True, slots=True)
class Campaign:
    """`module:function`, imported when it is wanted, and a line about it.

    The function takes a seed, a size and an empty directory to work in.
    """

    where: str
    line: str

    def run(self, seed: int, size: str, directory: Path) -> Result:
        """Run it, and take its time."""
        module, _, function = self.where.partition(":")
        act = cast(Run, getattr(importlib.import_module(f"tests.campaign.{module}"), function))
        began = time.monotonic()
        result = act(seed, size, directory)
        result.seconds = time.monotonic() - began
        return result


CAMPAIGNS = {
    "faults": Campaign("faults:run", "five of a hundred requests fail, in all ways requests do"),
    "kills": Campaign("kills:run", "the program is killed at each call that changes something"),
    "flips": Campaign("flips:run", "one bit is turned in each body, in all directions"),
    "traced": Campaign(
        "traced:run", "the program is killed at each system call that changes a thing"
    ),
    "model": Campaign("model:run", "random acts in both worlds are held against dictionaries"),
}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    names = "\n".join(f"  {name:8} {each.line}" for name, each in CAMPAIGNS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaign",
        description="Prove by large numbers that nothing is lost.",
        epilog=f"campaigns:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=CAMPAIGNS, metavar="NAME")
    parser.add_argument("--seed", type=int, help="repeats a run; default: a new one, printed")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the result there too")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Run the campaign that is named; its status."""
    chosen = _arguments(argv)
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tfm-campaign-") as directory:
        result = CAMPAIGNS[chosen.name].run(seed, chosen.size, Path(directory))
    print(result.told(), flush=True)
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(result.document(), indent=1) + "\n", "utf-8")
    return 0 if result.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
