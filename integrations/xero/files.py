"""Files of documents in Xero."""

from integrations.base import Resource, Search, Write

ATTACHMENTS = Resource(
    system="xero",
    name="attachments",
    label="attachment",
    plural="attachments",
    key="AttachmentID",
    title="{FileName}",
    path="{kind}/{document_id}/Attachments",
    scope=("kind", "document_id"),
    envelope="Attachments",
    paged=False,
    create=Write(method="PUT", path="{kind}/{document_id}/Attachments/{file_name}"),
    search=Search(style="list", field="FileName"),
    exclusive=False,
    files=True,
)
