"""A program's run from beginning to end, with local files and with copies of remote ones."""

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.rig import write
from tfm.config.places import make_private
from tfm.external.command import NotFoundProgram
from tfm.external.env import Shown, Situation
from tfm.external.errand import (
    MOST_LENT,
    Done,
    Errand,
    Prepared,
    Refused,
    discard,
    finish,
    leave_to_look_at,
    prepare,
    told_of,
)
from tfm.jobs.audit import AuditError, AuditLog, written_down
from tfm.model.location import Location, local, parse
from tfm.model.program import Lend, Program
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

FAR = parse("mem://b/dir/")
CHANGE = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'ab').write(b' and more')\n"
CHANGER = Program("Changer", (sys.executable, "-c", CHANGE), arguments=True, lend=Lend.THIS)


@pytest.fixture
def vfs() -> Vfs:
    vfs = Vfs(storages={FAR.root: MemoryStorage(FAR.root, {})})
    vfs.mkdir(parse("mem://b/"))
    for name in ("one.txt", "-rf", "$(touch PWNED)"):
        write(vfs, f"{FAR}{name}", name.encode())
    return vfs


class Ground:
    """Where copies are made, and how an errand is run."""

    def __init__(self, vfs: Vfs, folder: Path) -> None:
        self.vfs = vfs
        self.folder = folder
        self.made: list[Path] = []

    def make(self) -> Path:
        path = self.folder / f"lent{len(self.made)}"
        path.mkdir()
        self.made.append(path)
        return path

    def prepare(self, program: Program, *selected: str, new: Location | None = None) -> Prepared:
        this = Shown(FAR, tuple(FAR.child(name) for name in selected))
        situation = Situation(this, Shown(local(self.folder)))
        errand = Errand(program, situation, os.environ, str(self.folder), new_file=new)
        return prepare(self.vfs, errand, self.make)

    def run(self, prepared: Prepared, *, fine: bool = True) -> Done:
        subprocess.run(prepared.argv, cwd=prepared.cwd, env=prepared.environ, check=True)
        return finish(self.vfs, prepared, fine=fine)

    def content(self, name: str) -> bytes:
        with self.vfs.open_read(FAR.child(name)) as reader:
            return reader.read(100)


@pytest.fixture
def ground(vfs: Vfs, tmp_path: Path) -> Ground:
    return Ground(vfs, tmp_path)


def test_copies_are_lent_and_changes_go_home(ground: Ground) -> None:
    prepared = ground.prepare(CHANGER, "one.txt", "-rf", "$(touch PWNED)")
    assert prepared.cwd == str(ground.made[0] / "this")
    assert prepared.environ["TFM_THIS_DIR"] == prepared.cwd
    done = ground.run(prepared)
    assert done.written == 3
    assert told_of(done) == "3 files written."
    assert ground.content("one.txt") == b"one.txt and more"
    assert ground.content("-rf") == b"-rf and more"
    assert ground.content("$(touch PWNED)") == b"$(touch PWNED) and more"
    assert not ground.made[0].exists()
    assert not prepared.told.folder.exists()


def test_each_way_home_is_written_down_and_none_is_taken_that_cannot_be(
    ground: Ground, tmp_path: Path
) -> None:
    log = AuditLog(tmp_path / "audit", make_private, largest=1 << 20, required=True)

    def noted(place: Location) -> AbstractContextManager[None]:
        return written_down(log, ground.vfs, "edit", "Write back", (place,))

    prepared = ground.prepare(CHANGER, "one.txt")
    subprocess.run(prepared.argv, cwd=prepared.cwd, env=prepared.environ, check=True)
    assert finish(ground.vfs, prepared, fine=True, noted=noted).written == 1
    begin, end = [json.loads(line) for line in log.file.read_text().splitlines()]
    assert (begin["act"], begin["places"]) == ("edit", [f"{FAR}one.txt"])
    assert (end["job"], end["result"]) == (begin["job"], "done")
    log.file.unlink()
    log.file.mkdir()
    prepared = ground.prepare(CHANGER, "-rf")
    subprocess.run(prepared.argv, cwd=prepared.cwd, env=prepared.environ, check=True)
    (stuck,) = finish(ground.vfs, prepared, fine=True, noted=noted).returned
    assert isinstance(stuck.error, AuditError)
    assert ground.content("-rf") == b"-rf"
    assert stuck.borrowed.copy.read_bytes() == b"-rf and more"


def test_what_did_not_change_costs_nothing(ground: Ground) -> None:
    idle = replace(CHANGER, command=(sys.executable, "-c", ""))
    done = ground.run(ground.prepare(idle, "one.txt"))
    assert (done, told_of(done)) == (Done(), "")
    assert not ground.made[0].exists()


def test_a_program_that_fails_writes_nothing_but_the_work_is_kept(ground: Ground) -> None:
    done = ground.run(ground.prepare(CHANGER, "one.txt", "-rf"), fine=False)
    assert ground.content("one.txt") == b"one.txt"
    assert [each.copy.read_bytes() for each in done.kept] == [b"one.txt and more", b"-rf and more"]
    assert str(done.kept[0].copy) in told_of(done)


@pytest.mark.parametrize("name", ["other.txt", "sub/deep.txt"])
def test_what_a_program_writes_beside_the_copy_stays(ground: Ground, name: str) -> None:
    script = (
        f"import os; os.makedirs('sub'); open('{name}', 'w').write('mine'); open('one.txt~', 'w')"
    )
    saves_as = replace(CHANGER, command=(sys.executable, "-c", script))
    done = ground.run(ground.prepare(saves_as, "one.txt"))
    kept = ground.made[0] / "this" / name
    assert kept.read_text() == "mine"
    assert str(kept) in told_of(done)
    assert not (ground.made[0] / "this" / "one.txt").exists()


def test_what_an_editor_that_was_killed_left_beside_the_file_stays_with_it(ground: Ground) -> None:
    killed = replace(CHANGER, command=(sys.executable, "-c", "open('.one.txt.swp', 'w')"))
    done = ground.run(ground.prepare(killed, "one.txt"), fine=False)
    names = {path.name for path in (ground.made[0] / "this").iterdir()}
    assert names == {"one.txt", ".one.txt.swp"}
    assert ".one.txt.swp" in told_of(done)


@pytest.mark.parametrize("puts", ["os.mkdir('one.txt')", "os.symlink('one.txt', 'one.txt')"])
def test_one_copy_that_cannot_be_read_again_keeps_none_of_the_others_here(
    ground: Ground, puts: str
) -> None:
    script = f"import os; os.remove('one.txt'); {puts}; open('-rf', 'w').write('new')"
    breaks = replace(CHANGER, command=(sys.executable, "-c", script))
    first, second = ground.run(ground.prepare(breaks, "one.txt", "-rf")).returned
    assert first.error is not None
    assert second.error is None
    assert (ground.content("one.txt"), ground.content("-rf")) == (b"one.txt", b"new")


def test_what_somebody_else_changed_is_asked_about_and_the_rest_goes_home(ground: Ground) -> None:
    prepared = ground.prepare(CHANGER, "one.txt", "-rf")
    ground.vfs.delete(FAR.child("one.txt"))
    write(ground.vfs, f"{FAR}one.txt", b"theirs")
    done = ground.run(prepared)
    stuck, fine = done.returned
    assert stuck.somebody_else
    assert fine.error is None
    assert ground.content("one.txt") == b"theirs"
    assert stuck.borrowed.copy.read_bytes() == b"one.txt and more"
    discard(stuck.borrowed)
    assert not stuck.borrowed.copy.parent.exists()


def test_a_new_file(ground: Ground) -> None:
    prepared = ground.prepare(CHANGER, "new.txt", new=FAR.child("new.txt"))
    assert told_of(ground.run(prepared)) == "Written to mem://b/dir/new.txt."
    assert ground.content("new.txt") == b" and more"


def test_a_new_local_file_needs_no_copy(ground: Ground) -> None:
    place = local(ground.folder).child("new.txt")
    here = Shown(local(ground.folder), (place,))
    errand = Errand(CHANGER, Situation(here, here), os.environ, "/", new_file=place)
    prepared = prepare(ground.vfs, errand, ground.make)
    assert prepared.argv[-1] == place.key
    assert not ground.made
    prepared.told.close()


def test_without_the_option_names_stay_what_they_are(ground: Ground) -> None:
    plain = replace(CHANGER, lend=Lend.NOTHING)
    prepared = ground.prepare(plain, "one.txt")
    assert prepared.argv[-1] == "mem://b/dir/one.txt"
    assert prepared.environ["TFM_THIS_DIR"] == "mem://b/dir/"
    assert prepared.cwd == str(ground.folder)
    prepared.told.close()


def test_too_many_to_lend_are_refused_before_anything_is_fetched(ground: Ground) -> None:
    with pytest.raises(Refused, match="Mark at most"):
        ground.prepare(CHANGER, *(f"n{number}" for number in range(MOST_LENT + 1)))
    assert not ground.made[0].exists()


def test_too_many_bytes_are_refused_before_anything_is_fetched(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfm.external.errand.LARGEST_LENT", 9)
    with pytest.raises(Refused, match="Copy the files first"):
        ground.prepare(CHANGER, "one.txt", "-rf")
    assert not ground.made[0].exists()


def test_what_an_opener_handed_on_stays_and_cannot_be_written(ground: Ground) -> None:
    prepared = ground.prepare(CHANGER, "one.txt")
    leave_to_look_at(prepared)
    (lent,) = prepared.borrowed
    assert lent.copy.stat().st_mode & 0o777 == 0o400
    assert not prepared.told.folder.exists()


def test_tools_of_a_local_pane_reach_the_server_of_the_other_one(tmp_path: Path) -> None:
    vfs = Vfs({"s3": {"endpoint_url": "http://127.0.0.1:9"}})
    situation = Situation(Shown(local(tmp_path)), Shown(parse("s3://b/")))
    program = Program("T", ("true",), aws=True)
    prepared = prepare(vfs, Errand(program, situation, os.environ, "/"), lambda: tmp_path)
    prepared.told.close()
    vfs.close()
    assert prepared.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_a_missing_program_is_said_before_the_terminal_is_given_away(ground: Ground) -> None:
    with pytest.raises(NotFoundProgram, match="no program nowhere"):
        ground.prepare(replace(CHANGER, command=("nowhere",)), "one.txt")
    assert not ground.made[0].exists()
