from __future__ import annotations

import dataclasses

import pytest

from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails, same_content
from tfm.model.listing import Listing
from tfm.model.location import S3, Location, local

ON_DISK = LocalDetails(mode=0o100640, uid=0, gid=0, dev=1, ino=2, nlink=1, ctime_ns=9)
FILE = Entry("f", Kind.FILE, 3, 100, ON_DISK)
OBJECT = Entry("f", Kind.FILE, 3, 100, ObjectDetails(etag="aa"))


def _object(size: int = 3, mtime_ns: int = 100, etag: str = "aa") -> Entry:
    return Entry("f", Kind.FILE, size, mtime_ns, ObjectDetails(etag=etag))


class TestSameContent:
    def test_a_file_is_itself(self) -> None:
        assert same_content(FILE, dataclasses.replace(FILE, name="renamed"))

    @pytest.mark.parametrize(
        "other",
        [
            dataclasses.replace(FILE, size=4),
            dataclasses.replace(FILE, mtime_ns=101),
            dataclasses.replace(FILE, details=ON_DISK._replace(ino=3)),
            dataclasses.replace(FILE, details=ON_DISK._replace(dev=3)),
            dataclasses.replace(FILE, kind=Kind.LINK),
        ],
        ids=["size", "time", "inode", "device", "kind"],
    )
    def test_a_file_with_another_fact_is_another(self, other: Entry) -> None:
        assert not same_content(FILE, other)
        assert not same_content(other, FILE)

    def test_a_new_mode_is_no_new_content(self) -> None:
        assert same_content(FILE, dataclasses.replace(FILE, details=ON_DISK._replace(mode=0o777)))

    def test_objects_compare_by_etag(self) -> None:
        assert same_content(OBJECT, _object(mtime_ns=999))
        assert not same_content(OBJECT, _object(etag="bb"))
        assert not same_content(OBJECT, _object(size=4))

    def test_without_an_etag_size_and_time_decide(self) -> None:
        bare = _object(etag="")
        assert same_content(OBJECT, bare)
        assert not same_content(OBJECT, _object(etag="", mtime_ns=101))

    def test_a_file_is_no_object_of_another_time(self) -> None:
        assert not same_content(dataclasses.replace(FILE, mtime_ns=1), OBJECT)

    def test_a_directory_is_no_file(self) -> None:
        assert not same_content(Entry("a", Kind.DIRECTORY), Entry("a", Kind.FILE))


class TestEntry:
    def test_what_the_details_tell(self) -> None:
        stored = Entry(
            "f", Kind.FILE, 1, 100, ObjectDetails(etag="e", stored_mtime_ns=7, mode=0o600)
        )
        assert (stored.etag, stored.mode, stored.source_mtime_ns) == ("e", 0o600, 7)
        assert (FILE.etag, FILE.mode, FILE.source_mtime_ns) == ("", 0o640, 100)
        plain = Entry("f", Kind.FILE)
        assert (plain.etag, plain.mode, plain.source_mtime_ns) == ("", None, None)

    def test_time_zero_is_a_time(self) -> None:
        stored = Entry("f", Kind.FILE, 1, 100, ObjectDetails(stored_mtime_ns=0))
        assert stored.source_mtime_ns == 0

    def test_a_link_is_never_silently_its_target(self) -> None:
        link = Entry("l", Kind.LINK, 0, 0, ON_DISK._replace(to_directory=True))
        assert not link.is_directory
        assert link.opens_as_directory
        assert not Entry("l", Kind.LINK, 0, 0, ON_DISK).opens_as_directory
        assert Entry("d", Kind.DIRECTORY).opens_as_directory

    def test_what_has_no_bytes(self) -> None:
        special = {kind for kind in Kind if kind.is_special}
        assert special == {Kind.FIFO, Kind.SOCKET, Kind.DEVICE}


class TestListing:
    def test_file_and_directory_of_one_name(self) -> None:
        file, folder = Entry("a", Kind.FILE, 1), Entry("a", Kind.DIRECTORY)
        listing = Listing(Location(S3, "b/"), (folder, file), 0.0)
        assert listing.find("a") is file
        assert listing.find("a", directory=True) is folder
        assert listing.find("a", directory=False) is file
        assert listing.location(folder) == Location(S3, "b/a/")
        assert listing.location(file) == Location(S3, "b/a")

    def test_where_directories_are_real_a_name_is_one_thing(self) -> None:
        folder = Entry("a", Kind.DIRECTORY)
        listing = Listing(local("/t"), (folder,), 0.0)
        assert listing.find("a", directory=False) is folder
        assert listing.location(folder) == local("/t/a")

    def test_what_is_not_there(self) -> None:
        assert Listing(local("/t"), (), 0.0).find("a") is None
        listing = Listing(Location(S3, "b/"), (Entry("a", Kind.FILE, 1),), 0.0)
        assert listing.find("a", directory=True) is None
        assert listing.find("A") is None

    def test_equal_by_what_it_shows(self) -> None:
        one, two = (Listing(local("/t"), (FILE,), 1.0) for _ in range(2))
        assert one.find("f") is FILE  # the index that this builds does not count
        assert one == two
