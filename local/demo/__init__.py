"""The demo firm, and the main job told as it happens."""
