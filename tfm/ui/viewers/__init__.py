"""Looking into files.

Begin with `registry.py` (which viewer opens what), then `text.py` (the screen), `file_view.py` (the
widget that moves a window over a file of any size) and `rows.py` (from bytes to lines, on workers).
Nothing here reads on the event loop; what is drawn passed `safe_text` on the worker.
"""
