"""Each protection taken away in turn: its test must turn red. `python -m tests.guards` shows that for all."""
