"""Reading JSON that a person wrote: every mistake is noted with its place, none stops the reading."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

Problem = tuple[str, str]


class Unreadable(Exception):
    """A file that cannot be taken as it is; `problems` are pairs of a place and what is wrong there."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{place}: {words}" if place else words for place, words in problems))


@dataclass(frozen=True)
class Node:
    """A value with its place in the file. Reading notes a problem and gives a harmless value instead."""

    value: Any
    place: str
    problems: list[Problem] = field(repr=False)

    def wrong(self, words: str) -> None:
        """Note what is wrong here."""
        self.problems.append((self.place, words))

    @property
    def is_absent(self) -> bool:
        return self.value is ABSENT

    def fields(self, *known: str) -> dict[str, "Node"]:
        """The members by name; unknown ones are problems, absent ones stand for themselves."""
        if not isinstance(self.value, Mapping):
            self.wrong("is missing" if self.is_absent else "has to be an object in braces")
            return {name: Node(ABSENT, f"{self.place}.{name}".lstrip("."), []) for name in known}
        for name in self.value:
            if name not in known:
                self.at(name).wrong(f"is not known here{suggestion(name, known)}")
        return {name: self.at(name) for name in known}

    def members(self) -> dict[str, "Node"]:
        """All members by name, whatever their names."""
        if self.is_absent:
            return {}
        if not isinstance(self.value, Mapping):
            self.wrong("has to be an object in braces")
            return {}
        return {name: self.at(name) for name in self.value}

    def at(self, name: str) -> "Node":
        """One member."""
        return Node(self.value.get(name, ABSENT), f"{self.place}.{name}".lstrip("."), self.problems)

    def items(self) -> Iterator["Node"]:
        """The items of a list; nothing where it is absent."""
        if self.is_absent:
            return
        if not isinstance(self.value, list):
            self.wrong("has to be a list in brackets")
            return
        for number, item in enumerate(self.value):
            yield Node(item, f"{self.place}[{number}]", self.problems)

    def text(
        self, *, default: str | None = None, longest: int = 200, pattern: str = "", means: str = ""
    ) -> str:
        """A text. Without a default it has to be there and not be empty. `means` says what the pattern is."""
        if self.is_absent and default is not None:
            return default
        if not isinstance(self.value, str):
            self.wrong("is missing" if self.is_absent else "has to be a text in quotes")
        elif not self.value.strip() and default is None:
            self.wrong("must not be empty")
        elif len(self.value) > longest:
            self.wrong(f"is longer than {longest} characters")
        elif any(ord(sign) < 32 for sign in self.value):
            self.wrong("holds a character that cannot be shown")
        elif self.value and pattern and not re.fullmatch(pattern, self.value):
            self.wrong(means)
        else:
            return self.value
        return default or ""

    def one_of(self, choices: Sequence[str], *, default: str | None = None) -> str:
        """One of the known words."""
        if self.is_absent and default is not None:
            return default
        if isinstance(self.value, str) and self.value in choices:
            return self.value
        words = ", ".join(choices)
        self.wrong(f"is missing; it is one of {words}" if self.is_absent else f"has to be one of {words}")
        return default or ""

    def flag(self, *, default: bool) -> bool:
        """true or false."""
        if self.is_absent or isinstance(self.value, bool):
            return default if self.is_absent else self.value
        self.wrong("has to be true or false")
        return default

    def whole(self, *, default: int, least: int = 0, most: int = 10**12) -> int:
        """A whole number within limits."""
        if self.is_absent:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.wrong("has to be a whole number")
        elif not least <= self.value <= most:
            self.wrong(f"has to be a number from {least:,} to {most:,}")
        else:
            return self.value
        return default

    def day(self) -> date | None:
        """A date such as 2026-07-01, or null."""
        return self._parsed(date.fromisoformat, r"\d{4}-\d\d-\d\d", "a date such as 2026-07-01, or null")

    def time(self, *, default: time) -> time:
        """A time of day such as 02:30."""
        found = self._parsed(time.fromisoformat, r"\d\d:\d\d", "a time of day such as 02:30")
        return default if found is None else found

    def _parsed(self, parse: Callable[[str], Any], pattern: str, means: str) -> Any:
        if self.is_absent or self.value is None:
            return None
        if isinstance(self.value, str) and re.fullmatch(pattern, self.value):
            try:
                return parse(self.value)
            except ValueError:
                self.wrong(f"{self.value} does not exist")
                return None
        self.wrong(f"has to be {means}")
        return None


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


def opened(text: str) -> Node:
    """The whole file. Raises Unreadable where it is no JSON, names a member twice or is nested too deeply."""
    try:
        value = json.loads(text, object_pairs_hook=_each_once, parse_constant=_refused)
    except json.JSONDecodeError as error:
        words = f"line {error.lineno}, column {error.colno}: this is not JSON ({error.msg})"
        raise Unreadable([("", words)]) from None
    except RecursionError:
        raise Unreadable([("", "the file is nested too deeply")]) from None
    except ValueError as error:
        raise Unreadable([("", str(error))]) from None
    return Node(value, "", [])


def suggestion(name: str, known: Sequence[str]) -> str:
    """The known names, where they are few enough to help."""
    return f"; known are {', '.join(known)}" if 0 < len(known) <= 20 else ""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"“{twice}” stands twice in one object")
    return dict(pairs)


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not a number")
