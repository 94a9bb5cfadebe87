"""How a typed name may go on: in directories and in buckets, by one look."""

from pathlib import Path

import pytest

from tests.ui.rig import write
from tfm.model.errors import NotFound
from tfm.model.location import local, parse
from tfm.ops.complete import Completion, complete
from tfm.storage.vfs import Vfs


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("docs", "Downloads", ".config"):
        (tmp_path / name).mkdir()
    for name in ("doc10.txt", "doc9.txt", "other", ".profile"):
        (tmp_path / name).touch()
    return tmp_path


def names(here: Path, start: str, *, hidden: bool = False) -> tuple[str, ...]:
    return complete(Vfs(), local(here), start, hidden=hidden).names


def test_directories_come_first_with_a_slash(here: Path) -> None:
    found = complete(Vfs(), local(here), "do", hidden=False)
    assert found == Completion(("docs/", "doc9.txt", "doc10.txt"), "doc")


def test_case_matters_only_where_something_begins_so(here: Path) -> None:
    assert names(here, "down") == ("Downloads/",)
    assert names(here, "Do") == ("Downloads/",)
    assert names(here, "x") == ()


def test_hidden_names_are_found_when_they_are_shown_or_the_dot_is_typed(here: Path) -> None:
    assert ".config/" not in names(here, "")
    assert names(here, ".c") == (".config/",)
    assert ".config/" in names(here, "", hidden=True)


def test_buckets_and_prefixes() -> None:
    vfs = Vfs()
    for bucket in ("photos", "phones", "logs"):
        vfs.mkdir(parse(f"mem://{bucket}/"))
    for key in ("2024/a", "2025/b", "2025.txt"):
        write(vfs, f"mem://photos/{key}")
    assert complete(vfs, parse("mem://"), "ph", hidden=False) == Completion(
        ("phones/", "photos/"), "pho"
    )
    found = complete(vfs, parse("mem://photos/"), "2025", hidden=False)
    assert found == Completion(("2025/", "2025.txt"), "2025")
    with pytest.raises(NotFound):
        complete(vfs, parse("mem://nowhere/"), "", hidden=False)
