"""A disk whose medium turns a bit of what was written: seen only by who reads it back from there."""

from __future__ import annotations

import fcntl
import os
import random

from tfm.storage.local.syscalls import System


class WornDisk(System):
    """Turns one bit, chosen by the seed, in each file whose cache is dropped for reading it back.

    That is the moment from which on the medium is asked and not the memory. Sources, which are open
    for reading alone, stay whole. `turned` counts.
    """

    def __init__(self, seed: int) -> None:
        self.turned = 0
        self.on = True
        self._dice = random.Random(seed)

    def drop_cache(self, fd: int) -> None:
        super().drop_cache(fd)
        size = os.fstat(fd).st_size
        if not self.on or not size or fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            return
        at = self._dice.randrange(size)
        os.pwrite(fd, bytes([os.pread(fd, 1, at)[0] ^ (1 << self._dice.randrange(8))]), at)
        self.turned += 1
