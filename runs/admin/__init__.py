"""The admin pages of runs, warnings and schedules."""

from runs.admin import pairing, review, run_list, schedules

__all__ = ["pairing", "review", "run_list", "schedules"]
