"""Leaving the screen while an upload hangs: aborted, or named."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import PROJECT
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, Hold
from tests.servers.server import Server

# The screen is replaced by one that starts a job and is told to leave once a part hangs.
SCRIPT = """
import sys
import tfm.cli.screen as screen
import tfm.ui.run
from tfm.__main__ import main
from tfm.model.location import local, parse
from tfm.ops.plan import pick
from tfm.ops.tree import copy

source, destination, log = sys.argv[1:]
screen._require_terminal = lambda: None

def run(app):
    def work(ctx):
        return copy(ctx, pick(ctx, [local(source)]), parse(destination))
    app.jobs.submit("copy big", work, [parse(destination)])
    sys.stdin.readline()
    app.late_jobs = app.jobs.shutdown(0.3)
    return 143

tfm.ui.run.run = run
sys.exit(main([".", ".", "--no-config", "--log", log]))
"""


@pytest.mark.parametrize("reachable", [True, False])
def test_an_upload_in_flight_is_aborted_or_named(
    moto_server: Server, new_bucket: Callable[[Server], str], here: Path, *, reachable: bool
) -> None:
    bucket = new_bucket(moto_server)
    (here / "big").write_bytes(os.urandom(20 << 20))
    log = here / "log"
    with Proxy(moto_server) as proxy:
        hold = Hold()
        proxy.rule("UploadPart", hold)
        if not reachable:
            proxy.rule("AbortMultipartUpload", Answer(403, "AccessDenied"))
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(here / "big"), f"s3://{bucket}/", str(log)],
            cwd=here,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **proxy.environment()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            hold.wait_reached(20)
            _, err = process.communicate(b"\n", timeout=8)
        assert process.returncode == 143
        words = err.decode()
        assert "this job did not end in time: copy big" in words
        assert "Traceback" not in words
        assert ("left unfinished" in words) is not reachable
        assert (f"s3://{bucket}/big" in log.read_text()) is not reachable
        if reachable:
            assert proxy.open_uploads() == []
    assert moto_server.keys(bucket) == []
