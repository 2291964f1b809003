"""The sandbox: one HTTP server on 127.0.0.1, one path prefix per real host, the control interface and a
page.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from integrations.sandbox import control, page, procore, xero
from integrations.sandbox.calls import Calls
from integrations.sandbox.clock import Clock, moment
from integrations.sandbox.faults import Faults, suffer
from integrations.sandbox.limits import Limits
from integrations.sandbox.oauth import OAuth
from integrations.sandbox.routing import HOSTS, Answer, Refused, Request, Router
from integrations.sandbox.switches import change, join
from integrations.sandbox.wire import Listener

# A system is a package with `routers: dict[host, Router]`, `load(sandbox, part_of_world)`,
# `acts: dict[name, Callable[(sandbox, *, …), Any]]`, `records(sandbox, kind, tenant | None) -> list[dict]`
# and, if it has any, a dataclass `Switches`.
SYSTEMS: dict[str, ModuleType] = {"procore": procore, "xero": xero}


class Sandbox:
    """Both systems, their records, clock, faults and counts.

    `lock` is held while a handler or an act runs. `observers` are called with every (request, answer) of the
    five
    hosts; `Answer.rendered()` gives the bytes sent.
    """

    def __init__(self, *, token: str | None = None, clock: Clock | None = None) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.switches = join(*(s.Switches for s in SYSTEMS.values() if hasattr(s, "Switches")))
        self.oauth = OAuth(self.clock)
        self.limits = Limits(self.clock)
        self.faults = Faults()
        self.calls = Calls(self.clock)
        self.procore: dict[Any, Any] = {}
        self.xero: dict[str, Any] = {}
        self.observers: list[Callable[[Request, Answer], None]] = []
        self.stopping = threading.Event()
        self.address = ""
        self._listener: Listener | None = None
        self.routers: dict[str, Router] = {h: r for s in SYSTEMS.values() for h, r in s.routers.items()}
        self.load({})

    def load(self, world: Mapping[str, Any]) -> None:
        """Replace everything by a world: records, apps, users; tokens, faults, limits and counts start
        anew.
        """
        with self.lock:
            now = world.get("now")
            self.clock.set(now=moment(now) if now else None, speed=world.get("speed"))
            self.faults.clear()
            self.limits.forget()
            self.oauth.load(world.get("clients", {}), world.get("users", {}))
            change(self.switches, dict(world.get("switches", {})))
            for name, system in SYSTEMS.items():
                system.load(self, world.get(name, {}))
            self.calls.reset()

    def acts(self) -> dict[str, Callable[..., Any]]:
        """What a user of either system can do, by name."""
        return {name: act for system in SYSTEMS.values() for name, act in system.acts.items()}

    def act(self, name: str, /, **arguments: Any) -> Any:
        """Do something as a user of either system; raises LookupError for an unknown act or record.

        `xero.disconnect` or `procore.disconnect` says whose act is meant where both have one of the name.
        """
        system, _, plain = name.rpartition(".")
        act = (SYSTEMS[system].acts if system in SYSTEMS else self.acts()).get(plain)
        if act is None:
            raise LookupError(f"there is no act {name}")
        with self.lock:
            return act(self, **arguments)

    def records(self, system: str, kind: str, tenant: str | None = None) -> list[dict[str, Any]]:
        """The records of one kind as the system's API shows them; raises LookupError."""
        if system not in SYSTEMS:
            raise LookupError(f"there is no system {system}")
        with self.lock:
            return SYSTEMS[system].records(self, kind, tenant)  # type: ignore[no-any-return]

    def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (a free port when 0) and return the base address, `http://127.0.0.1:PORT`."""
        self.stopping.clear()
        self._listener = Listener(self, port)
        self.address = f"http://127.0.0.1:{self._listener.port}"
        return self.address

    def addresses(self) -> dict[str, str]:
        """The base address of each simulated host."""
        return {host: f"{self.address}/{host}" for host in HOSTS}

    def stop(self) -> None:
        """Stop listening and end every connection and held request."""
        self.stopping.set()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def answer(self, request: Request, gone: Callable[[], bool] = bool) -> Answer:
        """Answer one request; `gone()` tells whether its connection died. Raises Dropped or Truncated."""
        if request.host == "control":
            return control.answer(self, request)
        if request.host == "page":
            return page.answer(self, request)
        router = self.routers.get(request.host)
        if router is None:
            return Answer(404, {"error": "Not found"})
        found = router.find(request.method, request.path)
        if found is not None:
            request.pattern = found[0].pattern

        def call() -> Answer:
            if found is None:
                return router.missing(self, request)
            return found[0].handler(self, request, **found[1])

        def effect() -> Answer:
            with self.lock:
                try:
                    answer = router.inside(self, request, call)
                except Refused as refusal:
                    answer = refusal.answer
                if not isinstance(answer.body, str | bytes | None):
                    # Rendered under the lock: the body may hold live records.
                    answer.content_type, answer.body = answer.kind(), answer.rendered()
                return answer

        def run() -> Answer:
            fault = self.faults.take(request)
            return effect() if fault is None else suffer(fault, effect, gone, self.stopping)

        try:
            return router.around(self, request, run)
        except Refused as refusal:
            return refusal.answer
