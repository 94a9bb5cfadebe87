"""The screen: the only room that knows Textual.

Owns: the app (`app`), what its keys do (`actions`), the panes, panels, dialogs and viewers, and the
one door between it and the worker threads (`bridge`). May import everything below it.

Begin with `app.py`, then `navigator.py` (what a pane shows) and `pane/file_list.py` (how).
Three rules hold everywhere here: the event loop never waits for a storage; a key press never causes
a layout; nothing that came from outside is drawn before `safe_text`, nor ever read as markup.
"""
