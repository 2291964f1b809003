"""The admin pages of runs, warnings and schedules."""

from runs.admin import review, run_list, schedules

__all__ = ["review", "run_list", "schedules"]
