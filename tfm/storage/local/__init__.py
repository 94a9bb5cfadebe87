"""The local disk: POSIX files with nothing lost, nothing followed by accident, nothing half written.

May import `tfm.model` and `tfm.storage.{base,facets,guard}` only. Begin with `storage.py`, which puts the
subjects together; `draft.py` is the heart (a file grows beside its name and is published whole), and
`syscalls.py` the seam through which all of it talks to the kernel, with the fallbacks for macOS and for
disks that lack an ability.
"""
