"""`manage.py worker`: the queue's workers, watched."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from runs.watch import Watcher


class Command(BaseCommand):
    """Starts the workers and watches over them until asked to end (SIGTERM or Ctrl-C)."""

    help = "Work on runs: start the queue's workers, repair runs whose worker died, look up lost answers."

    def handle(self, *args: Any, **options: Any) -> None:
        watcher = Watcher()
        self.stdout.write(f"Worker {watcher.name} is at work. It ends with Ctrl-C.")
        watcher.watch()
