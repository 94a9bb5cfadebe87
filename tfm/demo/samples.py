"""What the demo shows: four buckets and a folder, made up, the same at every start."""

from __future__ import annotations

import os
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_KIB, _MIB = 1024, 1024 * 1024
_DAY = 86_400.0
_CHANCE = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: name, bytes, age in seconds. A name that ends with `/` is an empty directory.

    `tier` is its storage class, empty for the usual one; `deleted` says that at that age it was deleted.
    """

    name: str
    data: bytes
    age: float
    tier: str = ""
    deleted: bool = False


VERSIONED = "demo-versions"
"""The bucket that keeps what is overwritten or deleted."""


def buckets() -> dict[str, list[Sample]]:
    """The objects of each bucket; versions of one are in the order in which they came."""
    return {
        "demo-photos": list(_photos()),
        "demo-server-logs": list(_logs()),
        VERSIONED: list(_versions()),
        "demo-website": list(_website()),
    }


def folder() -> list[Sample]:
    """The files of the local folder, by path relative to it."""
    chance = random.Random(_CHANCE)
    return [
        Sample("Read me first.txt", _READ_ME.encode(), 60),
        Sample("Inbox/", b"", 2 * _DAY),
        Sample("Notes/ideas.md", b"# Ideas\n\n- a map of all walks\n- prints for Mara\n", 3 * _DAY),
        Sample("Notes/packing list.txt", b"tent\nstove\nspare batteries\n", 12 * _DAY),
        Sample("Notes/recipes/bread.md", b"500 g flour, 350 g water, 10 g salt, time\n", 90 * _DAY),
        Sample("Recordings/harbour.wav", _noise(chance, 3 * _MIB, b"RIFF"), 8 * _DAY),
        Sample("Recordings/rain on tin roof.wav", _noise(chance, 9 * _MIB, b"RIFF"), 21 * _DAY),
        Sample("Scans/contract 2026.pdf", _noise(chance, 410 * _KIB, b"%PDF-1.7\n"), 40 * _DAY),
        Sample("Scans/passport.png", _picture(320, 220, (90, 40, 60)), 200 * _DAY),
        Sample("übersicht – año 2026.csv", b"month,km\n1,120\n2,98\n3,141\n", 5 * _DAY),
        Sample(".hidden settings", b"press the dot to see me\n", 300 * _DAY),
    ]


def fill(directory: Path, now: float) -> None:
    """Write the folder; `now` is in seconds since 1970."""
    youngest: dict[Path, float] = {}
    for sample in folder():
        file = directory / sample.name
        if sample.name.endswith("/"):
            file.mkdir(parents=True, exist_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(sample.data)
        for each in (file, *file.relative_to(directory).parents):
            place = directory / each
            youngest[place] = max(youngest.get(place, 0.0), now - sample.age)
    for place, moment in youngest.items():
        os.utime(place, (moment, moment))


def _photos() -> Iterator[Sample]:
    chance = random.Random(_CHANCE)
    albums = {
        "2024/alps": ("IMG_0412", 8, 600),
        "2025/lisbon": ("IMG_1180", 9, 320),
        "2026/islands/first week": ("DSC", 6, 95),
        "2026/islands/second week": ("DSC", 5, 88),
    }
    for album, (stem, count, days) in albums.items():
        for number in range(1, count + 1):
            size = chance.randrange(180 * _KIB, 900 * _KIB)
            name = f"{album}/{stem}_{number:02}.jpg"
            yield Sample(
                name, _noise(chance, size, b"\xff\xd8\xff\xe0"), days * _DAY - number * 700
            )
    for number, colour in enumerate([(200, 120, 40), (40, 110, 180), (60, 150, 90)], 1):
        yield Sample(f"covers/cover-{number}.png", _picture(480, 320, colour), 30 * _DAY)
    yield Sample(
        "2026/islands/ferry.mp4", _noise(chance, 14 * _MIB, b"\0\0\0\x20ftypisom"), 90 * _DAY
    )
    yield Sample("to be sorted/", b"", 10 * _DAY)
    yield Sample("index.txt", b"Albums by year. Covers are drawn, not taken.\n", 29 * _DAY)


def _website() -> Iterator[Sample]:
    pages = {"index.html": "Walks", "about.html": "About", "walks/coast.html": "Along the coast"}
    pages |= {"walks/ridge.html": "Over the ridge", "404.html": "Lost"}
    for name, title in pages.items():
        yield Sample(name, _PAGE.format(title=title).encode(), 14 * _DAY)
    yield Sample("assets/style.css", _STYLE.encode(), 20 * _DAY)
    yield Sample("assets/map.js", b"export const walks = ['coast', 'ridge'];\n", 20 * _DAY)
    yield Sample("assets/logo.png", _picture(96, 96, (20, 90, 70)), 55 * _DAY)
    yield Sample("robots.txt", b"User-agent: *\nAllow: /\n", 300 * _DAY)
    odd = "drafts//two slashes.html", "drafts/100%25 sure?.html", "drafts/日本語のページ.html"
    for name in odd:
        yield Sample(name, _PAGE.format(title="Draft").encode(), 2 * _DAY)


def _logs() -> Iterator[Sample]:
    chance = random.Random(_CHANCE)
    for day in range(1, 15):
        name = f"web/2026/11/{day:02}/access.log"
        yield Sample(name, _log(chance, 400 + 60 * day), (20 - day) * _DAY)
    yield Sample("web/2026/10/access.log", _log(chance, 24_000), 45 * _DAY)
    yield Sample("backup/database.dump", _noise(chance, 6 * _MIB, b"PGDMP"), 1 * _DAY)
    yield Sample("backup/checksums.sha256", b"0" * 64 + b"  database.dump\n", 1 * _DAY)


def _versions() -> Iterator[Sample]:
    walks = ["coast", "ridge", "two lakes", "night train"]
    for count, days in enumerate((60, 31, 9, 2), 1):
        table = "".join(f"{walk},{12 + 3 * count}\n" for walk in walks[:count])
        yield Sample("plans/walks.csv", f"walk,km\n{table}".encode(), days * _DAY)
    yield Sample("plans/invitation.md", b"# Come along\n\nWe meet at nine.\n", 12 * _DAY)
    yield Sample("plans/invitation.md", b"# Come along\n\nWe meet at ten.\n", 4 * _DAY)
    yield Sample("plans/budget.csv", b"what,sum\nhuts,320\ntrain,180\n", 40 * _DAY)
    yield Sample("plans/budget.csv", b"", 3 * _DAY, deleted=True)
    yield Sample("minutes/2026-10.txt", b"Present: Mara, Jon. Next walk: the ridge.\n", 33 * _DAY)
    yield Sample("minutes/2026-11.txt", b"Present: all. Next walk: two lakes.\n", 6 * _DAY)
    archived = b"Present: Mara. Founded: a club.\n"
    yield Sample("minutes/2019-01.txt", archived, 400 * _DAY, tier="GLACIER")
    yield Sample("minutes/2024-01.txt", archived, 380 * _DAY, tier="STANDARD_IA")


def _noise(chance: random.Random, size: int, head: bytes) -> bytes:
    """Bytes that do not compress, as those of pictures and sound do not."""
    return head + chance.randbytes(size - len(head))


def _log(chance: random.Random, lines: int) -> bytes:
    paths = ("/", "/walks/coast.html", "/walks/ridge.html", "/assets/style.css", "/favicon.ico")
    rows = (
        f"192.0.2.{chance.randrange(1, 255)} - - [{second // 3600 % 24:02}:{second // 60 % 60:02}:"
        f'{second % 60:02}] "GET {chance.choice(paths)} HTTP/1.1" '
        f"{chance.choice((200, 200, 200, 304, 404))} {chance.randrange(200, 90_000)}\n"
        for second in range(0, lines * 3, 3)
    )
    return "".join(rows).encode()


def _picture(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A PNG with a gradient, so that a viewer has something to show."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = b"".join(
        b"\0"
        + bytes(
            min(255, part * (x + y) * 2 // (width + height) + 30)
            for x in range(width)
            for part in colour
        )
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


_READ_ME = """\
Welcome to the demo of tfm.

On the right are buckets of an S3 server that runs only for this demo, on the left is a folder in
a temporary directory. Both vanish when you quit: press whatever you like.

Try: Tab to the other pane, Enter to walk into an album, Space to mark a few pictures, c to copy
them here, b to see the jobs, ? for all keys, q to quit.

demo-versions keeps what was overwritten or deleted: , i lists the versions of a file, , x what was
deleted and can come back. One of its files is archived: , b asks for it.
"""

_PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="stylesheet" href="/assets/style.css"></head>
<body><h1>{title}</h1><p>Every walk begins at a harbour and ends at another.</p></body>
</html>
"""

_STYLE = (
    "body { font: 18px/1.5 serif; max-width: 38em; margin: 4em auto; }\nh1 { color: #146b54; }\n"
)
