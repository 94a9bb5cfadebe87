"""What the user is looking at, without a widget: two panes, their rows, cursors and marks.

Owns: the state of a pane (`pane`), its way back (`trail`), the pair of panes with their tabs
(`session`), what they learn of places and get back (`recall`), and which panes a change makes
stale (`refresh`). May import `ops`, `jobs`, `config`, `storage` and `model`; never Textual.

Everything here belongs to the UI thread, except `plan_rows`, which is made for a worker: it sorts
and counts, and what it returns is put in place at no cost. Begin with `pane.py`.
"""
