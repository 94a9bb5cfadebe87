"""Scratch space in memory, and the reference that the contract suite holds real storages against.

May import `tfm.model` and the storage contract only. Begin with `storage.py`; `flat.py` keeps keys
as an object store does, `tree.py` keeps real directories as a disk does.
"""
