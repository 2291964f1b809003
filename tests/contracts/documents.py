"""The OpenAPI documents: read once, kept as JSON outside the repository, corrected on the way in."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

VARIABLE = "ONECORE_CONTRACTS"
SKIPPED = f"contract checks skipped: {VARIABLE} not set"

NAMES = ("procore", "xero-accounting", "xero-payroll-au", "xero-payroll-au-v2", "xero-identity")

Document = dict[str, Any]
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class PlainLoader(yaml.CSafeLoader):
    """Reads dates as the text they are: a contract's example is text, not a day."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Known:
    """One place where a document contradicts what its own reference says, and what stands there instead.

    `parts` are paths of names from the document's root; `*` stands for any text in a name, and for any method
    below a path. A mapping is laid over what is there (a value of None removes a name), or under it with
    `gaps`, which only fills what is missing; a list is added to a list; anything else replaces what is there.
    `line` is where the reference says so, `file:number`; `word` stands on that line.
    """

    name: str
    document: str
    parts: tuple[tuple[str, ...], ...]
    value: Any
    reason: str
    line: str
    word: str
    gaps: bool = False


def folder() -> Path | None:
    """Return the folder of the documents, or None when the environment names none."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser().resolve() if named else None


def read(path: Path) -> Document:
    """Return one document; parsing YAML takes seconds, so its JSON is kept under the hash of its content.

    Raises FileNotFoundError when the folder lacks the document: a named but wrong folder is never skipped.
    """
    raw = path.read_bytes()
    kept = _shelf() / f"{hashlib.sha256(raw).hexdigest()}.json"
    parsed: Document
    if kept.exists():
        parsed = json.loads(kept.read_bytes())
        return parsed
    parsed = _with_text_keys(yaml.load(raw, Loader=PlainLoader))
    draft = kept.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(parsed))
    draft.replace(kept)
    return parsed


def corrected(document: Document, known: Iterable[Known]) -> Document:
    """Return the document with the known contradictions laid over it; the one given stays as it is."""
    result = document
    for entry in known:
        for part in entry.parts:
            for path in places(result, part):
                result = _laid(result, path, entry.value, gaps=entry.gaps)
    return result


def places(document: Document, part: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the paths a part with `*` stands for in this document, the part itself when it has none."""
    return list(_expanded(document, part, ()))


def at(document: Document, path: tuple[str, ...]) -> Any:
    """Return what stands at a path, or None."""
    node: Any = document
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def resolve(document: Document, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow the references of parameters, bodies and answers; schemas keep theirs."""
    while "$ref" in node:
        node = at(document, tuple(node["$ref"].removeprefix("#/").split("/")))
    return node


def _expanded(node: Any, rest: tuple[str, ...], done: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not rest:
        yield done
        return
    head, *tail = rest
    if "*" not in head:
        if not tail or (isinstance(node, dict) and head in node):
            yield from _expanded(node.get(head) if node else None, tuple(tail), (*done, head))
        return
    below_a_path = len(done) == 2 and done[0] == "paths"
    for name in node or ():
        if fnmatchcase(name, head) and (not below_a_path or name in _METHODS):
            yield from _expanded(node[name], tuple(tail), (*done, name))


def _laid(node: Any, path: tuple[str, ...], value: Any, *, gaps: bool) -> Any:
    if path:
        name, *rest = path
        below = node if isinstance(node, dict) else {}
        return {**below, name: _laid(below.get(name), tuple(rest), value, gaps=gaps)}
    if isinstance(node, dict) and isinstance(value, dict):
        both = {**value, **node} if gaps else {**node, **value}
        return {name: held for name, held in both.items() if held is not None}
    return [*node, *value] if isinstance(node, list) and isinstance(value, list) else value


def _with_text_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(name): _with_text_keys(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_with_text_keys(value) for value in node]
    return node


def _shelf() -> Path:
    shelf = Path(tempfile.gettempdir()) / f"onecore-contracts-{os.getuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    return shelf
