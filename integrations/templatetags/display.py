"""The words of `integrations.admin.display` for templates."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template

from integrations.admin import display
from integrations.admin.options import name_of
from integrations.expressions import words

NAMED = re.compile(r"\{([A-Za-z][\w. ]*)\}")  # a field of the record in a template
TRUTH = re.compile(r"\b(?:True|False)\b")

register = template.Library()
register.filter("when", display.when)
register.filter("day", display.day)
register.filter("duration", display.duration)
register.filter("outside", display.outside)
register.filter("integration_name", name_of)
register.simple_tag(display.chip, name="chip")
register.simple_tag(display.count, name="count")


@register.filter
def money(value: Any) -> str:
    """An amount with two decimals; other values as they are."""
    try:
        return display.amount(None if value in (None, "") else Decimal(str(value)))
    except InvalidOperation:
        return str(value)


@register.filter
def spelled(source: Any) -> str:
    """What a specification says of a field: names in braces and answers of a program in words."""
    said = TRUTH.sub(lambda found: {"True": "yes", "False": "no"}[found[0]], str(source))
    return NAMED.sub(lambda found: f"[{words(found[1])}]", said)


@register.filter
def spaced(column: Any) -> str:
    """A column of a file in words."""
    return str(column).replace("_", " ")


@register.filter
def names(slugs: Any) -> str:
    """Integrations by their names."""
    return ", ".join(name_of(slug) for slug in slugs or ())
