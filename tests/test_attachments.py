"""Files: where they may come from, what they may be, and that the token goes nowhere else."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests

from integrations.attachments import safe_name, safe_names, what_is_wrong
from integrations.errors import Rejected
from integrations.procore.client import ProcoreClient
from integrations.procore.fetching import FOREIGN, OWN, SIGNED, STORAGE, NotFetched, fetch, place_of
from integrations.transport import Access

API = "https://api.procore.com"


class Tokens:
    """One token, counted."""

    asked = 0

    def access(self) -> Access:
        self.asked += 1
        return Access("the-token")

    def refresh(self, seen_epoch: int) -> Access:
        return Access("the-token")


class Answers(requests.Session):
    """Answers prepared by address; keeps what was asked with which authorisation."""

    def __init__(self, **given: tuple[int, bytes, dict[str, str]]) -> None:
        super().__init__()
        self.given, self.seen = given, []  # type: ignore[var-annotated]

    def send(self, request: requests.PreparedRequest, **about: Any) -> requests.Response:
        self.seen.append((request.url, request.headers.get("Authorization")))
        status, body, headers = self.given[str(request.url).partition("://")[2].partition("/")[0]]
        answer = requests.Response()
        answer.status_code, answer.raw, answer.url = status, io.BytesIO(body), str(request.url)
        answer.headers.update(headers)
        return answer


def client(**given: tuple[int, bytes, dict[str, str]]) -> Any:
    named = {name.replace("__", "-").replace("_", "."): value for name, value in given.items()}
    return ProcoreClient(API, "4100", Tokens(), session=Answers(**named))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (f"{API}/rest/v1.0/files/1", OWN),
        ("https://storage.procore.com/api/v5/files/1?sig=x", SIGNED),
        ("https://bucket.s3.amazonaws.com/1?X-Amz-Signature=x", SIGNED),
        ("http://storage.procore.com/1", FOREIGN),
        ("https://procore.com.evil.example/1", FOREIGN),
        ("https://evilprocore.com/1", FOREIGN),
        ("https://storage.procore.com:8443/1", FOREIGN),
        ("https://user@storage.procore.com/1", FOREIGN),
        ("http://169.254.169.254/latest/meta-data", FOREIGN),
        ("http://127.0.0.1:8000/", FOREIGN),
        ("file:///etc/passwd", FOREIGN),
        ("", FOREIGN),
    ],
)
def test_files_come_from_procore_alone(address: str, place: str) -> None:
    assert place_of(client(), address, STORAGE) == place


def test_the_token_stays_with_the_api() -> None:
    """A redirect to storage goes without it, one to anywhere else is refused."""
    led = {"Location": "https://storage.procore.com/1?sig=x"}
    found = client(api_procore_com=(302, b"", led), storage_procore_com=(200, b"%PDF-1.4", {}))
    file = io.BytesIO()
    assert fetch(found, f"{API}/files/1", file, most=100) == 8
    assert found.session.seen == [
        (f"{API}/files/1", "Bearer the-token"),
        ("https://storage.procore.com/1?sig=x", None),
    ]
    away = client(api_procore_com=(302, b"", {"Location": "http://169.254.169.254/"}))
    with pytest.raises(Rejected):
        fetch(away, f"{API}/files/1", io.BytesIO(), most=100)
    assert len(away.session.seen) == 1


def test_what_is_too_large_gone_or_not_there_yet() -> None:
    with pytest.raises(Rejected, match="larger"):
        fetch(client(api_procore_com=(200, b"x" * 101, {})), f"{API}/files/1", io.BytesIO(), most=100)
    with pytest.raises(Rejected, match="any more"):
        fetch(client(api_procore_com=(404, b"", {})), f"{API}/files/1", io.BytesIO(), most=100)
    with pytest.raises(NotFetched):
        fetch(client(api_procore_com=(503, b"", {})), f"{API}/files/1", io.BytesIO(), most=100)
    circle = client(api_procore_com=(302, b"", {"Location": f"{API}/files/1"}))
    with pytest.raises(NotFetched):
        fetch(circle, f"{API}/files/1", io.BytesIO(), most=100)


def test_names_are_plain_and_kept_apart() -> None:
    assert safe_name("../../etc/passwd") == "etc-passwd"
    assert safe_name("Übersicht #3 & <b>.PDF") == "Ubersicht -3 - -b.pdf"
    assert safe_name("...") == "attachment"
    assert len(safe_name("a" * 300 + ".pdf")) <= 100
    names = safe_names([{"id": 1, "filename": "a.pdf"}, {"id": 2, "filename": "A.PDF"}])
    assert names == {"1": "a-1.pdf", "2": "A-2.pdf"}


@pytest.mark.parametrize(
    ("name", "beginning", "fits"),
    [
        ("a.pdf", b"%PDF-1.7", True),
        ("a.pdf", b"<!DOCTYPE html><title>Sign in", False),
        ("a.pdf", b"", False),
        ("a.csv", b"code;amount", True),
        ("a.csv", b"MZ\x90", False),
        ("a.png", b"\x89PNG\r\n", True),
        ("a.jpg", b"%PDF-1.7", False),
        ("a.exe", b"%PDF-1.7", False),
    ],
)
def test_a_file_is_what_its_name_says(name: str, beginning: bytes, fits: bool) -> None:
    assert (what_is_wrong(name, beginning) == "") is fits
