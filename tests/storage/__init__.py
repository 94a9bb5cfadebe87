"""One folder a backend: `rig.py` for the contract suite, beside it tests only for that backend."""
