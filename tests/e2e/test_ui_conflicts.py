"""Every answer of the conflict dialog by its key, and what it leads to at the far side."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.panes import Panes, bucket_rows, disk_rows, opened
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

OLD, FUTURE = 1_400_000_000, 4_000_000_000
NAMES = ("a1.txt", "a2.txt", "a3.txt", "one.txt")
DIALOG = "Already there"
READY = "the same for all the rest"  # a question takes keys a moment after it came


@dataclass(frozen=True)
class Scene:
    """Mine at the left, other content under the same names in the bucket at the right."""

    ui: Panes
    server: Server
    folder: Path
    bucket: str

    def theirs(self) -> dict[str, bytes | None]:
        """What the bucket holds now."""
        keys = self.server.keys(self.bucket)
        return {key: far_side.body(self.server, self.bucket, key) for key in keys}

    def both_true(self) -> None:
        self.ui.wait_rows("left", disk_rows(self.folder))
        self.ui.wait_rows("right", bucket_rows(self.server, self.bucket))

    def copy(self, *names: str) -> None:
        """Mark these, and copy them; the first question is on the screen then."""
        for name in names:
            self.ui.stand_on(name)
            if len(names) > 1:
                self.ui.press("space")
                self.ui.wait(lambda name=name: name in self.ui.here.marked)  # type: ignore[misc]
        self.ui.order_no_wait("f5", "Copy", "enter")
        self.ui.wait_dialog(DIALOG)
        self.ui.terminal.wait_for(READY)


@pytest.fixture
def scene(
    ministack_server: Server, new_bucket: Callable[[Server], str], here: Path
) -> Iterator[Scene]:
    bucket = new_bucket(ministack_server)
    folder = here / "mine"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(mine(name))
        os.utime(folder / name, (OLD, OLD))
    far_side.put_all(ministack_server, bucket, dict.fromkeys(NAMES, b"theirs"))
    env = ministack_server.environment()
    with opened("--no-config", folder, f"s3://{bucket}/", env=env, cwd=here) as ui:
        made = Scene(ui, ministack_server, folder, bucket)
        made.both_true()
        yield made
        assert ui.quit() == 0
        assert ui.terminal.restored(), ui.terminal.leftovers()


def mine(name: str) -> bytes:
    return f"mine: {name}".encode()


UNTOUCHED = dict.fromkeys(NAMES, b"theirs")


def test_every_answer_about_one_file(scene: Scene) -> None:
    ui, wanted = scene.ui, dict[str, bytes | None](UNTOUCHED)

    def then(said: str) -> None:
        ui.wait_no_dialog()
        ui.said(said)
        scene.both_true()
        assert scene.theirs() == wanted

    scene.copy("one.txt")
    shown = ui.terminal.text()
    assert "From  one.txt" in shown
    assert "13  2014-05-13" in shown, shown
    assert "older" in shown
    ui.press("s")
    then("Copied 0 items, skipped 1.")

    scene.copy("one.txt")
    ui.press("enter")  # opens on Skip, which changes nothing
    then("Copied 0 items, skipped 1.")

    scene.copy("one.txt")
    ui.press("n")
    then("Copied 0 items, skipped 1.")

    scene.copy("one.txt")
    ui.press("escape")
    then("ancelled")

    scene.copy("one.txt")
    ui.press("k")
    wanted["one (2).txt"] = mine("one.txt")
    then("Copied 1 item.")

    scene.copy("one.txt")
    ui.press("r")
    ui.wait_dialog("Rename")
    ui.press("ctrl+e", "ctrl+u")
    ui.terminal.type_text("typed name.txt")
    ui.press("enter")
    wanted["typed name.txt"] = mine("one.txt")
    then("Copied 1 item.")

    os.utime(scene.folder / "one.txt", (FUTURE, FUTURE))
    ui.press("ctrl+r")
    ui.terminal.wait_for("96-10-02")
    scene.copy("one.txt")
    ui.press("n")
    wanted["one.txt"] = mine("one.txt")
    then("Copied 1 item.")

    (scene.folder / "a1.txt").write_bytes(b"again")
    ui.press("ctrl+r")
    ui.terminal.wait_for(
        lambda lines: any("a1.txt  " in row and "  5 " in row[:58] for row in lines)
    )
    scene.copy("a1.txt")
    ui.press("o")
    wanted["a1.txt"] = b"again"
    then("Copied 1 item.")


def test_one_answer_for_all_the_rest_and_cancel_half_way(scene: Scene) -> None:
    ui = scene.ui
    scene.copy("a1.txt", "a2.txt", "a3.txt")
    ui.press("o")
    ui.terminal.wait_for("From  a2.txt")
    ui.terminal.wait_for(READY)
    ui.press("escape")
    ui.wait_no_dialog()
    ui.said("ancelled")
    held = scene.theirs()
    assert held == {**UNTOUCHED, "a1.txt": mine("a1.txt")}
    assert ui.here.marked == {"a2.txt", "a3.txt"}, "what was not copied keeps its mark"
    scene.both_true()

    far_side.put_all(scene.server, scene.bucket, dict(UNTOUCHED))
    ui.press("+")
    ui.wait_dialog("Mark")
    ui.press("ctrl+u")
    ui.terminal.type_text("*.txt")
    ui.press("enter")
    ui.wait_no_dialog()
    ui.wait(lambda: ui.here.marked == set(NAMES))
    ui.order_no_wait("f5", "Copy", "enter")
    ui.wait_dialog(DIALOG)
    ui.terminal.wait_for(READY)
    ui.press("s")
    ui.terminal.wait_for("From  a2.txt")
    ui.terminal.wait_for(READY)
    ui.press("a")
    ui.terminal.wait_for("[x] a: the same for all the rest")
    ui.press("o")
    ui.wait_no_dialog()
    ui.said("Copied 3 items, skipped 1.")
    assert scene.theirs() == {name: mine(name) for name in NAMES} | {"a1.txt": b"theirs"}
    scene.both_true()
    ui.wait(lambda: ui.here.marked == {"a1.txt"})
