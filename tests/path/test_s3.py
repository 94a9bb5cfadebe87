"""`tfm.Path` on a real S3 server: every name of pathlib, and the requests it costs."""

from __future__ import annotations

import pathlib
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.path.test_every_name import NAMES, works
from tests.servers.server import Server
from tfm.model.location import S3, Location
from tfm.path import Path, clear_s3_cache, set_default_vfs
from tfm.storage.vfs import Vfs


class Requests:
    """Counts what the SDK sends."""

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()

    def watch(self, client: object) -> None:
        client.meta.events.register("before-send.s3", self._count)  # type: ignore[attr-defined]

    def _count(self, event_name: str, **_more: object) -> None:
        self._sent[event_name.rpartition(".")[2]] += 1

    def taken(self) -> dict[str, int]:
        """The requests since the last time this was asked."""
        sent, self._sent = self._sent, Counter()
        return dict(sent)


@pytest.fixture(scope="module")
def far(moto_server: Server) -> Iterator[tuple[Vfs, Requests]]:
    """One Vfs for all tests: clients are costly."""
    requests = Requests()
    options = {"endpoint_url": moto_server.endpoint_url, "addressing_style": "path"}
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in moto_server.environment().items():
            patch.setenv(variable, value)
        vfs = Vfs({"s3": options})
        vfs.features(Location(S3, ""))
        storage = vfs.opened()[0]
        storage.on_new_client(requests.watch)  # type: ignore[attr-defined]
        yield vfs, requests
        vfs.close()


@pytest.fixture
def requests(far: tuple[Vfs, Requests], monkeypatch: pytest.MonkeyPatch) -> Requests:
    return far[1]


@pytest.fixture
def bucket(
    far: tuple[Vfs, Requests],
    vfs: Vfs,
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A fresh bucket on the server, behind the default Vfs."""
    for variable, value in moto_server.environment().items():
        monkeypatch.setenv(variable, value)
    set_default_vfs(far[0])
    far[0].cache.clear()
    far[1].taken()
    return Path(f"s3://{new_bucket(moto_server)}")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_of_pathlib_works(name: str, bucket: Path) -> None:
    top = bucket / "top/"
    top.mkdir()
    works(name, top)


def test_a_directory_costs_one_list_and_its_items_nothing(
    bucket: Path, requests: Requests, moto_server: Server
) -> None:
    client = moto_server.client()
    for number in range(20):
        client.put_object(Bucket=bucket.name, Key=f"d/{number:02}", Body=b"12345")
    requests.taken()
    found = [*(bucket / "d").iterdir()]
    assert requests.taken() == {"ListObjectsV2": 1}
    assert sum(path.stat().st_size for path in found if path.is_file()) == 100
    assert all(path.exists() for path in found)
    assert len([*(bucket / "d/").glob("1*")]) == 10
    assert Path(str(found[0])).is_file()
    assert requests.taken() == {}
    assert len([*bucket.rglob("*")]) == 21
    assert requests.taken() == {"ListObjectsV2": 1}


def test_the_costs_of_single_acts(bucket: Path, requests: Requests) -> None:
    file = bucket / "d" / "f"
    file.write_text("1")
    assert requests.taken() == {"HeadObject": 1, "PutObject": 1}
    for expected in ({"HeadObject": 1}, {}):
        assert file.exists()
        assert requests.taken() == expected
    file.write_text("22")
    requests.taken()
    assert file.exists()
    assert requests.taken() == {"HeadObject": 1}
    assert file.read_text() == "22"
    assert requests.taken() == {"GetObject": 1}
    with file.open() as opened:
        assert opened.read() == "22"
    assert file.read_bytes() == b"22"
    assert requests.taken() == {}
    clear_s3_cache()
    assert file.read_text() == "22"
    assert requests.taken() == {"GetObject": 1}
    assert Path(str(file.parent)).is_dir()
    assert requests.taken() == {"ListObjectsV2": 1}
    file.unlink()
    sent = requests.taken()
    assert sent["DeleteObject"] == sent["HeadObject"] == 1
    assert (bucket / "d").is_dir(), "the directory stays"


def test_a_tree_is_removed_in_batches(bucket: Path, requests: Requests) -> None:
    for number in range(25):
        (bucket / "many" / f"{number}").write_bytes(b"")
    requests.taken()
    (bucket / "many").rmtree()
    sent = requests.taken()
    assert sent["DeleteObjects"] == 1
    assert "DeleteObject" not in sent
    assert [*bucket.iterdir()] == []


def test_a_block_that_raises_leaves_nothing(bucket: Path, moto_server: Server) -> None:
    with pytest.raises(KeyError), (bucket / "big").open("wb") as opened:
        for _ in range(12):
            opened.write(bytes(1024 * 1024))
        raise KeyError
    client = moto_server.client()
    assert client.list_objects_v2(Bucket=bucket.name).get("Contents", []) == []
    assert client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", []) == []


def test_a_large_file_in_blocks(bucket: Path) -> None:
    block = bytes(range(256)) * 4096
    with (bucket / "big").open("wb") as opened:
        for _ in range(12):
            opened.write(block)
    assert (bucket / "big").stat().st_size == 12 * len(block)
    with (bucket / "big").open("rb") as opened:
        opened.seek(11 * len(block) + 5)
        assert opened.read(3) == bytes([5, 6, 7])
    assert (bucket / "big").read_bytes() == block * 12


def test_there_and_back_again(bucket: Path, tmp_path: pathlib.Path) -> None:
    source = Path(tmp_path) / "tree"
    for name in ("a", "sub/b c", "sub/é"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    (source / "empty").mkdir()
    there = source.copy_to(bucket / "tree")
    back = there.move_to(Path(tmp_path) / "back")
    assert not (bucket / "tree" / "a").exists()
    for path in source.rglob("*"):
        twin = back / path.relative_to(source)
        assert twin.is_dir() if path.is_dir() else twin.read_text() == path.read_text()
        if path.is_file():
            assert twin.stat().st_mtime_ns == path.stat().st_mtime_ns


def test_missing_places_are_not_found(bucket: Path) -> None:
    for act in (
        (bucket / "no").read_bytes,
        (bucket / "no").stat,
        (bucket / "no").unlink,
        lambda: next(iter((bucket / "no").iterdir())),
        Path("s3://no-such-bucket-at-all/x").stat,
        lambda: next(iter(Path("s3://no-such-bucket-at-all").iterdir())),
    ):
        with pytest.raises(FileNotFoundError):
            act()
