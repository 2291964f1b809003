"""Who is in a contact group of Xero. Data only; members are added, never taken out."""

from integrations.base import Resource, Search, Write

GROUP_MEMBERS = Resource(
    system="xero",
    name="group_members",
    label="member of a contact group",
    plural="members of a contact group",
    key="ContactID",
    title="{Name}",
    path="ContactGroups/{group_id}",
    scope=("group_id",),
    envelope="ContactGroups",
    nested="Contacts",
    parent="ContactGroupID",
    paged=False,
    create=Write(method="PUT", path="ContactGroups/{group_id}/Contacts", wrap="Contacts", batch=50),
    search=Search(style="list", field="ContactID"),
    inside=("contact_groups", "Contacts", "group_id"),
)
