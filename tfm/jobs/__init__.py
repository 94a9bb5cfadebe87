"""Background work: lanes of threads, jobs with progress, questions and an end.

Knows operations only as callables that take an `OpContext`. May import `ops`, `storage`, `model`.
Begin with `manager.py`; `lane.py` is where the threads are.
"""
