"""The control interface: load worlds, act as a user, inject faults, read counts; every call needs the
token.
"""

import inspect
import secrets
from typing import TYPE_CHECKING, Any

from integrations.sandbox import worlds
from integrations.sandbox.clock import moment
from integrations.sandbox.routing import Answer, BadBody, Request, Router
from integrations.sandbox.switches import change
from integrations.sandbox.worlds.demo import later

if TYPE_CHECKING:
    from integrations.sandbox.server import Sandbox

router = Router()


def answer(sandbox: "Sandbox", request: Request) -> Answer:
    """Answer one control call; 401 without the token, 400 with a text for anything that cannot be done."""
    given = request.headers.get("x-sandbox-token") or ""
    if not secrets.compare_digest(given.encode(), sandbox.token.encode()):
        return Answer(401, {"error": "The header X-Sandbox-Token does not hold the sandbox's token"})
    found = router.find(request.method, request.path)
    if found is None:
        return Answer(404, {"error": "There is no such control call"})
    try:
        return found[0].handler(sandbox, request, **found[1])
    except BadBody as error:
        return Answer(400, {"error": f"The body is not JSON: {error}"})
    except LookupError as error:
        return Answer(404, {"error": str(error.args[0]) if error.args else "Not found"})
    except (TypeError, ValueError) as error:
        return Answer(400, {"error": str(error)})


def _fields(request: Request) -> dict[str, Any]:
    fields = request.json if request.body else {}
    if not isinstance(fields, dict):
        raise BadBody("an object was expected")
    return fields


@router.route("POST", "/world")
def load_world(sandbox: "Sandbox", request: Request) -> Answer:
    """Load a named world or the one given."""
    fields = _fields(request)
    world = fields["world"] if "world" in fields else named_world(fields.get("name", ""))
    sandbox.load(world)
    return Answer(body={"loaded": fields.get("name", "given"), "now": sandbox.clock.now().isoformat()})


def named_world(name: str) -> dict[str, Any]:
    """The world with this name; raises LookupError."""
    return worlds.world(name)


@router.route("GET", "/acts")
def list_acts(sandbox: "Sandbox", request: Request) -> Answer:
    """Every act with its arguments and what it does."""
    return Answer(body={name: _described(act) for name, act in sorted(sandbox.acts().items())})


def _described(act: Any) -> dict[str, Any]:
    arguments = list(inspect.signature(act).parameters.values())[1:]
    return {
        "about": inspect.getdoc(act) or "",
        "arguments": [{"name": a.name, "required": a.default is a.empty} for a in arguments],
    }


@router.route("POST", "/act")
def act(sandbox: "Sandbox", request: Request) -> Answer:
    """Act as a user of either system."""
    fields = dict(_fields(request))
    return Answer(body={"result": sandbox.act(fields.pop("act", ""), **fields)})


@router.route("GET", "/later")
def acts_kept_for_later(sandbox: "Sandbox", request: Request) -> Answer:
    """The acts of the demo world for after a finished run."""
    return Answer(body=later())


@router.route("GET", "/faults")
def list_faults(sandbox: "Sandbox", request: Request) -> Answer:
    """The faults in force, with hits and requests held now."""
    return Answer(body={"faults": sandbox.faults.all()})


@router.route("POST", "/faults")
def add_fault(sandbox: "Sandbox", request: Request) -> Answer:
    """Inject a fault."""
    fields = dict(_fields(request))
    return Answer(body={"id": sandbox.faults.add(fields.pop("effect", ""), **fields)})


@router.route("DELETE", "/faults")
def clear_faults(sandbox: "Sandbox", request: Request) -> Answer:
    """Remove every fault."""
    sandbox.faults.clear()
    return Answer(204)


@router.route("POST", "/release")
def release(sandbox: "Sandbox", request: Request) -> Answer:
    """Let held requests go on."""
    sandbox.faults.release(_fields(request).get("id"))
    return Answer(204)


@router.route("GET", "/calls")
def calls(sandbox: "Sandbox", request: Request) -> Answer:
    """Counts since the last reset, or with log=1 the last calls."""
    return Answer(
        body={"calls": sandbox.calls.log()} if request.arg("log") == "1" else sandbox.calls.summary()
    )


@router.route("POST", "/calls/reset")
def reset_calls(sandbox: "Sandbox", request: Request) -> Answer:
    """Count anew."""
    sandbox.calls.reset()
    return Answer(204)


@router.route("POST", "/clock")
def set_clock(sandbox: "Sandbox", request: Request) -> Answer:
    """Set the clock's speed, its time, or both."""
    fields = _fields(request)
    speed, now = fields.get("speed"), fields.get("now")
    sandbox.clock.set(now=moment(now) if now else None, speed=None if speed is None else float(speed))
    return Answer(body={"now": sandbox.clock.now().isoformat(), "speed": sandbox.clock.speed})


@router.route("POST", "/switches")
def set_switches(sandbox: "Sandbox", request: Request) -> Answer:
    """Change switches; with an empty body only shows them."""
    return Answer(body=change(sandbox.switches, _fields(request)))


@router.route("GET", "/records")
def records(sandbox: "Sandbox", request: Request) -> Answer:
    """The records of one kind in one system."""
    kind, system = request.arg("kind") or "", request.arg("system") or ""
    with sandbox.lock:
        return Answer(
            body=Answer(body={"records": sandbox.records(system, kind, request.arg("tenant"))}).rendered(),
            content_type="application/json",
        )
