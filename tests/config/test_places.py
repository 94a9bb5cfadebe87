"""Our directories: the XDG rules, private on the way, and no trust in what others prepared."""

import os
import stat
from pathlib import Path

import pytest

from tfm.config.places import Places, data_file, make_private


def test_xdg_variables_count_when_absolute() -> None:
    places = Places.from_environ(
        {
            "HOME": "/h",
            "XDG_CONFIG_HOME": "/c",
            "XDG_STATE_HOME": "relative",
            "XDG_CACHE_HOME": "",
            "XDG_RUNTIME_DIR": "/run/user/7",
        }
    )
    assert places.config_file == Path("/c/tfm/config.py")
    assert places.themes == Path("/c/tfm/themes")
    assert places.state_file == Path("/h/.local/state/tfm/state.json")
    assert places.cache == Path("/h/.cache/tfm")
    assert places.runtime == Path("/run/user/7/tfm")


def test_without_a_runtime_directory_it_is_one_of_our_own_in_tmp() -> None:
    assert Places.from_environ({"HOME": "/h"}).runtime.name == f"tfm-{os.getuid()}"


def test_without_a_home_it_still_answers() -> None:
    assert Places.from_environ({}).config.is_absolute()


@pytest.mark.parametrize("umask", [0, 0o777])
def test_made_directories_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        made = make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    for each in (made, made.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    assert make_private(made) == made


def test_an_existing_directory_keeps_its_mode_and_a_link_to_ours_is_fine(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(real)
    assert make_private(link) == link
    assert stat.S_IMODE(real.stat().st_mode) == 0o755


def test_what_others_may_write_or_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(PermissionError, match="chmod"):
        make_private(tmp_path / "open")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "file" / "below")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "nowhere")


def test_shipped_files_are_found() -> None:
    assert data_file("themes/tfm-dark.toml").is_file()
    assert data_file("config.example.py").is_file()
