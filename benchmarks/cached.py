"""Cold against cached: the same questions when nothing is known, and when a listing is."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.timing import Act, Row, compared, cost, quick_calls
from benchmarks.world import World
from tests.fakes.proxy import Proxy
from tfm.path import Path, clear_s3_cache, set_default_vfs
from tfm.storage.vfs import Vfs

_ROWS = 100
_TEXT = "one line of a small text file\n" * 20
_DIRECTORY = "shelf/"


def rows(world: World) -> Iterator[Row]:
    """Cold ones beside one bare SDK call, cached ones beside a local disk through pathlib."""
    with world.bucket() as bucket, world.directory() as disk:
        client = world.server.client()
        for number in range(_ROWS):
            client.put_object(
                Bucket=bucket, Key=f"{_DIRECTORY}item {number}.txt", Body=_TEXT.encode()
            )
            (disk / f"item {number}.txt").write_text(_TEXT)
        vfs = Vfs()
        before = set_default_vfs(vfs)
        try:
            top = Path(f"s3://{bucket}/{_DIRECTORY}")
            sent = _requests(world, str(top))
            yield from _cold(world, client, bucket, top, sent)
            yield from _cached(world, top, disk, sent)
        finally:
            set_default_vfs(before)
            vfs.close()


def _questions(top: Path) -> dict[str, Act]:
    item = top / "item 7.txt"
    missing = top / "no such thing"
    return {
        "exists by path": item.exists,
        "exists by path, of nothing": missing.exists,
        "stat by path": item.stat,
        "is_dir by path": item.is_dir,
        "iterdir": lambda: [*top.iterdir()],
        "read_text": item.read_text,
    }


def _requests(world: World, top: str) -> Mapping[str, tuple[int, int]]:
    """Requests of every question: the first time, and with the listing known."""
    counted: dict[str, tuple[int, int]] = {}
    with Proxy(world.server) as proxy:
        vfs = Vfs({"s3": {"endpoint_url": proxy.endpoint_url}})
        before = set_default_vfs(vfs)
        try:

            def count(act: Act) -> int:
                proxy.reset()
                act()
                return proxy.count()

            for what, act in _questions(Path(top)).items():
                clear_s3_cache()
                cold = count(act)
                [*Path(top).iterdir()]
                counted[what] = cold, count(act)
            listed = next(iter(Path(top).iterdir()))
            for what, act in _of_listed(listed).items():
                counted[what] = 0, count(act)
        finally:
            set_default_vfs(before)
            vfs.close()
    return counted


def _of_listed(item: Path) -> dict[str, Act]:
    return {
        "is_dir of a listed item": item.is_dir,
        "is_file of a listed item": item.is_file,
        "stat of a listed item": item.stat,
    }


def _cold(
    world: World, client: Any, bucket: str, top: Path, sent: Mapping[str, tuple[int, int]]
) -> Iterator[Row]:
    key = f"{_DIRECTORY}item 7.txt"

    def head() -> object:
        return client.head_object(Bucket=bucket, Key=key)

    def listing() -> object:
        return client.list_objects_v2(Bucket=bucket, Prefix=_DIRECTORY, Delimiter="/")

    def body() -> object:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()

    bare: dict[str, tuple[str, Act]] = {
        "iterdir": ("boto3 list_objects_v2", listing),
        "read_text": ("boto3 get_object", body),
    }
    for what, act in _questions(top).items():
        name, floor = bare.get(what, ("boto3 head_object", head))

        def cold(act: Act = act) -> None:
            clear_s3_cache()
            act()

        yield from compared(
            f"cold: {what}",
            cold,
            name,
            floor,
            world.size.many_rounds,
            note=_sent(sent[what][0]),
        )


def _cached(
    world: World, top: Path, disk: pathlib.Path, sent: Mapping[str, tuple[int, int]]
) -> Iterator[Row]:
    size = world.size
    listed = [*top.iterdir()][7]
    file = disk / "item 7.txt"
    local: dict[str, Act] = {
        "exists by path": file.exists,
        "exists by path, of nothing": (disk / "no such thing").exists,
        "stat by path": file.stat,
        "is_dir by path": file.is_dir,
        "iterdir": lambda: [*disk.iterdir()],
        "is_dir of a listed item": file.is_dir,
        "is_file of a listed item": file.is_file,
        "stat of a listed item": file.stat,
    }
    subjects = {**_of_listed(listed), **_questions(top)}
    for what, floor in local.items():
        yield quick_calls(
            f"cached: {what}",
            subjects[what],
            "pathlib, local",
            floor,
            size.rounds,
            size.calls // (50 if what == "iterdir" else 1),
            note=_sent(sent[what][1]),
        )
    for what, act in _questions(top).items():
        yield _gain(world, top, what, act, note=_sent(sent[what][1]))


def _gain(world: World, top: Path, what: str, act: Act, note: str) -> Row:
    """What a known listing saves: the same call with and without it, in turn."""

    def cold() -> None:
        clear_s3_cache()
        act()

    cached: list[float] = []
    asked: list[float] = []
    for _ in range(world.size.many_rounds):
        asked.append(cost(cold).wall)
        [
            *top.iterdir()
        ]  # after a cold question the listing is read again, outside of what is timed
        cached.append(cost(act).wall)
    return Row(f"cached beside cold: {what}", tuple(cached), "cold", tuple(asked), note=note)


def _sent(count: int) -> str:
    return "1 request" if count == 1 else f"{count or 'no'} requests"
