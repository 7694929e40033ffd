"""Reading the rails' feeds: one timing and cache policy, and one log of every run."""
