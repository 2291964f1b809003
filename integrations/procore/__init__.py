"""Procore: what there is to read and write, and the client that does it."""
