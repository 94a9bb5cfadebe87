"""The screen, driven by key presses over local directories and storage in memory."""
