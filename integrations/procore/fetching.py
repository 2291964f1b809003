"""Files of Procore's records: fetched in pieces, from Procore's own addresses or its signed storage only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO
from urllib.parse import urljoin, urlsplit

import requests

from integrations.errors import Rejected
from integrations.procore.client import ProcoreClient
from integrations.transport import Access

STORAGE = ("procore.com", "procoregov.com", "amazonaws.com")  # where signed addresses lead, by their end
REDIRECTS = 3
PIECE = 65_536  # bytes
OWN, SIGNED, FOREIGN = "own", "signed", "foreign"


class NotFetched(Exception):
    """The file cannot be had just now; the text says why."""


def fetch(
    client: ProcoreClient, address: str, into: IO[bytes], *, most: int, storage: Sequence[str] = STORAGE
) -> int:
    """Write a file's content into `into`; its size in bytes.

    Raises Rejected where it cannot be had at all (too large, gone, on a foreign address) and NotFetched
    where it may be had later. The token goes to the API's own addresses only.
    """
    for _ in range(REDIRECTS + 2):
        place = place_of(client, address, storage)
        if place == FOREIGN:
            raise Rejected(("it lies on an address that is not Procore's: attach it in Procore itself",))
        access = client.tokens.access() if place == OWN else None
        try:
            size, address = _asked(client, address, access, into, most)
        except requests.RequestException as cause:
            raise NotFetched("Procore did not give it out: it is tried again") from cause
        if not address:
            return size
    raise NotFetched("Procore led from one address to the next: it is tried again")


def _asked(
    client: ProcoreClient, address: str, access: Access | None, into: IO[bytes], most: int
) -> tuple[int, str]:
    """The size of the file that was written, or where to ask next."""
    with client.stream(address, access) as response:
        further = _further(client, response, address, access)
        return (0, further) if further else (_kept(response, into, most), "")


def _further(client: ProcoreClient, response: requests.Response, address: str, access: Access | None) -> str:
    """Where the answer leads, or here again with a new token; "" where this is the file."""
    if response.is_redirect:
        return urljoin(address, response.headers["Location"])
    if response.status_code == 401 and access is not None:
        client.tokens.refresh(access.epoch)
        return address
    return ""


def place_of(client: ProcoreClient, address: str, storage: Sequence[str]) -> str:
    """Whether an address is the API's own, signed storage of the same installation, or foreign."""
    if client.owns(address):
        return OWN
    parts, api = urlsplit(address), urlsplit(client.api)
    if parts.username or parts.password or parts.scheme not in ("http", "https"):
        return FOREIGN
    if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
        return SIGNED
    host = (parts.hostname or "").rstrip(".").lower()
    known = any(host == end or host.endswith(f".{end}") for end in storage)
    return SIGNED if parts.scheme == "https" and parts.port in (None, 443) and known else FOREIGN


def _kept(response: requests.Response, into: IO[bytes], most: int) -> int:
    status = response.status_code
    if status == 429 or status >= 500:
        raise NotFetched("Procore did not give it out: it is tried again")
    if not 200 <= status < 300:
        raise Rejected(("Procore does not give it out any more: attach it again there",), status=status)
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > most:
            limit = most // 1_000_000
            raise Rejected((f"it is larger than {limit} MB, the most that is carried: attach it by hand",))
        into.write(piece)
    return size
