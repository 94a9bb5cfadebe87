"""The lines at the foot of the screen and the panel of jobs."""
