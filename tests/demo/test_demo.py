"""`tfm --demo`: its server, its samples, and what it leaves behind (nothing)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tfm.demo import demo
from tfm.demo.samples import VERSIONED, buckets, fill, folder
from tfm.model.cancel import NEVER
from tfm.model.location import parse
from tfm.storage.vfs import Vfs

PROJECT = Path(__file__).resolve().parents[2]


def until(holds: Callable[[], object], seconds: float = 15) -> None:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        pause.wait(0.02)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status not in "ZX"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo puts its things; looked at for leftovers."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


def test_the_samples_are_reachable_at_once(temporary: Path) -> None:
    with demo.running() as made:
        vfs = Vfs({"s3": {"endpoint_url": made.endpoint_url}})
        listing = vfs.scan(parse("s3://"))  # asked before the server can be up
        assert {entry.name for entry in listing.entries} == set(buckets())
        photos = vfs.scan(parse("s3://demo-photos/2026/islands/"))
        assert {entry.name for entry in photos.entries} == {
            "first week",
            "second week",
            "ferry.mp4",
        }
        assert vfs.scan(parse("s3://demo-photos/to be sorted/")).entries == ()
        (vfs_entry,) = vfs.scan(parse("s3://demo-website/drafts//")).entries
        assert vfs_entry.name == "two slashes.html"
        assert {path.name for path in made.folder.iterdir()} >= {"Read me first.txt", "Inbox"}
        assert [entry.name for entry in vfs.scan(parse("s3://demo-versions/plans/")).entries] == [
            "invitation.md",
            "walks.csv",
        ]
        with vfs.open_read(parse("s3://demo-website/index.html")) as reader:
            assert b"<h1>Walks</h1>" in reader.read(10_000)
        vfs.close()
    assert list(temporary.iterdir()) == []
    until(lambda: not alive(made.process_id))


def test_one_bucket_keeps_versions_and_one_file_is_archived(temporary: Path) -> None:
    with demo.running() as made:
        vfs = Vfs({"s3": {"endpoint_url": made.endpoint_url}})
        facet = vfs.facets(parse("s3://")).versions
        assert facet is not None

        def history(name: str) -> list[tuple[bool, int | None]]:
            pages = facet.versions(parse(f"s3://{VERSIONED}/{name}"), NEVER)
            return [(found.deleted, found.entry.size) for page in pages for found in page]

        sizes = [len(each.data) for each in buckets()[VERSIONED] if each.name == "plans/walks.csv"]
        assert history("plans/walks.csv") == [(False, size) for size in reversed(sizes)]
        assert [deleted for deleted, _ in history("plans/budget.csv")] == [True, False]
        minutes = vfs.scan(parse(f"s3://{VERSIONED}/minutes/")).entries
        classes = {each.name: getattr(each.details, "storage_class", "") for each in minutes}
        assert classes["2019-01.txt"] == "GLACIER"
        vfs.close()


def test_the_samples_are_rich_enough() -> None:
    objects = [sample for samples in buckets().values() for sample in samples]
    assert 55 <= len(objects) <= 120
    assert len({(sample.name, sample.age) for sample in objects}) == len(objects)
    assert any(len(sample.data) > 10 << 20 for sample in objects)
    assert any(sample.name.endswith("/") for sample in objects)
    assert any("//" in sample.name for sample in objects)
    assert sum(len(sample.data) for sample in objects) < 64 << 20


def test_the_folder_has_its_times(tmp_path: Path) -> None:
    fill(tmp_path, 1_700_000_000)
    for sample in folder():
        if not sample.name.endswith("/"):
            path = tmp_path / sample.name
            assert path.read_bytes() == sample.data
            assert path.stat().st_mtime == 1_700_000_000 - sample.age


def test_the_environment_is_borrowed_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "mine")
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    before = dict(os.environ)
    with demo.running():
        assert "AWS_PROFILE" not in os.environ and "AWS_SESSION_TOKEN" not in os.environ
        assert "https_proxy" not in os.environ
        assert Path(os.environ["AWS_CONFIG_FILE"]).read_bytes() == b""
    assert dict(os.environ) == before


def test_a_failing_block_leaves_nothing_behind(temporary: Path) -> None:
    class Fault(Exception):
        pass

    with pytest.raises(Fault), demo.running() as made:
        raise Fault
    assert list(temporary.iterdir()) == []
    assert not alive(made.process_id)


def test_without_moto_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "_is_installed", lambda name: name != "moto")
    with pytest.raises(demo.DemoMissing, match=r"pip install 'tfm\[demo\]'"), demo.running():
        raise AssertionError("not reached")


def test_killed_with_sigkill_the_server_goes_and_so_do_the_files(temporary: Path) -> None:
    script = (
        "import sys; from tfm.demo.demo import running\n"
        "with running() as made:\n"
        "    print(made.process_id, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        server = int(run.stdout.readline())
        assert alive(server)
        assert len(list(temporary.iterdir())) == 1
        run.send_signal(signal.SIGKILL)
        until(lambda: not alive(server))
    assert list(temporary.iterdir()) == []


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    """The demo in a terminal, both panes read."""
    with Terminal([sys.executable, "-m", "tfm", "--demo"], cwd=PROJECT, columns=120) as terminal:
        terminal.wait_for("Read me first.txt", 20)
        terminal.wait_for("demo-photos/", 20)
        yield terminal


@pytest.mark.e2e
def test_side_by_side_and_nothing_of_the_users_is_touched(
    screen: Terminal, home: Path, temporary: Path
) -> None:
    assert "s3://" in screen.text() and "Sample folder" in screen.text()
    screen.send("tab", "enter")
    screen.wait_for("covers/", 10)
    screen.send("q")
    screen.wait_quiet(0.3)
    if screen.process.poll() is None:
        screen.send("enter")
    assert screen.wait_exit(10) == 0
    assert list(temporary.iterdir()) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ended_by_a_signal(screen: Terminal, temporary: Path, number: signal.Signals) -> None:
    screen.signal(number)
    assert screen.wait_exit(5) in (128 + number, -number)
    until(lambda: list(temporary.iterdir()) == [], 5)
