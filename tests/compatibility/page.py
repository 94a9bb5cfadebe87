"""`results.json`, and the page that is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.compatibility.site import Finding, Found
from tests.compatibility.table import ROWS, STUBS

PROJECT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = PROJECT / "docs" / "compatibility.md"

_HEAD = """\
# Compatibility

What tfm can do on which server. Made by `python -m tests.compatibility`, which runs one small check of tfm's own engine
after the other against each server and looks at the far side with a plain client; do not edit.

- *yes*: it works, and what it left on the server is right.
- *differs*: it works in another way; [below](#what-differs-and-why) is in which.
- *no*: this server has not got it. tfm says so, or greys the action; below is how that shows.
- *–*: not tried on that server yet.

What tfm knows about makes of server beforehand stands in `tfm/storage/s3/quirks.py`, each fact with its source; what yours can
do is shown by `, Shift-C` and by [`tfm abilities`](scripting.md#tfm-abilities).
"""

_MORE = """\
## To run it

```sh
python -m tests.compatibility                        # moto, MiniStack and rclone
python -m tests.compatibility moto minio=http://127.0.0.1:9000 --version 'minio=MinIO RELEASE…'
```

A server of your own is given as `NAME=URL`; its keys are those of the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, for TLS with your own
authority `AWS_CA_BUNDLE`). Buckets are made and removed. The columns of servers that did not take part stay as they were.
"""


@dataclass(frozen=True)
class Column:
    """One server: what it was, when it was asked, what was found by the names of the rows."""

    name: str
    version: str
    date: str
    findings: Mapping[str, Finding]


def load(path: Path = RESULTS) -> dict[str, Column]:
    """The columns by name, in the order of the page; none if nothing was ever run."""
    if not path.exists():
        return {}
    told = json.loads(path.read_text("utf-8"))
    return {
        name: Column(
            name,
            each["version"],
            each["date"],
            {row: Finding(Found(state), what) for row, (state, what) in each["findings"].items()},
        )
        for name, each in told.items()
    }


def save(columns: Mapping[str, Column], path: Path = RESULTS) -> None:
    """Write them, one line for each finding, so that a change shows as one."""
    told = {
        name: {
            "version": column.version,
            "date": column.date,
            "findings": {
                row.name: [column.findings[row.name].state.value, column.findings[row.name].what]
                for row in ROWS
                if row.name in column.findings
            },
        }
        for name, column in columns.items()
    }
    path.write_text(_lines(told), "utf-8")


def _lines(told: Mapping[str, Mapping[str, object]]) -> str:
    blocks = []
    for name, each in told.items():
        findings = each["findings"]
        assert isinstance(findings, dict)
        rows = ",\n".join(
            f"   {json.dumps(row)}: {json.dumps(value, ensure_ascii=False)}"
            for row, value in findings.items()
        )
        head = f' {json.dumps(name)}: {{\n  "version": {json.dumps(each["version"])},\n'
        blocks.append(
            f'{head}  "date": {json.dumps(each["date"])},\n  "findings": {{\n{rows}\n  }}\n }}'
        )
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def render(columns: Mapping[str, Column]) -> str:
    """The page."""
    lines = [_HEAD, "| server | version | asked on |", "|---|---|---|"]
    lines += [f"| {each.name} | {each.version} | {each.date} |" for each in columns.values()]
    for group in dict.fromkeys(row.group for row in ROWS):
        lines += [
            "",
            f"## {group}",
            "",
            f"| | {' | '.join(columns)} |",
            "|---" * (len(columns) + 1) + "|",
        ]
        for row in ROWS:
            if row.group == group:
                cells = " | ".join(_cell(each.findings.get(row.name)) for each in columns.values())
                lines.append(f"| {row.title} | {cells} |")
    lines += ["", "## What differs, and why", ""]
    for row in ROWS:
        told: dict[str, list[str]] = {}
        for each in columns.values():
            found = each.findings.get(row.name)
            if found is not None and found.what:
                told.setdefault(f"*{found.state.value}*: {_safe(found.what)}", []).append(each.name)
        if told:
            words = "; ".join(f"{', '.join(names)} {what}" for what, names in told.items())
            lines.append(f"- **{row.title}** ({row.group}): {words}")
    lines += ["", "## What only Amazon has", ""]
    lines += ["No server to run has these; they are tested against stubs.", ""]
    lines += ["| feature | tests |", "|---|---|"]
    lines += [f"| {title} | `{where}` |" for title, where in STUBS]
    return "\n".join([*lines, "", _MORE])


def _cell(found: Finding | None) -> str:
    return "–" if found is None else found.state.value


def _safe(text: str) -> str:
    """Of a server: nothing that Markdown would take for its own."""
    return text.replace("|", "/").replace("<", "‹").replace(">", "›").replace("\n", " ")


def write(columns: Mapping[str, Column]) -> None:
    """Both files."""
    save(columns)
    PAGE.write_text(render(columns), "utf-8")
