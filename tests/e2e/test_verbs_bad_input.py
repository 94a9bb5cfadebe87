"""What is wrong is said with what to do next; nothing else happens, and no secret gets out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.program import PLAIN_RIGHTS, Program, Ran
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server, free_port

pytestmark = [pytest.mark.e2e]

SECRET = "PlantedSecretKeyThatNobodyMaySee/+012345"
TOKEN = "PlantedSessionTokenThatNobodyMaySee//////////wEaCXVzLWVhc3QtMSJ"
PLANTED = {"AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}


def checked(program: Program, code: int, *arguments: object, env: Mapping[str, str]) -> Ran:
    """Run with a log; the exit status, no traceback anywhere, no secret anywhere."""
    log = program.cwd / "log"
    ran = program.run(*arguments, "--log", log, "--debug", env=env).ended(code)
    written = log.read_text() if log.exists() else ""
    for told in (ran.err, ran.text, written):
        assert SECRET not in told and TOKEN not in told
        assert SECRET[:20] not in told and TOKEN[:20] not in told
        assert "Traceback" not in told
    assert ran.err.startswith("tfm ")
    return ran


@dataclass(frozen=True)
class Wrong:
    """What is wrong (an answer to every request, or the environment), and the words for it."""

    says: tuple[str, ...]
    answer: Answer | None = None
    env: Mapping[str, str] = field(default_factory=dict)


WRONG = {
    "unknown-key": Wrong(
        ("access key is not known", "Check the access key"), Answer(403, "InvalidAccessKeyId")
    ),
    "wrong-secret": Wrong(
        ("secret key is wrong", "Check the access key"), Answer(403, "SignatureDoesNotMatch")
    ),
    "expired": Wrong(("login has expired", "Log in again"), Answer(400, "ExpiredToken")),
    "clock": Wrong(
        ("clock of this computer is wrong", "Set the clock"), Answer(403, "RequestTimeTooSkewed")
    ),
    "denied": Wrong(("denied", "s3:"), Answer(403, "AccessDenied")),
    "no-credentials": Wrong(
        ("credentials",),
        env={
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_SESSION_TOKEN": "",
        },
    ),
    "unknown-profile": Wrong(("no-such-profile",), env={"AWS_PROFILE": "no-such-profile"}),
}
VERBS: Mapping[str, tuple[str, ...]] = {
    "ls": ("ls", "s3://{bucket}/d/"),
    "ls-one": ("ls", "s3://{bucket}/d/one"),
    "up": ("mv", "here.txt", "s3://{bucket}/d/"),
    "down": ("cp", "s3://{bucket}/d/one", "new"),
    "rm": ("rm", "--yes", "s3://{bucket}/d/one"),
    "mkdir": ("mkdir", "s3://{bucket}/new/"),
    "cat": ("cat", "s3://{bucket}/d/one"),
}
# each fault through one verb, and every verb with the one fault that HEAD hides
CASES = (
    [(wrong, "ls") for wrong in WRONG]
    + [(wrong, verb) for verb in VERBS for wrong in ("wrong-secret",) if verb != "ls"]
    + [("clock", "up"), ("denied", "rm"), ("expired", "down")]
)


@pytest.mark.parametrize(("wrong", "verb"), CASES, ids=["-".join(case) for case in CASES])
def test_who_one_is(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Proxy], Program],
    here: Path,
    wrong: str,
    verb: str,
) -> None:
    bucket = new_bucket(ministack_server)
    ministack_server.client().put_object(Bucket=bucket, Key="d/one", Body=b"one")
    (here / "here.txt").write_bytes(b"mine")
    row = WRONG[wrong]
    proxy = proxy_for(ministack_server)
    if row.answer is not None:
        proxy.rule("*", row.answer)
    arguments = [word.format(bucket=bucket) for word in VERBS[verb]]
    ran = program_for(proxy)
    code = 3 if verb == "up" else 1
    told = checked(ran, code, *arguments, env={**PLANTED, **row.env}).err
    for words in row.says:
        assert words in told
    assert (here / "here.txt").read_bytes() == b"mine"
    assert not (here / "new").exists()
    assert ministack_server.keys(bucket) == ["d/one"]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "access key is not known"),
        ({"AWS_SECRET_ACCESS_KEY": SECRET}, "secret key is wrong"),
    ],
    ids=["key", "secret"],
)
def test_a_server_that_checks_keys(
    rclone_server: Server,
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Server], Program],
    env: Mapping[str, str],
    words: str,
) -> None:
    bucket = new_bucket(rclone_server)
    program = program_for(rclone_server)
    for arguments in (("ls", f"s3://{bucket}/"), ("ls", "s3://"), ("cat", f"s3://{bucket}/x")):
        assert words in checked(program, 1, *arguments, env=env).err


def test_a_bucket_that_is_not_there(
    s3_server: Server, program_for: Callable[[Server], Program], here: Path
) -> None:
    (here / "one").write_bytes(b"one")
    program = program_for(s3_server)
    for arguments in (
        ("ls", "s3://no-such-bucket-here/"),
        ("cp", "s3://no-such-bucket-here/x", "new"),
        ("cat", "s3://no-such-bucket-here/x"),
        ("rm", "--yes", "s3://no-such-bucket-here/x"),
    ):
        told = checked(program, 1, *arguments, env=PLANTED if s3_server.name != "rclone" else {})
        assert "no-such-bucket-here" in told.err
    ran = program.run("cp", "one", "s3://no-such-bucket-here/")
    assert ran.code in (1, 3) and "no-such-bucket-here" in ran.err
    assert sorted(path.name for path in here.iterdir()) == ["log", "one"]


def test_a_server_that_is_not_there(
    ministack_server: Server, program_for: Callable[[Server], Program], here: Path
) -> None:
    (here / "one").write_bytes(b"one")
    port = free_port()
    env = {**PLANTED, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    program = program_for(ministack_server)
    told = checked(program, 1, "ls", "s3://bucket/", env=env).err
    assert f"127.0.0.1:{port}" in told or "reach" in told or "connect" in told.lower()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ls", "s3:///x"), "bucket"),
        (("ls", "s3://UPPER_case/x"), "UPPER_case"),
        (("ls", "s4://bucket/"), "s4://"),
        (("ls", "S3://bucket/"), "s3://"),
        (("cp", "one", "s3://"), "bucket"),
        (("cp", "one", f"s3://bucket/{'k' * 1025}"), "1,024"),
        (("mkdir", f"s3://bucket/{'k' * 1025}/"), "1,024"),
        (("ls", "--endpoint-url", "not a url", "s3://b/"), "--endpoint-url"),
        (("ls", "--no-such-option"), "--no-such-option"),
        (("cp", "--on-conflict", "perhaps", "one", "two"), "perhaps"),
        (("ls", "no-such-file"), "no-such-file"),
        (("cp", "no-such-file", "x"), "no-such-file"),
        (("cp", "one", "no-such-directory/x"), "no-such-directory"),
        (("ls", "--config", "no-such-config.py"), "no-such-config.py"),
        (("ls", "--config", "bad-config.py"), "bad-config.py:2"),
        (("ls", "--config", "unknown-setting.py"), "NO_SUCH_SETTING"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    program_for: Callable[[Proxy], Program],
    here: Path,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    (here / "one").write_bytes(b"one")
    (here / "bad-config.py").write_text("THEME = 'dark'\nTHEME = = 2\n")
    (here / "unknown-setting.py").write_text("NO_SUCH_SETTING = 1\n")
    proxy = proxy_for(ministack_server)
    program = program_for(proxy)
    ran = program.run(*arguments, env=PLANTED)
    ran.ended(ran.code)
    assert ran.code in (1, 2, 3) and words in ran.err
    assert SECRET not in ran.err and TOKEN not in ran.err
    assert all(e.op.startswith(("Head", "List")) for e in proxy.exchanges())
    assert len(list(here.iterdir())) == 3


@pytest.fixture
def closed(here: Path) -> Iterator[Path]:
    """A directory that may not be read, with a file in it."""
    directory = here / "closed"
    directory.mkdir()
    (directory / "hidden").write_bytes(b"hidden")
    directory.chmod(0)
    yield directory
    directory.chmod(0o755)


def test_a_directory_that_may_not_be_read(
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Server], Program],
    here: Path,
    closed: Path,
) -> None:
    bucket = new_bucket(ministack_server)
    (here / "open").write_bytes(b"open")
    program = program_for(ministack_server)

    def run(*arguments: str) -> Ran:
        return program.start(*arguments, prefix=PLAIN_RIGHTS).wait()

    ran = run("ls", "closed").ended(1)
    assert "closed" in ran.err and "denied" in ran.err.lower()
    ran = run("mv", "--json", "closed", "open", f"s3://{bucket}/").ended(3)
    outcomes = {place.rpartition("/")[2]: word for place, word in ran.outcomes().items()}
    assert outcomes == {"closed": "failed", "open": "done"}
    assert ministack_server.keys(bucket) == ["open"]
    ran = run("cp", "closed/hidden", ".").ended(1)
    assert "hidden" in ran.err and "denied" in ran.err.lower()
    closed.chmod(0o755)
    assert (closed / "hidden").read_bytes() == b"hidden"


def test_read_only_changes_nothing_anywhere(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Proxy], Program],
    here: Path,
) -> None:
    bucket = new_bucket(ministack_server)
    ministack_server.client().put_object(Bucket=bucket, Key="one", Body=b"one")
    (here / "mine").write_bytes(b"mine")
    proxy = proxy_for(ministack_server)
    program = program_for(proxy)
    for arguments in (
        ("cp", "mine", f"s3://{bucket}/"),
        ("mv", f"s3://{bucket}/one", "."),
        ("mv", "mine", "other"),
        ("rm", "--yes", "mine"),
        ("rm", "--yes", f"s3://{bucket}/one"),
        ("mkdir", f"s3://{bucket}/new/"),
        ("mkdir", "new"),
    ):
        ran = program.run(*arguments, "--read-only")
        assert ran.ended(ran.code).code in (1, 3)
        assert "read-only" in ran.err.lower()
    assert all(e.op.startswith(("Head", "List", "Get")) for e in proxy.exchanges())
    assert ministack_server.keys(bucket) == ["one"]
    assert [path.name for path in here.iterdir()] == ["mine"]
