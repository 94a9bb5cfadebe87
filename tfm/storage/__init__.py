"""Verbs on one place: the contract, the one door (`Vfs`), the cache, and the backends behind it.

May import `tfm.model` only. Begin with `base.py` (what every storage does), `facets.py` (what some
can do) and `vfs.py` (how everybody else reaches them). Backends are opened by `registry.py` alone.
"""
