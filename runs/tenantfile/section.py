"""What a part of a tenant's file is, and how its rows are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from integrations.models import Tenant
from integrations.reading import Node


@dataclass(frozen=True)
class Section:
    """A part of the file: how it is read, saved and written. `save` runs in the transaction of the import."""

    name: str
    read: Callable[[Node], Any]
    save: Callable[[Tenant, Any, Node], None]
    write: Callable[[Tenant], Any]


def keep(row: Model, node: Node, **places: str) -> None:
    """Save a row that is as its model wants it; else note why. `places`: members not named as columns."""
    try:
        row.full_clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            there = node if name == NON_FIELD_ERRORS else node.at(places.get(name, name))
            there.wrong(" ".join(messages))
        return
    row.save()
