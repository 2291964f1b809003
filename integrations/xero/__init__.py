"""Xero: what there is to read and write, the client that does it, and how its values are read."""
