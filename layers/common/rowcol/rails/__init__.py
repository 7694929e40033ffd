"""The rails: one package each, with the same file names. Learn one, know all."""
