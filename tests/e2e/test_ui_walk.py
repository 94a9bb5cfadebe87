"""A person's morning with two panes: on the demo, on the AWS-like server, and on the crude one."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e import far_side
from tests.e2e.panes import Panes, bucket_rows, disk_rows, opened
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

COVERS = ["cover-1.png", "cover-2.png", "cover-3.png"]
SORTED_FILES = {  # name: size, time
    "bb.txt": (30, 1_500_000_003),
    "a10.md": (10, 1_500_000_001),
    "a9.txt": (20, 1_500_000_004),
    "c.bin": (40, 1_500_000_002),
}
BY_KEY = {  # key: rows, and rows when it is pressed once more; equal ones stay by name
    "2": ("c.bin a10.md a9.txt bb.txt", "a9.txt bb.txt a10.md c.bin"),
    "3": ("a10.md a9.txt bb.txt c.bin", "c.bin bb.txt a9.txt a10.md"),
    "4": ("a10.md c.bin bb.txt a9.txt", "a9.txt bb.txt c.bin a10.md"),
    "1": ("a9.txt a10.md bb.txt c.bin", "c.bin bb.txt a10.md a9.txt"),
}


@dataclass(frozen=True)
class Scene:
    """The program on a local folder at the left and the list of buckets at the right."""

    ui: Panes
    server: Server
    folder: Path
    bucket: str

    def both_true(self, prefix: str) -> None:
        """Both panes show what is on the disk and what the server holds."""
        self.ui.wait_rows("left", disk_rows(self.folder))
        self.ui.wait_rows("right", bucket_rows(self.server, self.bucket, prefix))

    def keys(self, prefix: str) -> list[str]:
        return self.server.keys(self.bucket, prefix)


@contextmanager
def _demo(here: Path) -> Iterator[Scene]:
    temporary = here / "tmp"
    temporary.mkdir()
    with opened("--demo", env={"TMPDIR": str(temporary)}, cwd=here) as ui:
        seen = ui.wait_place("right", "s3://", 30)
        url = f"http://{seen.header.split()[-1]}"
        server = Server("demo", url, "demo", "demo", here)
        (directory,) = temporary.iterdir()
        with closing(server):
            yield Scene(ui, server, directory / "Sample folder", "demo-photos")
            assert ui.quit() == 0
            assert ui.terminal.restored(), ui.terminal.leftovers()
            assert list(temporary.iterdir()) == [], "the demo left something behind"
            address = urlsplit(url)
            with socket.socket() as probe:  # refused: nobody listens any more
                assert probe.connect_ex((address.hostname, address.port)) != 0


@contextmanager
def _with_server(here: Path, server: Server, bucket: str) -> Iterator[Scene]:
    folder = here / "folder"
    (folder / "Notes").mkdir(parents=True)
    (folder / "Read me first.txt").write_text("hello\n")
    (folder / ".hidden settings").write_text("press the dot\n")
    objects = {f"covers/{name}": os.urandom(4000 + n) for n, name in enumerate(COVERS)}
    objects |= {"index.txt": b"Albums by year.\n", "2024/alps/one.jpg": b"1"}
    far_side.put_all(server, bucket, objects)
    with opened("--no-config", folder, "s3://", env=server.environment(), cwd=here) as ui:
        yield Scene(ui, server, folder, bucket)
        assert ui.quit() == 0
        assert ui.terminal.restored(), ui.terminal.leftovers()


@pytest.fixture(params=["demo", "ministack", "rclone"])
def scene(
    request: pytest.FixtureRequest, here: Path, new_bucket: Callable[[Server], str]
) -> Iterator[Scene]:
    if request.param == "demo":
        with _demo(here) as made:
            yield made
        return
    server = request.getfixturevalue(f"{request.param}_server")
    with _with_server(here, server, new_bucket(server)) as made:
        yield made


def test_a_morning_with_two_panes(scene: Scene) -> None:
    _into_the_bucket(scene)
    _three_marked_copied_down(scene)
    _moved_back_up(scene)
    _renamed_made_deleted(scene)
    _viewed(scene)
    _parents_land_on_the_child(scene)
    _anywhere(scene)
    _order_and_hidden(scene)


def _into_the_bucket(scene: Scene) -> None:
    ui = scene.ui
    ui.wait_rows("left", disk_rows(scene.folder))
    ui.wait_place("right", "s3://")
    ui.to("right")
    ui.stand_on(f"{scene.bucket}/")
    ui.press("enter")
    ui.wait_place("right", f"s3://{scene.bucket}/")
    scene.both_true("")
    ui.stand_on("covers/")
    ui.press("enter")
    ui.wait_rows("right", COVERS)


def _three_marked_copied_down(scene: Scene) -> None:
    ui = scene.ui
    ui.press("space", "space", "insert")
    ui.wait(lambda: ui.pane("right").marked == set(COVERS))
    assert "3 of 3 marked" in ui.pane("right").footer
    ui.press("f5")
    ui.wait_dialog("Copy")
    ui.terminal.wait_for("Copy 3 marked items")
    ui.terminal.wait_for("3 files, ")
    ui.press("enter")
    ui.said("Copied 3 items.")
    scene.both_true("covers/")
    assert ui.pane("right").marked == frozenset()
    for name in COVERS:
        assert (scene.folder / name).read_bytes() == far_side.body(
            scene.server, scene.bucket, f"covers/{name}"
        )


def _moved_back_up(scene: Scene) -> None:
    ui = scene.ui
    held = {name: (scene.folder / name).read_bytes() for name in COVERS}
    there = f"s3://{scene.bucket}/covers/returned/"
    ui.type_into("f7", "New directory", "returned")
    if (
        scene.server.name == "rclone"
    ):  # a deviation: the pane says so, and the dialog takes a new place
        ui.said("this server keeps no empty directories")
        assert scene.keys("covers/returned") == []
    else:
        ui.said("Made returned.")
        ui.wait_current("returned/")
        ui.press("enter")
        ui.wait_place("right", there)
        ui.wait_rows("right", [])
    ui.to("left")
    ui.stand_on(COVERS[0])
    ui.press("space", "space", "space")
    ui.wait(lambda: ui.pane("left").marked == set(COVERS))
    ui.type_into("f6", "Move", there)
    ui.said("Moved 3 items.")
    if scene.server.name == "rclone":
        ui.to("right")
        ui.go(there)
        ui.wait_place("right", there)
        ui.to("left")
    ui.wait_rows("right", COVERS)
    scene.both_true("covers/returned/")
    assert not any((scene.folder / name).exists() for name in COVERS)
    assert ui.pane("left").marked == frozenset()
    for name, data in held.items():
        key = f"covers/returned/{name}"
        assert far_side.body(scene.server, scene.bucket, key) == data


def _renamed_made_deleted(scene: Scene) -> None:
    ui = scene.ui
    ui.to("right")
    ui.stand_on("cover-2.png")
    ui.type_into("shift+f6", "Rename", "second.png")
    ui.said("Renamed to second.png.")
    ui.wait_current("second.png")
    scene.both_true("covers/returned/")
    ui.type_into("shift+e", "New file", "nothing.txt")
    ui.said("Made nothing.txt.")
    ui.wait_current("nothing.txt")
    prefix = "covers/returned/"
    assert far_side.body(scene.server, scene.bucket, f"{prefix}nothing.txt") == b""
    ui.order("delete", "Delete", "enter")  # opens on Cancel
    scene.both_true(prefix)
    assert f"{prefix}nothing.txt" in scene.keys(prefix)
    ui.order("f8", "Delete", "tab", "enter")
    ui.said("Deleted 1 item.")
    ui.wait_rows("right", ["cover-1.png", "cover-3.png", "second.png"])
    scene.both_true(prefix)
    assert f"{prefix}nothing.txt" not in scene.keys(prefix)


def _viewed(scene: Scene) -> None:
    ui = scene.ui
    ui.go(f"s3://{scene.bucket}/index.txt")  # a file: its directory, with the cursor on it
    ui.wait_current("index.txt")
    ui.press("f3")
    text = far_side.body(scene.server, scene.bucket, "index.txt")
    assert text is not None
    ui.terminal.wait_for(text.decode().splitlines()[0])
    ui.terminal.wait_for(f"s3://{scene.bucket}/index.txt")
    ui.press("f3")
    ui.terminal.wait_for("10Quit")


def _parents_land_on_the_child(scene: Scene) -> None:
    ui = scene.ui
    ui.go(f"s3://{scene.bucket}/covers/returned/")
    ui.wait_place("right", f"s3://{scene.bucket}/covers/returned/")
    for place, child in (
        (f"s3://{scene.bucket}/covers/ ", "returned/"),
        (f"s3://{scene.bucket}/ ", "covers/"),
        ("s3:// ", f"{scene.bucket}/"),
    ):
        ui.press("backspace")
        ui.wait_place("right", place)
        ui.wait_current(child)
    ui.press("backspace")  # there is nothing above
    ui.press("enter")
    ui.wait_place("right", f"s3://{scene.bucket}/ ")


def _anywhere(scene: Scene) -> None:
    ui = scene.ui
    ui.go(str(scene.folder))
    ui.wait(lambda: ui.pane("right").header.endswith(scene.folder.name))
    ui.wait_rows("right", disk_rows(scene.folder))
    ui.press("d")
    ui.wait_dialog("Drives and buckets")
    ui.terminal.wait_for(scene.bucket)
    ui.terminal.wait_for("Root")
    for letter in "root":
        ui.press(letter)
    ui.press("enter")
    ui.wait_no_dialog()
    ui.wait(lambda: ui.pane("right").header == "/")
    ui.go(f"s3://{scene.bucket}/covers/")
    ui.wait_rows("right", bucket_rows(scene.server, scene.bucket, "covers/"))


def _order_and_hidden(scene: Scene) -> None:
    ui = scene.ui
    ui.to("left")
    place = scene.folder / "Sorted"
    place.mkdir()
    for name, (size, moment) in SORTED_FILES.items():
        (place / name).write_bytes(b"x" * size)
        os.utime(place / name, (moment, moment))
    (place / "zz").mkdir()
    ui.wait_rows("left", disk_rows(scene.folder))  # nobody told the program: it watches
    ui.stand_on("Sorted/")
    ui.press("enter")
    ui.wait_rows("left", disk_rows(place))
    for key, orders in BY_KEY.items():
        for order in orders:
            ui.press(key)
            wanted = ("zz/", *order.split())
            ui.wait(lambda wanted=wanted: ui.pane("left").names == wanted)  # type: ignore[misc]
    ui.press(*"11")
    ui.press("backspace")
    ui.wait_current("Sorted/")
    assert not any(name.startswith(".") for name in ui.pane("left").names)
    ui.press(".")
    ui.wait_rows("left", disk_rows(scene.folder, hidden=True))
    assert ".hidden settings" in ui.pane("left").names
    ui.press(".")
    ui.wait_rows("left", disk_rows(scene.folder))
