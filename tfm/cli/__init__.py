"""Start-up: arguments, the headless verbs, logging, exit codes, and where everything is put together.

May import every room; imports the heavy ones (`tfm.ui`, `tfm.demo`, the backends) only when they are
needed, so that `tfm --help` and `tfm ls .` start at once. Begin with `start.py`; a verb is one
function in `listing.py`, `carrying.py`, `removing.py` or `making.py`.
"""
