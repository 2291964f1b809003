"""Measurements of calls, limits, memory and cost against the sandbox: `python -m tests.bench`, on PostgreSQL.

Counts and ratios only, each measured side by side in one run, so that the machine's speed decides nothing.
"""
