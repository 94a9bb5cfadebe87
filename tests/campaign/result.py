"""What a campaign brings back: figures, and sentences about everything that must not be."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Final

PACKAGES: Final = ("boto3", "botocore", "moto", "hypothesis")
SHOWN: Final = 20


@dataclass
class Result:
    """`counts` are the figures by name; a campaign passed when `problems` is empty."""

    campaign: str
    seed: int
    size: str
    counts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """True if nothing happened that must not."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """As JSON wants it, with the versions that were tried."""
        return {
            "campaign": self.campaign,
            "seed": self.seed,
            "size": self.size,
            "passed": self.passed,
            "seconds": round(self.seconds, 1),
            "versions": versions(),
            "counts": {name: _plain(value) for name, value in self.counts.items()},
            "problems": self.problems,
        }

    def told(self) -> str:
        """For a person; a failed test shows this, so it begins with how to repeat the run."""
        lines = [f"{self.campaign}: seed {self.seed}, size {self.size}, {self.seconds:.0f} s"]
        for name, value in self.counts.items():
            plain = _plain(value)
            if isinstance(plain, dict):
                lines.append(f"  {name}:")
                lines += [f"    {key}: {count}" for key, count in plain.items()]
            else:
                lines.append(f"  {name}: {plain}")
        lines += [f"  ! {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  ! and {len(self.problems) - SHOWN} more")
        lines.append("  passed" if self.passed else "  FAILED")
        return "\n".join(lines)


def versions() -> dict[str, str]:
    """Of what was tried, and of what it stood on."""
    from tfm import __version__

    found = {name: metadata.version(name) for name in PACKAGES}
    return {"tfm": __version__, "python": platform.python_version(), "system": sys.platform} | found


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Counter) else value
