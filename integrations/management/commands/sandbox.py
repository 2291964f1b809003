"""`manage.py sandbox`: the simulated Procore and Xero on this machine, until stopped."""

import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.sandbox.control import named_world
from integrations.sandbox.server import Sandbox

TOKEN_VARIABLE = "ONECORE_SANDBOX_TOKEN"


class Command(BaseCommand):
    """Runs the sandbox on 127.0.0.1 and prints its addresses; ends on SIGTERM or Ctrl-C."""

    help = "Simulate Procore and Xero on this machine; stops on SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8899, help="port on 127.0.0.1; 0 takes a free one")
        parser.add_argument("--world", default="demo", help="the world to start with: demo, small, empty …")
        parser.add_argument(
            "--token", help=f"the control interface's token; else {TOKEN_VARIABLE}, else a new one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["token"] or os.environ.get(TOKEN_VARIABLE)
        sandbox = Sandbox(token=given)
        try:
            sandbox.load(named_world(options["world"]))
            address = sandbox.start(options["port"])
        except (LookupError, OSError) as error:
            raise CommandError(f"The sandbox did not start: {error}") from error
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        self.stdout.write(f"The sandbox is at {address} with the world {options['world']}.")
        for host, base in sandbox.addresses().items():
            self.stdout.write(f"  {host:<14} {base}")
        self.stdout.write(f"  {'control':<14} {address}/control")
        if given is None:
            self.stdout.write(f"  Token of the control interface: {sandbox.token}")
        self.stdout.flush()
        ended.wait()
        sandbox.stop()
        self.stdout.write("The sandbox has stopped.")
