"""The words of `integrations.admin.display` for templates."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template

from integrations.admin import display
from integrations.admin.options import name_of

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
def spaced(column: Any) -> str:
    """A column of a file in words."""
    return str(column).replace("_", " ")


@register.filter
def names(slugs: Any) -> str:
    """Integrations by their names."""
    return ", ".join(name_of(slug) for slug in slugs or ())
