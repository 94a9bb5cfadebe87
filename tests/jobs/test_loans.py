"""Copies lent to programs outlive the tfm that lent them, and nobody else's are touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfm.jobs import journal
from tfm.jobs.journal import JournalFile
from tfm.jobs.loans import DAY, Loans
from tfm.jobs.recovery import JournalError
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import parse
from tfm.ops.borrow import Borrowed, digest_of, new_copy

HOME = parse("mem://b/dir/one.txt")
WAS = Entry("one.txt", Kind.FILE, 6, 5, ObjectDetails(etag="abc"))


def lend(loans: Loans, data: bytes = b"before") -> Borrowed:
    """One copy that is out."""
    folder = loans.begin()
    (folder / "this").mkdir()
    copy = folder / "this" / "one.txt"
    copy.write_bytes(data)
    lent = Borrowed(HOME, WAS, copy, digest_of(copy))
    loans.note(folder, [lent])
    return lent


def left_by_a_dead_one(directory: Path, **mine: object) -> Borrowed:
    """As `lend`, by a program that died then."""
    loans = Loans(directory, **mine)  # type: ignore[arg-type]
    lent = lend(loans)
    loans.close()
    return lent


def test_what_was_changed_is_found_when_its_program_is_gone(tmp_path: Path) -> None:
    lent = left_by_a_dead_one(tmp_path, endpoint="AWS")
    lent.copy.write_bytes(b"after")
    (found,) = Loans(tmp_path, "AWS").stranded()
    assert found.borrowed == lent
    assert found.borrowed.entry == WAS
    assert not found.refusal
    assert found.others == ()


def test_what_lives_is_left_alone(tmp_path: Path) -> None:
    mine = Loans(tmp_path)
    lent = lend(mine)
    lent.copy.write_bytes(b"after")
    other = Loans(tmp_path)
    assert other.stranded() == []
    assert lent.copy.exists()
    mine.close()
    (found,) = other.stranded()
    with other.held(found):
        assert mine.stranded() == []  # another one has it in hand
        with pytest.raises(JournalError, match="Another tfm"), mine.held(found):
            pass
    assert mine.stranded() == [found]


def test_a_program_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal\nfrom pathlib import Path\n"
        "from tests.jobs.test_loans import lend\nfrom tfm.jobs.loans import Loans\n"
        "lend(Loans(Path(sys.argv[1]))).copy.write_bytes(b'after')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60)
    (found,) = Loans(tmp_path).stranded()
    assert found.borrowed.copy.read_bytes() == b"after"


def test_what_came_home_is_forgotten(tmp_path: Path) -> None:
    loans = Loans(tmp_path)
    lent = lend(loans)
    loans.settle(lent.copy.parent.parent)
    assert lent.copy.exists()
    lent.copy.unlink()
    loans.settle(lent.copy.parent.parent)
    assert list(tmp_path.iterdir()) == []


def test_what_never_ran_goes_and_what_was_not_changed_in_a_day(tmp_path: Path) -> None:
    begun = Loans(tmp_path)
    (begun.begin() / ".tfm-half.part").write_text("half")
    begun.close()
    assert Loans(tmp_path).stranded() == []
    assert list(tmp_path.iterdir()) == []
    lent = left_by_a_dead_one(tmp_path)
    soon = Loans(tmp_path)
    assert soon.stranded() == []
    assert lent.copy.exists()  # an editor that outlived its tfm may still have it open
    later = Loans(tmp_path, clock=lambda: journal_time(tmp_path) + DAY + 1)
    assert later.stranded() == []
    assert list(tmp_path.iterdir()) == []


def journal_time(directory: Path) -> float:
    (path,) = journal.paths(directory)
    began: float = journal.read(path)[0]["began"]
    return began


def test_what_an_editor_left_beside_it_is_told_and_stays(tmp_path: Path) -> None:
    lent = left_by_a_dead_one(tmp_path)
    swap = lent.copy.with_name(".one.txt.swp")
    swap.write_bytes(b"unsaved")
    lent.copy.with_name("one.txt~").write_bytes(b"before")
    loans = Loans(tmp_path)
    (found,) = loans.stranded()
    assert found.others == (".one.txt.swp",)
    with loans.held(found):
        loans.came_home(found)
    assert swap.exists() and not lent.copy.exists()
    (found,) = loans.stranded()
    with loans.held(found):
        loans.discard(found)
    assert list(tmp_path.iterdir()) == []


def test_it_is_told_with_the_file_it_is_called_after(tmp_path: Path) -> None:
    dying = Loans(tmp_path)
    folder = dying.begin()
    for name in ("a.txt", "aa.txt", ".aa.txt.swp", "4913"):
        (folder / name).write_bytes(b"x")
    copies = [Borrowed(HOME, WAS, folder / name, b"other") for name in ("a.txt", "aa.txt")]
    dying.note(folder, copies)
    dying.close()
    assert [each.others for each in Loans(tmp_path).stranded()] == [("4913",), (".aa.txt.swp",)]


def test_of_several_copies_the_others_stay(tmp_path: Path) -> None:
    dying = Loans(tmp_path)
    folder = dying.begin()
    copies = []
    for name in ("a", "b"):
        (folder / name).write_bytes(b"x")
        copies.append(Borrowed(HOME, WAS, folder / name, b"other"))
    dying.note(folder, [*copies, new_copy(parse("mem://b/new"), folder)])
    dying.close()
    loans = Loans(tmp_path)
    first, second = loans.stranded()
    with loans.held(first):
        loans.discard(first)
    assert loans.stranded() == [second]
    with loans.held(second):
        loans.came_home(second)
    assert list(tmp_path.iterdir()) == []


def test_another_server_or_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = left_by_a_dead_one(tmp_path, endpoint="http://one")
    lent.copy.write_bytes(b"after")
    (found,) = Loans(tmp_path, "AWS").stranded()
    assert "http://one" in found.refusal
    monkeypatch.setattr(journal, "host", lambda: "elsewhere")
    (found,) = Loans(tmp_path, "http://one").stranded()
    assert "take it up there" in found.refusal


def test_damaged_journals_and_paths_that_lead_out_are_left(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    lent = left_by_a_dead_one(tmp_path / "lent")
    lent.copy.write_bytes(b"after")
    (path,) = journal.paths(tmp_path / "lent")
    taken = JournalFile.take_over(path)
    assert taken is not None
    file, records = taken
    copies = [{**records[1]["copies"][0], "copy": "../../victim"}]
    file.append({"k": "lent", "copies": copies})
    file.close()
    later = Loans(tmp_path / "lent", clock=lambda: 1e11)
    assert later.stranded() == []
    data = path.read_bytes().replace(b'"lent"', b'"leht"')
    path.write_bytes(data)
    assert later.stranded() == []
    path.write_bytes(b"x" + data)
    assert later.stranded() == []
    assert victim.exists() and lent.copy.exists()
