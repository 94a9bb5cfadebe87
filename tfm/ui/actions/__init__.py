"""What each action does; one function an action, told apart by subject. Begin with `table.py`."""
