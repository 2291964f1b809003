"""Vendors in Procore that are used and have no contact -> contacts in Xero, put into the contact group."""

from integrations import addresses, vendors
from integrations.base import Audience, Check, Document, Integration, Join, Option, Source
from integrations.expressions import call, path, text
from integrations.procore.resources import COMMITMENTS, VENDORS
from integrations.procore.uses import APPROVED_CLAIMS, NOTED_CLAIMS
from integrations.xero.groups import GROUP_MEMBERS
from integrations.xero.resources import CONTACT_GROUPS, CONTACTS

source = Source(
    resource=VENDORS,
    by_number=("name",),
    joins=(
        Join(name="commitments", resources=(COMMITMENTS,), on="id", per="projects", back="vendor.id",
             only=vendors.has_no_contact, many=True),
        Join(name="claims", resources=(APPROVED_CLAIMS, NOTED_CLAIMS), on="id", per="projects",
             back="vendor_id", only=vendors.waits_for_approval, ids=vendors.projects_of, many=True),
        Join(name="waiting_records", resources=(), on="id", per="asked", back="vendor"),
    ),
)  # fmt: skip
contact = Document(
    target=CONTACTS,
    add_only=True,
    marker=("Name",),
    matches=vendors.MATCHES,
    fields={
        "Name": call(vendors.contact_name),
        "TaxNumber": call(vendors.contact_tax_number),
        "ContactNumber": text("{origin_code}", limit=50),
        "EmailAddress": path("email_address"),
        "Phones": call(vendors.phones),
        "Addresses": call(vendors.addresses),
    },
)
member = Document(
    target=GROUP_MEMBERS,
    add_only=True,
    marker=("ContactID",),
    needs=("contact",),
    scope={"group_id": call(addresses.group_id)},
    fields={"ContactID": call(vendors.made_contact)},
)


class VendorContacts(Integration):
    """Each vendor that is used on an approved document and has no contact becomes one in Xero, in the
    contact group. From then on Contacts looks after both.
    """

    slug, name, source = "vendor-contacts", "Contacts from vendors", source
    after, reads, per_project, removed = ("projects",), ("contacts",), False, "forget"
    title = "vendor {name}"
    catalogues = (CONTACT_GROUPS, CONTACTS)
    documents = {"contact": contact, "member": member}
    options = (
        Option(name="outside", label="Its contact exists outside the group", kind="choice", default="warn",
               choices=(("warn", "warn"), ("add", "add the contact to the group"))),
        Option(name="similar", label="A similar contact exists", kind="choice", default="ask",
               choices=(("ask", "ask which is meant"), ("create", "create another"))),
    )  # fmt: skip
    overall = (
        Check(test=addresses.group_exists, warn="group-missing", audience=Audience.ADMINISTRATOR, fix="xero",
              stops=True),
    )  # fmt: skip
    checks = (
        Check(test=vendors.is_used),
        Check(test=vendors.has_no_contact),
        Check(test=vendors.is_left_to_contacts),
        Check(test=vendors.has_name, warn="no-name", audience=Audience.PROJECT, fix="procore"),
        Check(test=vendors.is_free, warn="contact-taken", fix="procore"),
        Check(test=vendors.is_not_outside, warn="outside-group", fix="xero"),
        Check(test=vendors.is_not_archived, warn="contact-archived", fix="xero"),
    )
