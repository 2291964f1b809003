"""Commands: sync and worker."""
