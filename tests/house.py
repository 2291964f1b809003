"""The repository as the house rules see it: modules parsed, tracked files, how a broken rule is told."""

import ast
import functools
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("integrations", "mappings", "runs", "onecore")  # each may import those before it
# Modules of integrations/ that touch Django, the network or the clock; every other one is pure.
WITH_EFFECTS = {
    "admin", "apps", "models", "registry",
    "secrets", "environments", "credentials", "budgets", "permissions", "http", "transport", "oauth",
    "errors",
}  # fmt: skip
CALLING = ("client", "fetching", "periods")  # beside a system's descriptions of records: what makes calls


@dataclass(frozen=True)
class Module:
    """One Python file of the product."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.name.split(".")[0]

    @property
    def is_sandbox(self) -> bool:
        """The simulator stands apart from the rest."""
        return self.name.startswith("integrations.sandbox")

    @property
    def is_declaration(self) -> bool:
        """One integration, or one customer's difference."""
        return self.name.startswith(("integrations.catalog.", "integrations.custom."))

    @property
    def is_pure(self) -> bool:
        """Standard library only: no Django, no requests, no clock."""
        parts = self.name.split(".")
        core = len(parts) == 2 and parts[0] == "integrations" and self.path.name != "__init__.py"
        beside = len(parts) == 3 and parts[1] in ("procore", "xero", "local") and parts[2] not in CALLING
        resources = parts[0] == "integrations" and beside and self.path.name != "__init__.py"
        return (core and parts[1] not in WITH_EFFECTS) or self.is_declaration or resources

    def imports(self) -> Iterator[tuple[str, ast.stmt]]:
        """Every imported module by its full name, wherever the statement stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self.relative(node.level) if node.level else ""
                where = ".".join(part for part in (base, node.module or "") if part)
                for alias in node.names:
                    full = f"{where}.{alias.name}"
                    yield (full if full in names() else where, node)

    def relative(self, level: int) -> str:
        """The package a relative import starts from."""
        parts = self.name.split(".")
        return ".".join(parts[: len(parts) - level + (self.path.name == "__init__.py")])

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def at(self, node: ast.AST) -> str:
        """`file:line` of a node."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@functools.cache
def modules() -> tuple[Module, ...]:
    """All Python files of the product; migrations are Django's."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            source = path.read_text()
            found.append(Module(name, path, source, ast.parse(source)))
    return tuple(found)


@functools.cache
def names() -> frozenset[str]:
    """The full names of all modules."""
    return frozenset(module.name for module in modules())


@functools.cache
def tracked() -> tuple[Path, ...]:
    """What is committed; every file of the folder where there is no repository."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    listed = (
        [ROOT / name for name in asked.stdout.split("\0") if name]
        if not asked.returncode
        else ROOT.rglob("*")
    )
    return tuple(path for path in listed if path.is_file() and not {".venv", ".git", "var"} & set(path.parts))


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked text file and its content."""
    for path in tracked():
        try:
            yield path, path.read_text()
        except UnicodeDecodeError:
            continue


def lines_with(pattern: re.Pattern[str], files: Iterable[tuple[Path, str]]) -> list[str]:
    """`file:line: text` wherever the pattern is found."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, content in files
        for number, line in enumerate(content.splitlines(), 1)
        if pattern.search(line)
    ]


def clear(broken: Iterable[str], rule: str) -> None:
    """Fail naming the rule and every place."""
    places = sorted(set(broken))
    if places:
        pytest.fail(f"{rule}:\n  " + "\n  ".join(places), pytrace=False)


def waived(found: dict[str, str], waivers: dict[str, str], rule: str) -> None:
    """Fail on places without a waiver and on waivers without a place or reason."""
    clear((f"{place} {detail}" for place, detail in found.items() if place not in waivers), rule)
    clear(
        (f"{place}: no longer needed" for place in waivers.keys() - found.keys()), "Waivers that name nothing"
    )
    clear((place for place, reason in waivers.items() if len(reason) < 15), "Waivers without a reason")


def product() -> list[tuple[Path, str]]:
    """The product's own Python files."""
    return [(module.path, module.source) for module in modules()]
