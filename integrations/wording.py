"""Names of a program in words that people read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

HOLE = re.compile(r"\{([A-Za-z][\w. ]*)\}")  # a field of the record in a template
PRODUCTS = ("Xero", "Procore", "OneCore")
TWICE = re.compile(r"\b(\w+) \1\b")


def words(name: str) -> str:
    """A field's path in words: payment.InvoiceNumber -> payment invoice number, project.project_number ->
    project number.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("..", ""))
    return TWICE.sub(r"\1", spaced.replace("_", " ").replace(".", " ").replace("ID", "id").lower())


def in_words(template: str) -> str:
    """A template with the names of its fields in words: {invoice_number}/A -> [invoice number]/A."""
    return HOLE.sub(lambda found: f"[{words(found[1])}]", template)


def within(text: str) -> str:
    """What begins a sentence, for the middle of one: small, unless it is the name of a product."""
    return text if text.startswith(PRODUCTS) else text[:1].lower() + text[1:]


def first_sentence(function: Callable[..., Any]) -> str:
    """The first sentence of a docstring, for the middle of a sentence."""
    return within(" ".join((function.__doc__ or function.__name__).split()).split(". ")[0].rstrip("."))
