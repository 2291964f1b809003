"""Behaviours a test can change; where the published references leave a question open, the default is the
harsher one.

A system adds its own by a dataclass `Switches` in its package; all of them are set by the control interface
by name.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class FrameSwitches:
    """Switches of the frame."""

    log_bodies: bool = False  # keep request and answer bodies in the log of calls
    limits: bool = True  # enforce the rate limits (in-flight limits included) of both systems


def join(*parts: type) -> Any:
    """One object with the switches of the frame and of every system, at their defaults."""
    joined: Any = dataclass(type("Switches", (FrameSwitches, *parts), {"__doc__": "Every switch."}))
    return joined()


def change(switches: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set switches by name and return all of them; raises ValueError for an unknown name or another type."""
    kinds = {field.name: type(getattr(switches, field.name)) for field in fields(switches)}
    for name, value in values.items():
        if name not in kinds:
            raise ValueError(f"there is no switch {name}")
        if kinds[name] is not type(value) and not (kinds[name] is float and isinstance(value, int)):
            raise ValueError(f"the switch {name} takes {kinds[name].__name__}")
    for name, value in values.items():
        setattr(switches, name, kinds[name](value))
    return asdict(switches)
