"""A profile that wants the code of a device: who is asked, when, and what becomes of the code."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.session
import pytest
from botocore.credentials import JSONFileCache

from tests.fakes.cloud import DEVICE, EXPIRES, Cloud
from tests.servers.server import Server
from tfm.cli.log import logging_to
from tfm.model.cancel import CancelToken
from tfm.model.errors import Cancelled, NeedsLogin
from tfm.model.location import Location, Root
from tfm.storage.device_codes import CodeWanted, DeviceCodes, unasked
from tfm.storage.vfs import Vfs

MFA = Root("s3", "mfa")


class Person:
    """Answers in turn, and remembers what was asked."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.asked: list[CodeWanted] = []

    def ask(self, wanted: CodeWanted, _cancel: CancelToken) -> str:
        self.asked.append(wanted)
        if not self.codes:
            raise wanted.missing("Think again.")
        return self.codes.pop(0)


def vfs_of(ask: Callable[[CodeWanted, CancelToken], str] | None, given: str = "") -> Vfs:
    """As the program is put together."""
    codes = DeviceCodes(given)
    if ask is not None:
        codes.asked_by(ask)
    connections = {"team": {"profile": "mfa"}, "mfa": {"profile": "mfa"}}
    options = {"profile": "mfa", "codes": codes, "connections": connections, "max_retries": 0}
    return Vfs({"s3": options}, codes=codes)


def signer(vfs: Vfs, cloud: Cloud, root: Root = MFA) -> str:
    """Who signed a listing."""
    vfs.scan(Location(root, "bucket/"), fresh=True)
    return cloud.seen[-1][0]


def test_the_code_goes_to_the_server_and_its_session_signs(cloud: Cloud) -> None:
    person = Person(" 123 456\n")
    vfs = vfs_of(person.ask)
    assert signer(vfs, cloud) == signer(vfs, cloud) == "ROLE"
    assert cloud.codes == [(DEVICE, "123456")]
    assert person.asked == [CodeWanted(DEVICE, "mfa")]
    vfs.close()


def test_places_of_one_profile_ask_once_however_they_are_named_and_however_many_at_once(
    cloud: Cloud,
) -> None:
    person = Person("123456")
    vfs = vfs_of(person.ask)
    roots = [MFA, Root("s3", ""), Root("s3", "team")] * 4
    with ThreadPoolExecutor(len(roots)) as pool:
        assert set(pool.map(lambda root: signer(vfs, cloud, root), roots)) == {"ROLE"}
    assert len(person.asked) == len(cloud.codes) == 1
    vfs.close()


def test_a_role_behind_such_a_role_asks_for_it(cloud: Cloud) -> None:
    person = Person("123456")
    vfs = vfs_of(person.ask)
    assert signer(vfs, cloud, Root("s3", "outer")) == "ROLE"
    assert cloud.codes == [(DEVICE, "123456")]
    vfs.close()


def test_the_end_of_the_session_asks_again(cloud: Cloud) -> None:
    person = Person("111111", "222222")
    vfs = vfs_of(person.ask)
    cloud.expires = f"{datetime.now(UTC) + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"
    assert signer(vfs, cloud) == "ROLE"
    cloud.expires = EXPIRES
    assert signer(vfs, cloud) == signer(vfs, cloud) == "ROLE2"
    assert [code for _, code in cloud.codes] == ["111111", "222222"]
    vfs.close()


def test_a_session_that_the_server_does_not_take_is_not_used_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfm.storage.s3.client._RENEW_SECONDS", 0.0)
    vfs = vfs_of(Person("111111", "222222").ask)
    cloud.dead.add("ROLE")
    with pytest.raises(NeedsLogin, match="expired"):
        signer(vfs, cloud)
    assert signer(vfs, cloud, Root("s3", "team")) == "ROLE2"
    vfs.close()


def test_a_wrong_code_is_asked_for_again(cloud: Cloud) -> None:
    person = Person("12345", "abcdef", "111111", "222222")
    vfs = vfs_of(person.ask)
    cloud.good = "222222"
    assert signer(vfs, cloud) == "ROLE2"
    assert [code for _, code in cloud.codes] == ["111111", "222222"]
    first, *troubles = [wanted.trouble for wanted in person.asked]
    assert first == ""
    assert [trouble.partition(":")[0] for trouble in troubles] == [
        "A code has six digits.",
        "A code has six digits.",
        "That code was not taken",
    ]
    vfs.close()


def test_another_refusal_of_the_service_is_told_not_asked_about(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.cloud.refused", lambda _message: _NOT_ALLOWED)
    cloud.good = "000000"
    person = Person("111111", "222222")
    vfs = vfs_of(person.ask)
    with pytest.raises(OSError, match="sts:AssumeRole"):
        signer(vfs, cloud)
    assert len(person.asked) == 1
    vfs.close()


_NOT_ALLOWED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
    b"<Message>no</Message></Error></ErrorResponse>"
)


def test_without_a_code_it_says_what_to_do(cloud: Cloud) -> None:
    for ask, hint in ((Person().ask, "Think again"), (None, "Nobody can be asked for it here")):
        vfs = vfs_of(ask)
        with pytest.raises(NeedsLogin) as failed:
            signer(vfs, cloud)
        told = str(failed.value)
        assert f"The profile mfa wants the MFA code of the device {DEVICE}." in told
        assert hint in told
        assert "aws sts get-caller-identity --profile mfa" in told
        assert failed.value.place == Location(MFA, "bucket/")
        vfs.close()
    assert (cloud.codes, cloud.seen) == ([], [])


def test_a_code_that_was_given_is_the_first_answer(cloud: Cloud) -> None:
    cloud.good = "222222"
    person = Person("222222")
    vfs = vfs_of(person.ask, given="111111")
    assert signer(vfs, cloud) == "ROLE2"
    assert [wanted.trouble != "" for wanted in person.asked] == [True]
    vfs.close()


def test_whoever_waits_for_the_question_or_behind_it_can_leave(cloud: Cloud) -> None:
    open_, behind = threading.Event(), threading.Event()

    def ask(_wanted: CodeWanted, cancel: CancelToken) -> str:
        open_.set()
        leave = threading.Event()
        cancel.on_cancel(leave.set)
        assert leave.wait(10)
        raise Cancelled

    vfs = vfs_of(ask)
    tokens = [CancelToken(), CancelToken()]

    def look(token: CancelToken, root: Root) -> None:
        if token is tokens[1]:
            assert open_.wait(10)
            behind.set()
        vfs.scan(Location(root, "bucket/"), cancel=token)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(look, tokens[0], MFA)
        second = pool.submit(look, tokens[1], Root("s3", "team"))
        assert behind.wait(10)
        tokens[1].cancel()
        with pytest.raises(Cancelled):
            second.result(10)
        assert not first.done()
        tokens[0].cancel()
        with pytest.raises(Cancelled):
            first.result(10)
    assert cloud.codes == []
    vfs.close()


def test_what_nobody_bade_asks_nobody(cloud: Cloud) -> None:
    person = Person("123456")
    vfs = vfs_of(person.ask)
    with unasked(), pytest.raises(NeedsLogin, match="Open the place to be asked"):
        signer(vfs, cloud)
    assert person.asked == []
    assert signer(vfs, cloud) == "ROLE"
    with unasked():
        assert signer(vfs, cloud) == "ROLE"
    vfs.close()


def test_the_identity_tells_the_role(cloud: Cloud) -> None:
    vfs = vfs_of(Person("123456").ask)
    place = Location(MFA, "bucket/")
    facet = vfs.facets(place).login
    assert facet is not None
    facts = {fact.label: fact.value for fact in facet.login(place)}
    assert (facts["Credentials"], facts["Profile"]) == ("a role of the profile", "mfa")
    assert facts["Good until"].startswith("2099-")
    vfs.close()


def test_a_session_of_the_command_line_is_used_and_none_is_written(
    cloud: Cloud, tmp_path: Path
) -> None:
    cache = Path.home() / ".aws" / "cli" / "cache"
    vfs = vfs_of(Person("111111").ask)
    assert signer(vfs, cloud) == "ROLE"
    vfs.close()
    assert not cache.exists()

    session = botocore.session.Session(profile="mfa")
    roles = session.get_component("credential_provider").get_provider("assume-role")
    roles.cache, roles._prompter = JSONFileCache(str(cache)), lambda _question: "222222"
    session.get_credentials().get_frozen_credentials()
    (kept,) = cache.iterdir()
    before = kept.read_bytes()

    person = Person("333333")
    vfs = vfs_of(person.ask)
    assert signer(vfs, cloud) == "ROLE2"
    assert person.asked == []
    vfs.close()
    assert [(each, each.read_bytes()) for each in cache.iterdir()] == [(kept, before)]

    kept.write_text('{"Credentials": "none"}')
    vfs = vfs_of(person.ask)
    assert signer(vfs, cloud) == "ROLE3"
    vfs.close()


def test_the_code_is_in_no_log(cloud: Cloud, tmp_path: Path) -> None:
    log = tmp_path / "log"
    cloud.good = "835271"
    with logging_to(log, debug=True):
        vfs = vfs_of(Person("946382", "835271").ask)
        assert signer(vfs, cloud) == "ROLE2"
        vfs.close()
        vfs = vfs_of(Person("946382").ask)
        with pytest.raises(NeedsLogin):
            signer(vfs, cloud)
        logging.getLogger("tfm").info("the end")
    text = log.read_text()
    assert "the end" in text
    assert "946382" not in text
    assert "835271" not in text
    assert "Traceback" not in text


def test_on_a_server_that_gives_real_sessions(
    moto_server: Server,
    cloud: Cloud,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.endpoint_url)
    box = new_bucket(moto_server)
    moto_server.client().put_object(Bucket=box, Key="k", Body=b"x")
    vfs = vfs_of(Person("123456").ask)
    listing = vfs.scan(Location(MFA, f"{box}/"))
    assert [entry.name for entry in listing.entries] == ["k"]
    vfs.close()
