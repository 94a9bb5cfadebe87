"""Looking into files. Begin with `text.py`."""
