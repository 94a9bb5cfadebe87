"""What the user is looking at, without a screen."""
