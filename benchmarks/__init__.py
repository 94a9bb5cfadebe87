"""How fast and how small the program is, beside what it cannot be faster or smaller than.

No figure stands alone: each is taken in turn with a peer or with the bare library call beneath, in
one run on one machine, and what is quoted is the ratio. Nothing here is a test; `tests/house` only
proves that every benchmark runs. The package imports none of this. Begin with `__main__.py`;
`timing.py` says how it is measured, `world.py` what it is measured on.
"""
