"""Every script that comes with tfm, run as tfm runs it, on names that mean harm."""

import io
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.servers.server import Server
from tfm.config.programs import DEFAULT_PROGRAMS, SHIPPED
from tfm.external.env import Shown, Situation, tell, working_directory
from tfm.model.location import Location, local, parse

EVIL = "$(touch PWNED)\nsecond line"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    (made / EVIL).write_text("evil\n")
    (made / "-rf").write_text("dash\n")
    (made / "same").write_text("dash\n")
    (made / "big").write_bytes(b"\0\1\2" * 100_000)
    return made


def run(
    tool: str,
    this: Shown,
    other: Shown | None = None,
    *,
    typed: str = "",
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a script; what it asks is answered by `typed`, its pager is cat."""
    told = tell(Situation(this, other or Shown(local("/"))), os.environ)
    runner = sys.executable if tool.endswith(".py") else "sh"
    environ = {**told.environ, "PAGER": "cat", **(env or {})}
    cwd = working_directory(this.place, "/")
    ran = subprocess.run(
        [runner, str(SHIPPED / tool)],
        env=environ, cwd=cwd, input=typed, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    told.close()
    return ran


def shown(folder: Path, *names: str) -> Shown:
    here = local(folder)
    return Shown(here, tuple(here.child(name) for name in names))


@pytest.mark.parametrize("script", sorted(SHIPPED.glob("*.sh")), ids=lambda path: path.name)
def test_every_shell_script_is_plain_posix(script: Path) -> None:
    checked = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_script_is_a_program_of_the_menu() -> None:
    started = {Path(each.command[-1]).name for each in DEFAULT_PROGRAMS}
    assert {path.name for path in SHIPPED.glob("*.*")} <= started | {"__init__.py"}


def test_disk_usage_lists_the_selection_largest_first(folder: Path) -> None:
    ran = run("disk_usage.sh", shown(folder, "-rf", EVIL, "big"))
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0].endswith("/big")
    assert " K " in lines[0]
    assert any("in all" in line for line in lines)
    assert any("$(touch PWNED)" in line for line in lines)
    assert not (folder / "PWNED").exists()


def test_disk_usage_refuses_a_bucket(folder: Path) -> None:
    ran = run("disk_usage.sh", Shown(parse("s3://b/")))
    assert ran.returncode == 1
    assert "local disks" in ran.stderr


def test_system_and_network_say_something_true(folder: Path) -> None:
    system = run("system_info.sh", shown(folder))
    assert system.returncode == 0
    assert os.uname().nodename in system.stdout
    network = run("network_info.sh", shown(folder))
    assert network.returncode == 0
    assert network.stdout.strip()


def test_files_are_compared_in_one_pane_or_across(folder: Path, tmp_path: Path) -> None:
    two = run("compare_files.sh", shown(folder, EVIL, "-rf"))
    assert two.returncode == 0
    assert "-evil" in two.stdout
    assert "+dash" in two.stdout
    across = run("compare_files.sh", shown(folder, "-rf"), shown(folder, EVIL))
    assert "-dash" in across.stdout
    assert "+evil" in across.stdout
    same = run("compare_files.sh", shown(folder, "-rf"), shown(folder, "same"), typed="\n")
    assert "the same" in same.stdout
    assert run("compare_files.sh", shown(folder)).returncode == 2
    assert "is not a file" in run("compare_files.sh", shown(tmp_path, "folder", "x")).stderr


def test_preview_of_text_bytes_and_archives(folder: Path) -> None:
    assert run("preview.sh", shown(folder, EVIL)).stdout == "evil\n"
    assert "00 01 02 00" in run("preview.sh", shown(folder, "big")).stdout[:200]
    subprocess.run(["tar", "-cf", "a.tar", "--", "same"], cwd=folder, check=True)
    assert "same" in run("preview.sh", shown(folder, "a.tar")).stdout
    assert run("preview.sh", shown(folder)).returncode == 2


def test_the_editor_gets_every_file_as_one_word(folder: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nfor each do printf "%s\\0" "$each"; done > "$OUT"\n')
    editor.chmod(0o755)
    out = tmp_path / "out"
    ran = run(
        "open_in_editor.sh",
        shown(folder, EVIL, "-rf"),
        env={"EDITOR": f"{editor} --wait", "OUT": str(out)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    words = out.read_text().split("\0")
    assert words == ["--wait", str(folder / EVIL), str(folder / "-rf"), ""]
    assert run("open_in_editor.sh", shown(folder)).returncode == 1


@pytest.fixture
def far(
    moto_server: Server, new_bucket: Callable[[Server], str]
) -> tuple[Location, dict[str, str]]:
    """A bucket, and the environment of a program with the option `aws`."""
    bucket = new_bucket(moto_server)
    client = moto_server.client()
    for key in ("dir/one.txt", "dir/sub/two.bin", "dir/\x1b[2Jevil"):
        client.put_object(Bucket=bucket, Key=key, Body=b"12345", Metadata={"owner": "me"})
    return parse(f"s3://{bucket}/dir/"), dict(moto_server.environment())


@pytest.fixture
def in_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a Python tool in this process, which has paid for boto3 already; its status and words."""

    def run_it(tool: str, this: Shown, env: Mapping[str, str], typed: str = "") -> tuple[int, str]:
        told = tell(Situation(this, Shown(local("/"))), os.environ)
        for name, value in {**told.environ, **env}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(SHIPPED / tool), run_name="__main__")
        told.close()
        words = capsys.readouterr()
        assert not words.err
        assert isinstance(ended.value.code, int)
        return ended.value.code, words.out

    return run_it


def test_s3_information(
    far: tuple[Location, dict[str, str]], in_here: Callable[..., tuple[int, str]]
) -> None:
    place, env = far
    this = Shown(place, (place.child("one.txt"), place.child("sub", directory=True)))
    code, out = in_here("s3_info.py", this, env)
    assert code == 0
    assert "Beneath:   3 objects, 15 bytes" in out
    assert "dir/one.txt" in out
    assert "owner: me" in out
    assert "4 requests" in out
    assert place.container in in_here("s3_info.py", Shown(parse("s3://")), env)[1]


def test_s3_information_needs_a_place_on_s3() -> None:
    ran = run("s3_info.py", Shown(local("/")))
    assert (ran.returncode, ran.stderr) == (2, "The active pane shows no S3 place.\n")


def test_s3_browser(
    far: tuple[Location, dict[str, str]], in_here: Callable[..., tuple[int, str]]
) -> None:
    place, env = far
    code, out = in_here("s3_browser.py", Shown(place), env, "1\n..\n3\n..\n..\nq\n")
    assert code == 0
    assert "two.bin" in out
    assert "ContentLength: 5" in out
    assert "\x1b" not in out
    assert place.container in out
    assert in_here("s3_browser.py", Shown(place), env)[0] == 0  # the input ends


def test_tools_reach_the_server_of_the_pane_without_a_secret(moto_server: Server) -> None:
    from tfm.storage.vfs import Vfs

    options = {
        "s3": {"endpoint_url": moto_server.endpoint_url, "region": "eu-west-1", "profile": "work"}
    }
    vfs = Vfs(options)
    outside = vfs.facets(parse("s3://b/")).outside
    assert outside is not None
    assert outside.environ(parse("s3://b/")) == {
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL": moto_server.endpoint_url,
        "AWS_ENDPOINT_URL_S3": moto_server.endpoint_url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    named = vfs.facets(parse("s3://other@b/")).outside
    assert named is not None
    assert named.environ(parse("s3://other@b/"))["AWS_PROFILE"] == "other"
    assert vfs.facets(local("/")).outside is None
    vfs.close()
