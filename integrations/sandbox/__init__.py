"""Procore and Xero simulated over real HTTP on one port; written from the published contracts, imports
nothing of ours.

`server.Sandbox` is the whole of it: `sandbox = Sandbox(token="…")`, `sandbox.load(world)`, `address =
sandbox.start()`.
"""
