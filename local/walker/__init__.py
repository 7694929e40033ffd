"""Walks state machines in this process, step by step: the language subset that our machines use."""
