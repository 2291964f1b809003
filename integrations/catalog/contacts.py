"""Contacts in Xero -> vendors in Procore's company directory."""

from integrations import addresses, vendors
from integrations.base import Audience, Check, Document, Integration, Match, Option, Source
from integrations.expressions import call, path, text
from integrations.names import digits, normal_name
from integrations.procore.resources import VENDORS
from integrations.xero.resources import CONTACT_GROUPS, CONTACTS

by_our_making = Match("vendor that it was made for", told=vendors.vendor_of)
by_tax_number = Match("tax number", lambda node, payload: digits(node.get("TaxNumber")), addresses.tax_number)
by_contact_number = Match(
    "contact number",
    lambda node, payload: str(node.get("ContactNumber") or "").strip().casefold(),
    lambda vendor: str(vendor.get("origin_code") or "").strip().casefold(),
)
by_namesake = Match("name but another tax number", suggest=addresses.namesakes)
by_name = Match(
    "name",
    lambda node, payload: normal_name(node.get("Name")),
    lambda vendor: normal_name(vendor.get("name")),
)
by_similar_name = Match("similar name", suggest=addresses.similar_vendors)

vendor = Document(
    target=VENDORS,
    marker=("name",),
    matches=(by_our_making, by_tax_number, by_contact_number, by_namesake, by_name, by_similar_name),
    fields={
        "name": text("{Name}", limit=255),
        "business_register": call(addresses.business_register),
        "email_address": path("EmailAddress"),
        "business_phone": call(addresses.phone),
        "address": call(addresses.street),
        "city": call(addresses.city),
        "state_code": call(addresses.state_code),
        "zip": call(addresses.postcode),
        "country_code": call(addresses.country_code),
    },
)


class Contacts(Integration):
    """Each Xero contact in the group for Procore becomes a vendor of the company directory, and is
    kept up to date.
    """

    slug, name, source = (
        "contacts",
        "Contacts",
        Source(resource=CONTACTS, by_number=("Name", "ContactNumber")),
    )
    title, per_project, after = "contact {Name}", False, ("vendor-contacts",)
    catalogues = (CONTACT_GROUPS, CONTACTS)
    documents = {"vendor": vendor}
    options = (
        Option(name="group", label="Contact group in Xero", default="Procore", at_once=True),
        Option(name="similar", label="A similar vendor exists", kind="choice", default="ask",
               choices=(("ask", "ask which is meant"), ("create", "create another"))),
    )  # fmt: skip
    overall = (
        Check(
            test=addresses.group_exists,
            warn="group-missing",
            audience=Audience.ADMINISTRATOR,
            fix="xero",
            stops=True,
        ),
    )
    checks = (
        Check(test=addresses.concerns_procore),
        Check(test=addresses.not_a_survivor),
        Check(test=addresses.not_merged, warn="merged", fix="links"),
        Check(test=addresses.not_archived, warn="archived", fix="xero"),
        Check(test=addresses.has_name, warn="no-name", fix="xero"),
        Check(test=addresses.country_is_valid, warn="country", fix="xero"),
        Check(test=addresses.region_is_valid, warn="region", fix="xero"),
    )  # fmt: skip
