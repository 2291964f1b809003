"""What happened: runs, entries, warnings, and the one script that reads, plans, records and applies."""
