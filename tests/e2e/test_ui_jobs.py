"""Jobs as the server sees them: cancelled uploads, counted requests, leaving while something runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.panes import Panes, bucket_rows, disk_rows, opened
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

MIB = 1024 * 1024

Buckets = Callable[[Server], str]
Proxies = Callable[[Server], Proxy]


def sparse(place: Path, size: int) -> Path:
    """A file of that size that takes no room."""
    with place.open("wb") as file:
        file.truncate(size)
    return place


def no_upload_left(proxy: Proxy, bucket: str) -> None:
    """Nothing of the upload is left at the server: no object, no part, under no name."""
    assert proxy.open_uploads() == []
    assert proxy.server.uploads(bucket) == []
    assert proxy.server.keys(bucket) == []


def copy_current(ui: Panes) -> None:
    ui.order("f5", "Copy", "enter")


def test_a_large_upload_cancelled_in_the_middle_leaves_nothing(
    ministack_server: Server, new_bucket: Buckets, proxy_for: Proxies, here: Path
) -> None:
    bucket, proxy, folder = new_bucket(ministack_server), proxy_for(ministack_server), here / "up"
    folder.mkdir()
    sparse(folder / "large.bin", 200 * MIB)
    with opened("--no-config", folder, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        ui.wait_rows("right", [])
        copy_current(ui)
        proxy.wait_for("UploadPart", 2, 30)
        ui.press("b")
        ui.wait_dialog("Jobs")
        ui.press("c")
        ui.terminal.wait_for("cancelled", 20)
        proxy.wait_for("AbortMultipartUpload", 1, 20, done=True)
        ui.press("escape")
        ui.wait_no_dialog()
        ui.wait_rows("right", [])
        ui.wait_rows("left", ["large.bin"])
        assert proxy.count("CompleteMultipartUpload") == 0
        no_upload_left(proxy, bucket)
        assert ui.quit() == 0
    no_upload_left(proxy, bucket)
    assert [file.name for file in folder.iterdir()] == ["large.bin"]


def test_quitting_while_a_job_runs_asks(
    ministack_server: Server, new_bucket: Buckets, proxy_for: Proxies, here: Path
) -> None:
    bucket, proxy, folder = new_bucket(ministack_server), proxy_for(ministack_server), here / "up"
    folder.mkdir()
    (folder / "a small").write_bytes(b"small")
    sparse(folder / "large.bin", 30 * MIB)
    with opened("--no-config", folder, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        hold = Hold()
        proxy.rule("PutObject", hold, key="a small")
        ui.wait_rows("right", [])
        copy_current(ui)
        hold.wait_reached()
        ui.press("q")
        ui.wait_dialog("Quit")
        ui.terminal.wait_for("1 job not finished yet.")
        ui.press("enter")  # opens on Cancel: stay
        ui.wait_no_dialog()
        hold.release()
        ui.said("Copied 1 item.")
        ui.wait_rows("right", ["a small"])
        assert far_side.body(ministack_server, bucket, "a small") == b"small"

        part = Hold()
        proxy.rule("UploadPart", part, nth=2)
        ui.stand_on("large.bin")
        copy_current(ui)
        part.wait_reached(20)
        ui.order_no_wait("f10", "Quit", "tab", "enter")
        assert ui.terminal.wait_exit(10) == 0
        assert ui.terminal.restored(), ui.terminal.leftovers()
    proxy.wait_for("AbortMultipartUpload")
    assert proxy.open_uploads() == []
    assert ministack_server.uploads(bucket) == []
    assert ministack_server.keys(bucket) == ["a small"]


def test_a_tree_of_2500_objects_goes_in_three_requests(
    moto_server: Server, new_bucket: Buckets, proxy_for: Proxies, here: Path
) -> None:
    bucket, proxy, number = new_bucket(moto_server), proxy_for(moto_server), 2500
    tree = {f"tree/{n % 50:02}/{n:04}": b"" for n in range(number)}
    far_side.put_all(moto_server, bucket, tree | {"tree2": b"a neighbour", "zz": b"another"})
    with opened("--no-config", here, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        ui.wait_rows("right", ["tree/", "tree2", "zz"])
        ui.to("right")
        ui.stand_on("tree/")
        ui.press("k")
        ui.wait_dialog("Delete")
        ui.terminal.wait_for("2,500 files")
        proxy.reset()
        ui.press("d")
        ui.said("Deleted 2,5", 60)
        ui.wait_rows("right", ["tree2", "zz"])
        assert moto_server.keys(bucket) == ["tree2", "zz"]
        # The tree is listed anew, never taken from the cache; other listings are those of the pane,
        # which is read again while the job goes on.
        assert proxy.counts().keys() == {"ListObjectsV2", "DeleteObjects"}, proxy.counts()
        assert proxy.count("DeleteObjects") == 3
        prefixes = [asked.query["prefix"] for asked in proxy.exchanges("ListObjectsV2")]
        assert prefixes.count("tree/") == 3
        assert set(prefixes) == {"tree/", ""}
        assert ui.quit() == 0


def test_a_directory_of_900_objects_is_listed_once(
    moto_server: Server, new_bucket: Buckets, proxy_for: Proxies, here: Path
) -> None:
    bucket, proxy = new_bucket(moto_server), proxy_for(moto_server)
    far_side.put_all(moto_server, bucket, {f"many/{n:03}.txt": b"" for n in range(900)})
    (here / "000a.txt").write_bytes(b"new")
    with opened("--no-config", here, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        ui.wait_rows("left", disk_rows(here))
        ui.wait_rows("right", ["many/"])
        ui.to("right")
        proxy.reset()
        ui.press("enter")
        ui.wait_place("right", f"s3://{bucket}/many/ ")
        assert "900 files" in ui.pane("right").footer
        proxy.expect({"ListObjectsV2": 1})
        for _ in range(2):
            ui.press("backspace")
            ui.wait_current("many/")
            ui.press("enter")
            ui.wait(lambda: ui.pane("right").names[:2] == ("000.txt", "001.txt"))
            ui.wait_place("right", f"s3://{bucket}/many/ ")
        proxy.expect({"ListObjectsV2": 1})
        ui.to("left")
        ui.stand_on("000a.txt")
        copy_current(ui)
        ui.said("Copied 1 item.")
        ui.wait(lambda: ui.pane("right").names[:2] == ("000.txt", "000a.txt"))
        ui.wait(lambda: "901 files" in ui.pane("right").footer)
        # HeadObject: whether the name is free, before a byte is sent.
        proxy.expect({"ListObjectsV2": 2, "HeadObject": 1, "PutObject": 1})
        ui.to("right")
        ui.press("end")
        ui.wait_current("899.txt")
        ui.press("backspace")
        ui.wait_current("many/")
        assert bucket_rows(moto_server, bucket) == ["many/"]
        ui.wait_rows("right", ["many/"])
        assert ui.quit() == 0
