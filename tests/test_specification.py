"""The specification as it is read and signed: every integration, every method, nothing said twice."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from integrations.base import Integration
from integrations.expressions import choose
from integrations.registry import BY_SLUG, INTEGRATIONS, defaults
from integrations.specs import FOUND, Specification, specification


def variants() -> list[tuple[type[Integration], dict[str, Any]]]:
    """Each integration under each choice that decides which documents it makes."""
    found = []
    for integration in INTEGRATIONS:
        documents = integration.documents
        chosen = (
            [{documents.option: name} for name in documents.variants]
            if isinstance(documents, choose)
            else [{}]
        )
        found += [(integration, one) for one in chosen]
    return found


@pytest.mark.parametrize(
    ("integration", "chosen"), variants(), ids=lambda one: getattr(one, "slug", str(one))
)
def test_no_document_is_said_twice_and_no_two_have_one_name(
    integration: type[Integration], chosen: dict[str, Any]
) -> None:
    found: Specification = specification(integration, defaults() | chosen)
    names = Counter(document.name for document in found.documents)
    assert not [name for name, count in names.items() if count > 1]
    sends = any(not document.name.endswith("in OneCore") for document in found.documents)
    assert (FOUND in found.conditions) == sends


def test_what_is_read_beside_a_record_is_named_as_people_know_it() -> None:
    by_slug = {integration.slug: specification(integration, defaults()) for integration in INTEGRATIONS}
    assert by_slug["progress-claims"].records == (
        "Every progress claim in Procore; read beside it: subcontract, purchase order, "
        "change of a progress claim, billing period"
    )
    assert by_slug["head-contract-claims"].records == (
        "Every head contract claim in Procore; read beside it: head contract, billing period, cost type"
    )


def test_no_text_names_the_option_of_another_integration() -> None:
    """Head contract claims share their dates with progress claims, but have no “Date of the bill”."""
    found = specification(BY_SLUG["head-contract-claims"], defaults())
    labels = {option.label for option in found.options}
    quoted = {
        label
        for integration in INTEGRATIONS
        for label in (option.label for option in integration.options)
        for document in found.documents
        for row in document.fields
        if f"“{label}”" in row.source
    }
    assert quoted <= labels


def test_every_integration_is_described_in_the_order_it_runs() -> None:
    """docs/integrations.md has a row for each, by the name and the short name it has in the portal."""
    text = (Path(__file__).parent.parent / "docs" / "integrations.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| `([a-z-]+)` \|", text, re.MULTILINE)
    assert rows == [(integration.name, integration.slug) for integration in INTEGRATIONS]


@pytest.mark.parametrize("slug", ["commitments", "direct-costs", "progress-claims"])
def test_lines_that_are_brought_to_a_total_show_their_fields(slug: str) -> None:
    found = specification(BY_SLUG[slug], defaults() | {"retention": "separate"})
    own = [one for one in found.documents if one.lines and not one.name.startswith("Adjustment")]
    named = [{row.field.lower() for row in rows} for one in own for _, rows in one.lines]
    assert named
    assert all("account code" in fields for fields in named)


def said(slug: str, document: str, field: str, **options: Any) -> str:
    """What the specification says of a field of a document."""
    found = specification(BY_SLUG[slug], defaults() | options)
    [one] = [one for one in found.documents if one.name == document]
    return next(row.source for row in one.fields if row.field == field)


def test_templates_are_said_as_they_are_in_force_under_the_names_of_their_options() -> None:
    given = ("commitments", "Purchase order in Xero", "Purchase order number")
    assert said(*given) == "“[project number]-[number]” (option “Number”)"
    assert said(*given, number="{number}") == "the commitment's number (option “Number”)"
    assert said(*given, number="PO {number}") == "“PO [number]” (option “Number”)"
    given = ("progress-claims", "Bill in Xero", "Invoice number")
    wanted = "“SC [number]” (option “Number of the bill”), else commitment and claim number"
    assert said(*given, number="SC {number}") == wanted


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda one: one.slug)
def test_nothing_is_said_in_the_words_of_a_program(integration: type[Integration]) -> None:
    found = specification(integration, defaults())
    rows = [row for one in found.documents for row in one.fields]
    rows += [row for one in found.documents for _, lines in one.lines for row in lines]
    texts = [*(row.source for row in rows), *(said for one in found.documents for said, _ in one.lines)]
    texts += [found.records, found.sentence, *(one for pair in found.conditions for one in pair)]
    texts += [row.value for row in found.options]
    assert not [one for one in texts if re.search(r"[{}]|\bTrue\b|\bFalse\b|\bNone\b|[a-z]_[a-z]", one)]
