"""Campaigns: what only large numbers prove, run small among the tests and in full by one command.

    python -m tests.campaign faults|flips|model [--seed N] [--size ci|full] [--json FILE]

A campaign starts a server of its own, drives the real engine through `tests/fakes/proxy.py` by a seed, and
judges by the far side: what the server and the disk hold afterwards, never what the engine says alone.
Begin in `__main__.py`, whose table names the campaigns; `ground.py` is the world they share.
"""
