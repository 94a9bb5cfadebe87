"""The nouns of the house: places, entries, listings, changes, errors, questions.

Standard library only, frozen values, no I/O; everything above may import this room and this room
imports nothing. Begin with `location.py`, then `entry.py` and `errors.py`.
"""
