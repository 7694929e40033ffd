"""The daily digest: an experience over tray and queue, no second source of data."""
