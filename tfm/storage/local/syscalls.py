"""The seam to the kernel: calls Python lacks, calls that differ by system, calls a test makes fail.

Everything that reads, writes or publishes file contents goes through one `System`, so that a test
can hand in one that returns short counts or errors. Errors are plain OSErrors.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import stat
import sys
import threading
from pathlib import Path

IS_LINUX = sys.platform.startswith("linux")

# A directory that is only passed through needs search permission, not read permission.
PASS_DIRECTORY = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
READ_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_AT_FDCWD = -100
_FICLONE = 0x40049409
_NOREPLACE, _EXCHANGE = 1, 2  # renameat2
_MAC_SWAP, _MAC_EXCL = 2, 4  # renameatx_np
_MAC_ACL_AND_XATTR = (1 << 0) | (1 << 2)  # fcopyfile
_KEEP_SIZE = 1
_STATUS = Path("/proc/self/status")
_CHEAP_TO_RESERVE = frozenset((0xEF53, 0x58465342, 0x01021994))  # ext4, xfs, tmpfs
_SHARED = frozenset(
    (
        *(0x6969, 0xFF534D42, 0xFE534D42, 0x517B, 0x65735546),  # nfs, cifs, smb2, smb, fuse
        *(
            0x01021997,
            0x00C36400,
            0x5346414F,
            0x0BD00BD0,
            0x19830326,
        ),  # 9p, ceph, afs, lustre, fhgfs
    )
)
"""Kinds of disks that other machines may write to, from linux/magic.h."""

NOT_ABLE = frozenset(
    (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV)
)


class Lacking(Exception):
    """This kernel or disk does not have the call; the caller takes another way."""


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _failed() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def is_shared(path: str) -> bool:
    """True for a disk on which other machines may write, of which this kernel learns nothing."""
    if not IS_LINUX:
        return False
    facts = (ctypes.c_long * 64)()
    return _libc().statfs(os.fsencode(path), ctypes.byref(facts)) == 0 and facts[0] in _SHARED


class System:
    """The real kernel. Stateless; shared by all threads."""

    def read(self, fd: int, size: int) -> bytes:
        """At most `size` bytes from the file position."""
        return os.read(fd, size)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset`."""
        return os.pread(fd, size, offset)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        """Write some of `data`; the count may be short."""
        return os.write(fd, data)

    def pwrite(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        """Write some of `data` at `offset`; the count may be short."""
        return os.pwrite(fd, data, offset)

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        """Copy inside the kernel, same offset on both sides. Raises Lacking where there is none."""
        if not hasattr(os, "copy_file_range"):
            raise Lacking
        return os.copy_file_range(source, target, count, offset, offset)

    def clone(self, source: int, target: int) -> None:
        """Make `target` share all blocks of `source`. Raises Lacking or an OSError."""
        if not IS_LINUX:
            raise Lacking
        fcntl.ioctl(target, _FICLONE, source)

    def seek(self, fd: int, offset: int, whence: int) -> int:
        """As `os.lseek`."""
        return os.lseek(fd, offset, whence)

    def fstat(self, fd: int) -> os.stat_result:
        """Facts of an open file."""
        return os.fstat(fd)

    def close(self, fd: int) -> None:
        """Close; an error here may be the only word of a write that failed (NFS, quota)."""
        os.close(fd)

    def fsync(self, fd: int) -> None:
        """Bring a file to the medium itself; on macOS that takes F_FULLFSYNC."""
        if sys.platform == "darwin":  # pragma: no cover - macOS alone
            try:
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
                return
            except OSError as error:
                if error.errno not in NOT_ABLE:
                    raise
        os.fsync(fd)

    def drop_cache(self, fd: int) -> None:
        """Let the next read of a file come from the medium, as far as the system lets us ask for that.

        Only what is on the medium already can be dropped: fsync first.
        """
        if sys.platform == "darwin":  # pragma: no cover - macOS alone
            fcntl.fcntl(fd, fcntl.F_NOCACHE, 1)
        elif hasattr(os, "posix_fadvise"):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def fsync_directory(self, directory: int) -> None:
        """Make names durable; disks that cannot do that for a directory are let off."""
        try:
            fd = os.open(".", READ_DIRECTORY, dir_fd=directory)
        except PermissionError:
            return  # a directory one may write to but not read
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno not in NOT_ABLE:
                raise
        finally:
            os.close(fd)

    def rename(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        """Rename; replaces a file that stands at the target."""
        os.rename(source, target, src_dir_fd=source_dir, dst_dir_fd=target_dir)

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        """Rename where nothing may stand. Raises FileExistsError; Lacking if not known here."""
        self._rename_flags(source_dir, source, target_dir, target, _NOREPLACE, _MAC_EXCL)

    def exchange(self, directory: int, one: str, other: str) -> None:
        """Swap two names of one directory in one step. Raises Lacking if not known here."""
        self._rename_flags(directory, one, directory, other, _EXCHANGE, _MAC_SWAP)

    def _rename_flags(
        self, source_dir: int, source: str, target_dir: int, target: str, linux: int, mac: int
    ) -> None:
        name, flags = ("renameat2", linux) if IS_LINUX else ("renameatx_np", mac)
        call = getattr(_libc(), name, None)
        if call is None:
            raise Lacking
        one, other = os.fsencode(source), os.fsencode(target)
        if call(source_dir, one, target_dir, other, ctypes.c_uint(flags)) == 0:
            return
        error = _failed()
        # EINVAL also means "a directory into itself": the plain rename of the fallback says so again
        if error.errno in NOT_ABLE and error.errno != errno.EXDEV:
            raise Lacking from error
        raise OSError(error.errno, error.strerror)

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        """Another name for a file or a link itself; FileExistsError if the name is taken."""
        os.link(source, target, src_dir_fd=source_dir, dst_dir_fd=target_dir, follow_symlinks=False)

    def unlink(self, directory: int, name: str) -> None:
        """Remove a name that is not a directory."""
        os.unlink(name, dir_fd=directory)

    def reserve(self, fd: int, size: int) -> None:
        """Take the room for a file at once where that is cheap, so that a full disk says so early.

        Raises an OSError for a full disk or quota only.
        """
        if not IS_LINUX:
            return
        facts = (ctypes.c_long * 64)()
        libc = _libc()
        if libc.fstatfs(fd, ctypes.byref(facts)) != 0 or facts[0] not in _CHEAP_TO_RESERVE:
            return
        call = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
        if call is None:
            return
        if call(fd, _KEEP_SIZE, ctypes.c_int64(0), ctypes.c_int64(size)) != 0:
            error = _failed()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise OSError(error.errno, error.strerror)

    def set_times(self, fd: int, atime_ns: int, mtime_ns: int) -> None:
        """Set both times of an open file."""
        os.utime(fd, ns=(atime_ns, mtime_ns))

    def set_owner(self, fd: int, uid: int, gid: int) -> None:
        """Set owner and group of an open file; -1 leaves one as it is."""
        os.fchown(fd, uid, gid)

    def set_mode(self, fd: int, mode: int) -> None:
        """Set the permission bits of an open file."""
        os.fchmod(fd, mode)

    def list_attributes(self, fd: int) -> list[str]:
        """Names of the extended attributes of an open file."""
        return os.listxattr(fd) if IS_LINUX else []

    def get_attribute(self, fd: int, name: str) -> bytes:
        """One extended attribute of an open file."""
        return os.getxattr(fd, name)

    def set_attribute(self, fd: int, name: str, value: bytes) -> None:
        """Set one extended attribute of an open file."""
        os.setxattr(fd, name, value)

    def remove_attribute(self, fd: int, name: str) -> None:
        """Take one extended attribute from an open file."""
        os.removexattr(fd, name)

    def copy_mac_attributes(self, source: int, target: int) -> None:
        """Extended attributes and ACL on macOS, which Python has no other call for."""
        if sys.platform == "darwin":  # pragma: no cover - macOS alone
            call = getattr(_libc(), "fcopyfile", None)
            if call and call(source, target, None, ctypes.c_uint(_MAC_ACL_AND_XATTR)) != 0:
                raise _failed()


REAL = System()

_umask_lock = threading.Lock()


@functools.cache
def umask() -> int:
    """The file mode mask of this process, read once; nothing in the program changes it."""
    try:
        for line in _STATUS.read_bytes().splitlines():
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    except (OSError, ValueError, IndexError):
        pass
    with _umask_lock:  # elsewhere it can only be read by setting it
        found = os.umask(0o077)
        os.umask(found)
    return found


def has_default_acl(directory: str) -> bool:
    """True if files made in a directory get their permissions from it instead of the mask."""
    if not IS_LINUX:
        return False
    try:
        return bool(os.getxattr(directory, "system.posix_acl_default"))
    except OSError:
        return False


def is_same_file(one: os.stat_result, other: os.stat_result) -> bool:
    """True for two looks at one inode."""
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def is_directory(facts: os.stat_result) -> bool:
    """True for a directory itself."""
    return stat.S_ISDIR(facts.st_mode)
