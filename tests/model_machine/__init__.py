"""The model-based test: random acts in both worlds against plain dictionaries.

Owns: the model of a disk and of a key store (`model`), what a copy or move must do to it (`carry`),
the real stores told without tfm (`stores`), and the machine that performs acts on both and compares
(`machine` and the `rules_*` beside it). `coverage` counts what was reached, `running` runs it by a
seed. Begin with `machine.py`. Longer: `python -m tests.campaign model`.
"""
