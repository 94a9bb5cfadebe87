"""The proof: `python -m tests` runs everything that must hold before a change lands."""
