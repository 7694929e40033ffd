"""The whole product in one process and virtual time: one seed, one run, all that fails in it."""
