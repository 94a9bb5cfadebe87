"""Our own directories (XDG, also on macOS), made private, and the data files shipped with tfm."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Places:
    """Where our files live; nothing is created before `make_private` is called."""

    config: Path
    state: Path
    cache: Path
    runtime: Path
    earlier: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Places:
        """The XDG directories; a relative path in a variable is ignored, as XDG demands."""
        home = _home(environ)

        def base(variable: str, default: Path) -> Path:
            told = environ.get(variable, "")
            return (Path(told) if told.startswith("/") else default) / "tfm"

        return cls(
            config=base("XDG_CONFIG_HOME", home / ".config"),
            state=base("XDG_STATE_HOME", home / ".local" / "state"),
            cache=base("XDG_CACHE_HOME", home / ".cache"),
            runtime=_runtime(environ),
            earlier=home / ".tfm",
        )

    @property
    def config_file(self) -> Path:
        """The configuration that is read when none is named, and written on the first run."""
        return self.config / "config.py"

    @property
    def earlier_config_file(self) -> Path:
        """Where the earlier program had it; read as long as there is no other."""
        return self.earlier / "config.py"

    @property
    def told_file(self) -> Path:
        """The options of the earlier program that were told once."""
        return self.state / "earlier-options.txt"

    @property
    def state_file(self) -> Path:
        """What is remembered between two runs."""
        return self.state / "state.json"

    @property
    def memory_file(self) -> Path:
        """What is remembered of places, shared by all instances."""
        return self.state / "places.json"

    @property
    def listings(self) -> Path:
        """Listings of servers, to draw them at the next start until newer ones are there."""
        return self.cache / "listings"

    @property
    def journals(self) -> Path:
        """Where jobs are written down, so that one cut off can go on."""
        return self.state / "jobs"

    @property
    def audit(self) -> Path:
        """Where it is written down who did what."""
        return self.state / "audit"

    @property
    def themes(self) -> Path:
        """Where the user's own themes live."""
        return self.config / "themes"


def _home(environ: Mapping[str, str]) -> Path:
    told = environ.get("HOME", "")
    if told.startswith("/"):
        return Path(told)
    try:
        return Path.home()
    except RuntimeError:  # a user without HOME and without a passwd entry
        return Path(tempfile.gettempdir()) / f"tfm-home-{os.getuid()}"


def _runtime(environ: Mapping[str, str]) -> Path:
    told = environ.get("XDG_RUNTIME_DIR", "")
    if told.startswith("/"):
        return Path(told) / "tfm"
    return Path(tempfile.gettempdir()) / f"tfm-{os.getuid()}"


def make_private(directory: Path) -> Path:
    """Make the directory and missing parents with mode 0700, whatever the umask.

    Raises OSError, PermissionError also when what is there is a link, belongs to somebody else,
    or can be written by others: a directory prepared by another user in /tmp is not ours.
    """
    missing = []
    for each in (directory, *directory.parents):
        if os.path.lexists(each):
            break
        missing.append(each)
    for each in reversed(missing):
        try:
            each.mkdir(mode=0o700)
        except FileExistsError:
            continue  # another instance was quicker; judged below
        each.chmod(0o700)
    facts = directory.lstat()
    if not stat.S_ISDIR(facts.st_mode) and not _linked_by_us(directory, facts):
        raise NotADirectoryError(f"{directory} is not a directory")
    facts = directory.stat()
    if facts.st_uid != os.geteuid():
        raise PermissionError(f"{directory} belongs to another user")
    if facts.st_mode & 0o002:
        raise PermissionError(f"{directory} can be written by others: chmod o-w it")
    return directory


def _linked_by_us(path: Path, facts: os.stat_result) -> bool:
    """A link of the user's own to a directory (dot-files kept elsewhere) is fine."""
    return stat.S_ISLNK(facts.st_mode) and facts.st_uid == os.geteuid() and path.is_dir()


def open_regular(path: Path) -> int:
    """A file descriptor on a regular file; raises OSError, never waits on a FIFO or a device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{path} is a directory")
    raise OSError(f"{path} is not a regular file")


def read_all(descriptor: int, most: int) -> bytes:
    """All bytes of an open file, which is closed; raises OSError when there are more than `most`."""
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"the file is larger than {most} bytes")
    return data


def data_file(name: str) -> Path:
    """A file shipped with tfm, such as `themes/tfm-dark.toml`: installed, or in the source tree."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.exists() else _PACKAGE.parent / name
