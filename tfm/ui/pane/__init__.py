"""One pane on the screen: header, titles, rows, rail, footer. Begin with `pane.py`."""
