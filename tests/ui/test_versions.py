"""Versions on the screen: shown, compared, copied, restored, removed, brought back; a pane of what was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.server import Server
from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.location import S3, Location, local
from tfm.model.past import at_moment, is_past
from tfm.ops.versions import Outdated
from tfm.session.session import Side
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs
from tfm.ui.actions import versions as actions
from tfm.ui.actions.reasons import PAST, why_not
from tfm.ui.actions.versions import parse_keep
from tfm.ui.dialogs.versions import DoomDialog, VersionsDialog
from tfm.ui.screen import PanesScreen
from tfm.ui.viewers.diff import DiffViewer
from tfm.ui.viewers.text import Viewer


@dataclass
class Bucket:
    """A bucket with versions in the left pane, an empty directory in the right one."""

    rig: Rig
    client: Any
    name: str
    storage: S3Storage

    def put(self, key: str, data: bytes = b"x") -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def kept(self) -> int:
        told = self.client.list_object_versions(Bucket=self.name)
        return len(told.get("Versions", ())) + len(told.get("DeleteMarkers", ()))


def opened(
    server: Server, bucket: str, right: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Rig, S3Storage]:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(S3, {"endpoint_url": server.endpoint_url, "outage_wait": 0.0})
    vfs = Vfs(storages={S3: storage})
    return Rig(Location(S3, f"{bucket}/"), local(right), vfs=vfs), storage


@pytest.fixture
def box(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bucket]:
    name, right = new_bucket(moto_server), tmp_path / "right"
    right.mkdir()
    client = moto_server.client()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=name, Key="notes.txt", Body=b"old words\n")
    client.put_object(Bucket=name, Key="notes.txt", Body=b"new words\n")
    rig, storage = opened(moto_server, name, right, monkeypatch)
    yield Bucket(rig, client, name, storage)
    storage.close()


async def shown(it: Driven, versions: int) -> VersionsDialog:
    """Open the versions of the file at the cursor."""
    it.app.run_action_id("versions")

    def known() -> bool:
        dialog = it.app.screen
        return isinstance(dialog, VersionsDialog) and dialog.ended

    await it.until(known, "its versions are known")
    dialog = it.app.screen
    assert isinstance(dialog, VersionsDialog)
    assert len(dialog.versions) == versions
    return dialog


def test_an_old_version_is_viewed_compared_and_copied(box: Bucket, tmp_path: Path) -> None:
    async def scenario(it: Driven) -> None:
        await shown(it, 2)
        assert "2 versions, 20 bytes in all" in it.screen()
        lines = it.screen().splitlines()
        [head] = [line for line in lines if "Stored" in line]
        rows = [line for line in lines if "STANDARD" in line]
        assert [row.index("STANDARD") for row in rows] == [head.index("Class")] * 2
        await it.press("d")
        await it.until(lambda: "choose an older one to compare with it" in it.screen())
        await it.press("down", "v")
        await it.until(lambda: "old words" in it.screen())
        assert isinstance(it.app.screen, Viewer)
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, VersionsDialog))
        await it.press("d")
        await it.until(lambda: "old words" in it.screen() and "new words" in it.screen())
        assert isinstance(it.app.screen, DiffViewer)
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, VersionsDialog))
        await it.press("c")
        await it.jobs_ended()
        assert (tmp_path / "right" / "notes.txt").read_bytes() == b"old words\n"

    box.rig.drive(scenario)


def test_a_version_is_restored_and_the_one_of_now_stays_as_a_version(box: Bucket) -> None:
    async def scenario(it: Driven) -> None:
        await shown(it, 2)
        await it.press("r")
        await it.until(lambda: "there now" in it.screen(), "the one of now cannot be restored")
        await it.press("down", "r")
        await it.until(lambda: "What is there now stays as a version." in it.screen())
        await it.press("r")
        await it.jobs_ended()
        assert box.read("notes.txt") == b"old words\n"
        await shown(it, 3)

    box.rig.drive(scenario)


def test_where_nothing_can_be_changed_the_list_says_so(box: Bucket) -> None:
    box.rig.vfs.read_only = True

    async def scenario(it: Driven) -> None:
        await shown(it, 2)
        for key in ("r", "e", "u"):
            await it.press("down", key)
            await it.until(lambda: "tfm runs with --read-only." in it.screen())
            assert isinstance(it.app.screen, VersionsDialog)

    box.rig.drive(scenario)


def test_deleting_one_says_what_comes_of_it(box: Bucket) -> None:
    async def scenario(it: Driven) -> None:
        await shown(it, 2)
        await it.press("e")
        await it.until(lambda: "is the one of now then" in it.screen())
        assert "cannot be undone" in it.screen()
        await it.press("enter")  # it opens on Cancel
        assert box.kept() == 2
        assert isinstance(it.app.screen, VersionsDialog), "one looks on at the list"
        await it.press("e")
        await it.press("d")
        await it.jobs_ended()
        assert box.read("notes.txt") == b"old words\n"
        await shown(it, 1)
        await it.press("e")
        await it.until(lambda: "the only one" in it.screen())

    box.rig.drive(scenario)


def test_more_deleted_files_than_are_shown_are_told(
    box: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_MOST_DELETED", 2)
    for name in ("a", "b", "c"):
        box.put(name)
        box.delete(name)

    async def scenario(it: Driven) -> None:
        it.app.run_action_id("deleted")
        await it.until(lambda: "There may be more" in it.screen())
        assert sum(f" {name} " in it.screen() for name in ("a", "b", "c")) == 2

    box.rig.drive(scenario)


@pytest.mark.parametrize("action", ["versions", "deleted"])
def test_no_list_stays_where_it_turns_out_that_nothing_is_kept(on_s3: OnS3, action: str) -> None:
    async def scenario(it: Driven) -> None:
        assert why_not(it.app, ACTIONS[action]) == "", "nobody has asked yet"
        it.app.run_action_id(action)
        await it.until(lambda: it.status == "This bucket keeps no versions.")
        assert isinstance(it.app.screen, PanesScreen)

    on_s3.rig.drive(scenario)


def test_what_was_deleted_is_found_and_brought_back(box: Bucket) -> None:
    box.put("d/gone.txt", b"gone")
    box.put("d/here.txt")
    box.delete("d/gone.txt")
    put = box.client.put_object(Bucket=box.name, Key="d/never.txt", Body=b"x")
    box.delete("d/never.txt")
    box.client.delete_object(Bucket=box.name, Key="d/never.txt", VersionId=put["VersionId"])

    async def scenario(it: Driven) -> None:
        it.app.run_action_id("deleted")
        await it.until(lambda: "d/gone.txt" in it.screen())
        assert "never.txt" not in it.screen()
        assert "there u undeletes it" in it.screen()
        assert "here.txt" not in it.screen()
        await it.press("enter")
        await it.until(lambda: "deleted 1 ×" in it.screen())
        assert "(m " not in it.screen(), "that one is shown already"
        await it.press("v")
        await it.until(lambda: "marks a delete" in it.screen())
        await it.press("u")
        await it.jobs_ended()
        assert box.read("d/gone.txt") == b"gone"
        assert it.status.startswith("Undeleted 1 item")

    box.rig.drive(scenario)


def test_delete_says_that_it_stays_as_a_version(box: Bucket) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("k")
        await it.until(lambda: "stays as a version and can be undeleted" in it.screen())
        await it.press("escape")
        await it.press("M")
        await it.until(lambda: "The old name stays as a version" in it.screen())
        await it.press("escape")
        await it.press("r")
        await it.until(lambda: "The old name stays as a version" in it.screen())

    box.rig.drive(scenario)


def test_another_class_says_what_stays_in_the_old_one(box: Bucket) -> None:
    async def scenario(it: Driven) -> None:
        assert it.app.vfs.known_keeping(it.pane.place) is None, "nobody has asked yet"
        await it.press("comma", "s")
        await it.until(lambda: "GLACIER_IR" in it.screen())
        await it.press(*["down"] * 4, "enter")
        await it.until(lambda: "stays as a version in its class too" in it.screen())

    box.rig.drive(scenario, (80, 24))


def test_all_versions_go_only_after_their_number_was_typed(box: Bucket) -> None:
    box.put("d/other")
    box.delete("d/other")
    box.put("d/more")

    async def scenario(it: Driven) -> None:
        await it.press("A")
        it.app.run_action_id("delete_versions")
        await it.until(lambda: "5 versions of 3 files" in it.screen())
        assert "with 1 delete marker;" in it.screen()
        assert "cannot be undone" in it.screen()
        await it.press("tab", "enter")
        await it.until(lambda: "not their number" in it.screen())
        await it.press("5", "enter")
        await it.jobs_ended()
        assert box.kept() == 0
        assert it.status.startswith("Deleted for good 5 items")

    box.rig.drive(scenario)


def test_a_bucket_that_wants_a_code_gets_it(box: Bucket) -> None:
    sent: list[object] = []

    def look(client: Any) -> None:
        events = client.meta.events
        events.register(
            "after-call.s3.GetBucketVersioning",
            lambda parsed, **_more: parsed.update(MFADelete="Enabled"),
        )
        events.register(
            "before-call.s3.DeleteObjects",
            lambda params, **_more: sent.append(params["headers"].get("x-amz-mfa")),
        )

    box.storage.on_new_client(look)

    async def scenario(it: Driven) -> None:
        await shown(it, 2)
        await it.press("down", "e")
        await it.press("d")
        await it.until(lambda: "serial number or ARN" in it.screen())
        await it.press(*"only", "enter")
        await it.until(lambda: "a blank, and the code" in it.screen())
        await it.press("ctrl+u", *"dev1 123456", "enter")
        await it.jobs_ended()
        assert sent == ["dev1 123456"]
        assert box.kept() == 1

    box.rig.drive(scenario)


def test_old_versions_are_pruned_by_count(box: Bucket) -> None:
    box.put("notes.txt", b"newest words\n")

    async def scenario(it: Driven) -> None:
        it.app.run_action_id("prune_versions")
        await it.until(lambda: "How many old versions" in it.screen())
        await it.press("ctrl+u", "x", "enter")
        await it.until(lambda: "Write a number" in it.screen())
        await it.press("ctrl+u", "1", "enter")
        await it.until(lambda: isinstance(it.app.screen, DoomDialog))
        await it.until(lambda: "1 version of 1 file; 10 bytes" in it.screen())
        assert "but keep the newest 1 of each file?" in it.screen()
        await it.press("1", "tab", "enter")
        await it.jobs_ended()
        assert box.kept() == 2
        assert box.read("notes.txt") == b"newest words\n"
        for typed, asked in (
            ("0", "Delete all old versions of “notes.txt”?"),
            ("0 1d", "but keep those replaced or deleted in the last 1 day?"),
            ("2 30d", "but keep the newest 2 of each file and those"),
        ):
            it.app.run_action_id("prune_versions")
            await it.until(lambda: "How many old versions" in it.screen())
            await it.press("ctrl+u", *typed, "enter")
            await it.until(lambda: "What is there now stays." in it.screen())
            assert asked in it.screen()
            await it.press("escape")

    box.rig.drive(scenario)


def test_a_pane_shows_what_was(box: Bucket, tmp_path: Path) -> None:
    # the server tells whole seconds: what is to differ must lie in another one
    box.put("soon-gone.txt", b"was here")

    async def scenario(it: Driven) -> None:
        moment = int(time.time())
        await it.until(lambda: time.time() >= moment + 1, "the next second")
        box.delete("soon-gone.txt")
        it.app.run_action_id("as_it_was")
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
        await it.type(stamp)
        await it.press("enter")
        await it.loaded()
        assert is_past(it.pane.place.root)
        assert it.rows(Side.LEFT) == ["notes.txt", "soon-gone.txt"]
        assert "as of " in it.screen()
        for action in ("delete", "move", "rename", "mkdir", "edit"):
            assert why_not(it.app, ACTIONS[action]) == PAST
        for key in ("f8", "f4", "f7", "f6", "r"):
            await it.press(key)
            assert isinstance(it.app.screen, PanesScreen), key
            assert it.status == "This pane shows the past, which cannot be changed.", key
        assert why_not(it.app, ACTIONS["copy"]) == ""
        await it.press("end", "c", "enter")
        await it.jobs_ended()
        assert (tmp_path / "right" / "soon-gone.txt").read_bytes() == b"was here"
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "2 objects, 18" in it.screen(), "the count of what was")
        assert f"as of {stamp}" in it.screen(), "and it says so"
        await it.press("v")
        await it.until(lambda: "counted in the present only" in it.screen())
        await it.press("escape")
        it.app.run_action_id("as_it_was")
        await it.press("ctrl+u", "enter")
        await it.loaded()
        assert not is_past(it.pane.place.root)
        await it.press("ctrl+r")
        await it.until(lambda: it.rows(Side.LEFT) == ["notes.txt"])

    box.rig.drive(scenario)


def test_the_past_of_a_read_only_connection_refuses_before_it_asks(
    box: Bucket, moto_server: Server, tmp_path: Path
) -> None:
    root = at_moment(S3, time.time_ns())
    frozen = S3Storage(S3, {"endpoint_url": moto_server.endpoint_url, "read_only": True})
    vfs = Vfs(storages={S3: frozen})
    rig = Rig(Location(root, f"{box.name}/"), local(tmp_path / "right"), vfs=vfs)

    async def scenario(it: Driven) -> None:
        for action in ("delete_versions", "prune_versions"):
            assert why_not(it.app, ACTIONS[action]) == "this connection is read-only"
            it.app.run_action_id(action)
            assert isinstance(it.app.screen, PanesScreen)
            assert it.status == "This connection is read-only."
        await it.press("comma", "i")
        await it.until(lambda: "2 versions, 20 bytes in all" in it.screen())
        await it.press("down")
        for key in ("r", "delete"):
            await it.press(key)
            assert isinstance(it.app.screen, VersionsDialog), key
            await it.until(lambda: "This connection is read-only." in it.screen())

    rig.drive(scenario)
    frozen.close()
    assert box.kept() == 2


@pytest.mark.parametrize("action", ["prune_versions", "delete_versions"])
def test_where_nothing_is_kept_it_says_so_before_it_asks(on_s3: OnS3, action: str) -> None:
    async def scenario(it: Driven) -> None:
        it.app.run_action_id(action)
        await it.until(lambda: it.status == "This bucket keeps no versions.")
        assert isinstance(it.app.screen, PanesScreen)

    on_s3.rig.drive(scenario)


def test_in_the_list_of_buckets_it_says_to_open_one(box: Bucket, tmp_path: Path) -> None:
    rig = Rig(Location(S3, ""), local(tmp_path / "right"), vfs=box.rig.vfs)

    async def scenario(it: Driven) -> None:
        about_versions = ("deleted", "versions", "prune_versions", "as_it_was")
        for action in (*about_versions, "unfinished_uploads", "share_link", "qr_link", "mark_tag"):
            it.app.run_action_id(action)
            assert isinstance(it.app.screen, PanesScreen), action
            assert it.status == "Open a bucket first.", action
            assert why_not(it.app, ACTIONS[action]) == "open a bucket first"
        it.app.navigator.enter(Side.LEFT, Location(S3, f"{box.name}/"))
        await it.loaded()
        assert why_not(it.app, ACTIONS["versions"]) == ""

    rig.drive(scenario)


def test_where_nothing_is_kept_no_past_is_shown(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "w", *"3h", "enter")
        await it.until(lambda: it.status == "This bucket keeps no versions.")
        assert not is_past(it.pane.place.root)

    on_s3.rig.drive(scenario)


def test_from_a_past_without_versions_one_comes_back(on_s3: OnS3) -> None:
    here = Location(S3, f"{on_s3.bucket}/d/")

    async def scenario(it: Driven) -> None:
        it.app.navigator.enter(Side.LEFT, Location(at_moment(S3, time.time_ns()), here.key))
        await it.loaded()
        it.app.run_action_id("versions")
        await it.until(lambda: it.status == "This bucket keeps no versions.")
        assert why_not(it.app, ACTIONS["as_it_was"]) == ""
        await it.press("comma", "w", "ctrl+u", "enter")
        await it.until(lambda: it.pane.place == here)

    on_s3.rig.drive(scenario)


def test_links_and_tags_of_the_past_say_how_to_go_back(box: Bucket) -> None:
    box.put("a.txt")
    was = at_moment(Location(S3, f"{box.name}/").root, time.time_ns())

    async def scenario(it: Driven) -> None:
        it.app.navigator.enter(Side.LEFT, Location(was, f"{box.name}/"))
        await it.loaded()
        for action in ("share_link", "qr_link", "mark_tag"):
            it.app.run_action_id(action)
            await it.until(lambda: ", w goes back to now" in it.status, action)
            assert ", w goes back to now" in why_not(it.app, ACTIONS[action])
        assert why_not(it.app, ACTIONS["unfinished_uploads"]) == "", "these are of now"

    box.rig.drive(scenario)


def test_where_there_are_no_versions_it_says_so(
    rclone_server: Server,
    new_bucket: Callable[[Server], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = new_bucket(rclone_server)
    rclone_server.client().put_object(Bucket=name, Key="file", Body=b"x")
    rig, storage = opened(rclone_server, name, tmp_path, monkeypatch)

    async def scenario(it: Driven) -> None:
        assert why_not(it.app, ACTIONS["versions"]) == ""  # nobody has asked yet
        it.app.run_action_id("versions")
        await it.until(lambda: it.status == "This bucket keeps no versions.")
        assert isinstance(it.app.screen, PanesScreen), "no empty list stays"
        for action in ("versions", "deleted", "as_it_was", "delete_versions", "prune_versions"):
            assert why_not(it.app, ACTIONS[action]) == "this bucket keeps no versions"
        it.app.run_action_id("versions")
        await it.until(lambda: "This bucket keeps no versions" in it.status)
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("k")
        await it.until(lambda: "This is permanent: the bucket keeps no versions." in it.screen())
        await it.press("escape", "tab")
        assert why_not(it.app, ACTIONS["as_it_was"]) == "only buckets keep versions"

    try:
        rig.drive(scenario)
    finally:
        storage.close()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("3", Outdated(3)),
        ("30d", Outdated(0, 10**18 - 30 * 86400 * 10**9)),
        ("2, 7d", Outdated(2, 10**18 - 7 * 86400 * 10**9)),
    ],
)
def test_what_is_to_be_kept(text: str, rule: Outdated) -> None:
    assert parse_keep(text, 10**18) == rule


@pytest.mark.parametrize("text", ["", "d", "-1", "3 weeks", "²"])
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="Write a number"):
        parse_keep(text, 0)
