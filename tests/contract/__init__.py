"""The sentences of `tfm/storage/base.py` and `facets.py` as tests, run on every backend.

Begin with `rig.py`: what a backend hands in to be tested. `conftest.py` brings every test to every rig
that has what the test needs; a test asks with `@needs(...)`, so nothing is ever skipped.
"""
