"""Questions to the user. All stand on `frame.py`: Esc leaves, Enter takes the default."""
