"""The same six misfortunes for this program and for others: who loses what. `python -m tests.battery`.

Not part of the gate: it takes minutes, wants root for small disks of memory, and is about programs
that may not be installed. `cases` says what happens, `peers` how each program is driven, `ground`
where; a verdict is given from the disk alone, never from what a program says.
"""
