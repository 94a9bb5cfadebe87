"""Verbs between places: copy, move, remove, rename, make. Synchronous, no threads, no UI.

May import `tfm.storage` and `tfm.model`. Every verb takes an `OpContext` (`context.py`), which is all
it may touch, and returns a `Report` in which every item ends exactly once. Begin with `tree.py`.
"""
