"""Rules by file: what is refused, what is shown first, and that a file comes back as it went."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mappings.csv_file import Unreadable, neutral, parsed, plain, read, written
from mappings.models import CatalogueEntry, CostCodeRule
from mappings.resources import FILE_COLUMNS, VALUES, RuleResource, apply, look_at
from onecore.models import Upload
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="token" value="([^"]+)"')
UNDO = re.compile(r"/admin/mappings/costcoderule/import/undo/[0-9a-f-]+/")


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant with a small catalogue and one rule."""
    return full_tenant("own", "heron")


def sent(client: Any, tenant: Any, text: str | bytes, name: str = "rules.csv") -> Any:
    """A file handed in for its preview."""
    content = text.encode() if isinstance(text, str) else text
    given = {"tenant": tenant.pk, "file": SimpleUploadedFile(name, content, "text/csv")}
    return client.post(reverse("admin:rules_import"), given)


def exported(client: Any) -> str:
    """The file that the list exports."""
    return client.get(reverse("admin:rules_export")).content.decode("utf-8-sig")


def test_preview_then_import_then_undo(own: dict[str, Any]) -> None:
    """Nothing is saved before the second step; the whole import is taken back as one."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    page = sent(client, own["tenant"], "code,expense_account,note\n03-300,312,changed\n03-400,310,added\n")
    text = page.content.decode()
    assert "add 1, change 1" in text and CostCodeRule.objects.count() == 1
    assert [example["changes"] for example in page.context_data["seen"].examples] == [
        [("expense_account", "310", "312"), ("note", "heron note", "changed")], []
    ]  # fmt: skip
    done = client.post(reverse("admin:rules_apply"), {"token": TOKEN.search(text)[1]}, follow=True)
    assert "1 rule added, 1 rule changed" in done.content.decode()
    assert CostCodeRule.objects.get(code="03-300").expense_account == "312"
    assert {row.history_user.username for row in CostCodeRule.history.exclude(history_user=None)} == {"ed"}
    rule = CostCodeRule.objects.get(code="03-300")
    history = reverse("admin:mappings_costcoderule_history", args=[rule.pk])
    assert UNDO.search(client.get(history).content.decode()), "the way back is not only in a passing message"
    looks = signed_in(own["member"].user).get(history).content.decode()
    assert "by an import" in looks and not UNDO.search(looks)
    client.post(UNDO.search(done.content.decode())[0])
    assert list(CostCodeRule.objects.values_list("code", "expense_account", "note")) == [
        ("03-300", "310", "heron note")
    ]


def test_rules_without_a_history_can_be_undone_too(own: dict[str, Any]) -> None:
    """A tenant's file makes rules without one."""
    CostCodeRule.history.all().delete()
    client = signed_in(person("ed", own["tenant"], "editor"))
    text = sent(client, own["tenant"], "code,expense_account\n03-300,312\n").content.decode()
    done = client.post(reverse("admin:rules_apply"), {"token": TOKEN.search(text)[1]}, follow=True)
    client.post(UNDO.search(done.content.decode())[0])
    assert CostCodeRule.objects.get().expense_account == "310"


def test_an_undo_leaves_what_was_changed_since(own: dict[str, Any]) -> None:
    """A rule somebody corrected after the import stays corrected."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    text = sent(client, own["tenant"], "code,expense_account\n03-300,312\n03-400,310\n").content.decode()
    done = client.post(reverse("admin:rules_apply"), {"token": TOKEN.search(text)[1]}, follow=True)
    rule = CostCodeRule.objects.get(code="03-400")
    rule.note = "by hand"
    rule.save()
    address = UNDO.search(done.content.decode())[0]
    assert "1 rule changed since then and would stay" in client.get(address).content.decode()
    client.post(address)
    assert set(CostCodeRule.objects.values_list("code", "expense_account")) == {
        ("03-300", "310"),
        ("03-400", "310"),
    }


def test_an_exported_file_comes_back_unchanged(own: dict[str, Any]) -> None:
    """Formulas, quotes, umlauts, leading apostrophes and line breaks included."""
    odd = ["=1+1", "+61 2", "-5", "@home", "'quoted", "'=kept", 'Größe; "x"', "two\nlines", "''-"]
    for number, note in enumerate(odd):
        CostCodeRule.objects.create(
            tenant=own["tenant"], code="03-400", project=f"P{number}", expense_account="310", note=note
        )
    client = signed_in(person("ed", own["tenant"], "editor"))
    text = exported(client)
    assert not re.search(r"(?m)(^|,)\"?[=+@-]", text)
    page = sent(client, own["tenant"], "\ufeff" + text).content.decode()
    assert "The file says what the rules of" in page, page
    table = parsed(text, wanted=FILE_COLUMNS, needed=("code",)).table
    assert sorted(row["note"] for row in table.dict) == sorted([*odd, "heron note"])


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30))
def test_neutral_is_undone_exactly(cell: str) -> None:
    """Whatever a cell holds, and never a formula in the file."""
    assert plain(neutral(cell)) == cell
    assert neutral(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@pytest.mark.parametrize(
    "text", ["code;expense_account\n03-400;310\n", "\ufeffcode,expense_account\r\n03-400,310\r\n"]
)
def test_semicolons_and_byte_order_marks_are_accepted(own: dict[str, Any], text: str) -> None:
    """As spreadsheets in different countries write them."""
    table = read(text.encode(), wanted=FILE_COLUMNS, needed=("code",)).table
    assert look_at(table, own["tenant"]).new == 1


def test_windows_text_is_read_with_a_notice() -> None:
    """And said so."""
    file = read("code,note\n03-400,Größe\n".encode("cp1252"), wanted=FILE_COLUMNS, needed=("code",))
    assert file.table[0][1] == "Größe" and "not UTF-8" in file.notices[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"code,account\n1,2\n", "not known"),
        (b"note\nx\n", "missing"),
        (b"code,code\n1,2\n", "occurs twice"),
        (b"code\n1,2,3\n", "more cells"),
        (b"code\n\x00\n", "not a CSV file"),
        (b"code,note\n1,a\x07b\n", "control characters"),
        (b"code\n" + b"1\n" * 100_001, "100,000"),
        (b"x" * (25 * 1024 * 1024 + 1), "25 MB"),
        (b"PK\x03\x04\x00\x00", "not a CSV file"),
    ],
)
def test_files_that_cannot_be_read_say_why(content: bytes, words: str) -> None:
    """Before any row is looked at."""
    with pytest.raises(Unreadable, match=words):
        read(content, wanted=FILE_COLUMNS, needed=("code",))


def test_mistakes_name_row_column_and_the_nearest(own: dict[str, Any]) -> None:
    """All of them at once, and nothing can be imported."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    file = (
        "code,expense_account,tax_type,project\n03-30,310,,\n03-400,321,,\n03-400,310,INPUTX,P1\n"
        "03-300,312,,\n03-300,310,,\n,,,\n07-*,310,,\n"
    )
    page = sent(client, own["tenant"], file)
    text = page.content.decode()
    assert "There is no cost code “03-30”. The nearest is 03-300 heron concrete." in text
    assert "There is no account “321”. The nearest is" in text
    assert "There is no tax type “INPUTX”. The nearest is INPUT" in text
    assert "Row 5 is for the same project, code, type and vendor." in text
    assert "No cost code begins with “07-”." in text
    assert not TOKEN.search(text) and not Upload.objects.filter(user__username="ed").exists()
    assert [(wrong.row, wrong.column) for wrong in page.context_data["seen"].wrong] == [
        (2, "code"), (3, "expense_account"), (4, "tax_type"), (6, "code"), (7, "code")
    ]  # fmt: skip


def test_headings_are_refused(own: dict[str, Any]) -> None:
    """A code with codes below it carries no costs."""
    CatalogueEntry.objects.create(
        tenant=own["tenant"], kind="cost_code", key="h", code="03", name="Concrete", is_leaf=False
    )
    table = parsed("code,expense_account\n03,310\n", wanted=FILE_COLUMNS, needed=("code",)).table
    assert "is a heading" in look_at(table, own["tenant"]).wrong[0].message


def test_an_old_file_does_not_overwrite_newer_rules(own: dict[str, Any]) -> None:
    """The version column tells; what stays the same passes."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    text = exported(client)
    CostCodeRule.objects.update(expense_account="312")
    stale = text.replace("310", "312", 1)
    assert "The file says what" in sent(client, own["tenant"], stale).content.decode()
    refused = sent(client, own["tenant"], text.replace("heron note", "mine")).content.decode()
    assert "was changed here after the file was exported" in refused
    CostCodeRule.objects.all().delete()
    assert (
        "was deleted here after the file was exported" in sent(client, own["tenant"], text).content.decode()
    )


def test_a_rule_that_changes_between_preview_and_import_stops_it_whole(own: dict[str, Any]) -> None:
    """All or nothing, also then."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    given = exported(client).replace(",310,", ",312,") + "\r\n,03-400,,,310,,,,,\r\n"
    text = sent(client, own["tenant"], given).content.decode()
    CostCodeRule.objects.update(note="meanwhile")
    done = client.post(reverse("admin:rules_apply"), {"token": TOKEN.search(text)[1]}, follow=True)
    assert "nothing was saved" in done.content.decode()
    assert list(CostCodeRule.objects.values_list("code", "expense_account")) == [("03-300", "310")]


def test_a_file_is_bound_to_person_tenant_content_and_time(own: dict[str, Any]) -> None:
    """Nobody else's token, no forged one, no changed content, no old one."""
    ed, other = person("ed", own["tenant"], "editor"), person("other", own["tenant"], "editor")
    text = sent(signed_in(ed), own["tenant"], "code,expense_account\n03-400,310\n").content.decode()
    token = TOKEN.search(text)[1]
    apply_address = reverse("admin:rules_apply")
    assert signed_in(other).post(apply_address, {"token": token}).status_code == 404
    assert signed_in(ed).post(apply_address, {"token": token[:-2] + "xx"}).status_code == 404
    upload = Upload.objects.get(user=ed)
    Upload.objects.filter(pk=upload.pk).update(content="code,expense_account\n03-400,312\n")
    assert signed_in(ed).post(apply_address, {"token": token}).status_code == 404
    Upload.objects.filter(pk=upload.pk).update(content=upload.content, expires_at=timezone.now())
    assert signed_in(ed).post(apply_address, {"token": token}).status_code == 404
    assert CostCodeRule.objects.count() == 1


def test_an_editor_who_lost_the_tenant_cannot_finish(own: dict[str, Any]) -> None:
    """Rights are asked again at the second step."""
    ed = person("ed", own["tenant"], "editor")
    text = sent(signed_in(ed), own["tenant"], "code,expense_account\n03-400,310\n").content.decode()
    ed.memberships.update(role="viewer")
    answer = signed_in(ed).post(reverse("admin:rules_apply"), {"token": TOKEN.search(text)[1]})
    assert answer.status_code == 403 and CostCodeRule.objects.count() == 1


def test_viewers_export_and_do_not_import(own: dict[str, Any]) -> None:
    """Both doors have a lock of their own."""
    client = signed_in(person("vi", own["tenant"], "viewer"))
    assert "heron note" in exported(client)
    assert client.get(reverse("admin:rules_import")).status_code == 403
    assert sent(client, own["tenant"], "code\n03-400\n").status_code == 403
    stranger = person("nobody")
    assert signed_in(stranger).get(reverse("admin:rules_export")).status_code == 302


def test_a_column_for_the_tenant_does_not_exist(own: dict[str, Any]) -> None:
    """Nor one for ids."""
    for column in ("tenant", "tenant_id", "id", "pk"):
        with pytest.raises(Unreadable, match="not known"):
            read(f"code,{column}\n03-400,1\n".encode(), wanted=FILE_COLUMNS, needed=("code",))


def test_another_tenants_catalogue_is_not_looked_at(own: dict[str, Any]) -> None:
    """An account that only the other tenant has is unknown here."""
    other = full_tenant("other", "zebra")
    CatalogueEntry.objects.create(tenant=other["tenant"], kind="account", key="x", code="999", name="Theirs")
    table = parsed("code,expense_account\n03-400,999\n", wanted=FILE_COLUMNS, needed=("code",)).table
    assert "no account “999”" in look_at(table, own["tenant"]).wrong[0].message


def test_many_rows_stay_quick_and_few_queries(
    own: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    """The number of queries does not grow with the rows, apart from the batches."""
    rows = [("", "03-400", "", f"v{number}", "310", "", "", "", "", "") for number in range(2000)]
    table = parsed(written(FILE_COLUMNS, rows), wanted=FILE_COLUMNS, needed=("code",)).table
    with django_assert_max_num_queries(25):
        assert look_at(table, own["tenant"]).new == 2000
    with django_assert_max_num_queries(100):
        apply(table, own["tenant"], user=None, reason="Import test")
    assert CostCodeRule.objects.count() == 2001
    assert CostCodeRule.history.filter(history_change_reason="Import test").count() == 2000


def test_editing_in_the_list_names_the_field(own: dict[str, Any]) -> None:
    """An unknown account is refused in its row, with the nearest match; a known one is kept."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    address = reverse("admin:mappings_costcoderule_changelist")
    rule = own["rule"]
    form = {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-MIN_NUM_FORMS": 0, "form-MAX_NUM_FORMS": 1000,
        "form-0-id": rule.pk, "form-0-expense_account": "3l2", "form-0-revenue_account": "",
        "form-0-item": "", "form-0-tax_type": "", "_save": "1",
    }  # fmt: skip
    refused = client.post(address, form)
    assert "There is no account “3l2”. The nearest is 312" in refused.content.decode()
    client.post(address, {**form, "form-0-expense_account": "312"})
    assert CostCodeRule.objects.get(pk=rule.pk).expense_account == "312"
    history = client.get(reverse("admin:mappings_costcoderule_history", args=[rule.pk])).content.decode()
    assert "ed" in history and "310" in history and "312" in history


def test_codes_without_a_rule_get_one(own: dict[str, Any]) -> None:
    """Used ones first, with what they hold; a suggestion is made from the division."""
    client = signed_in(person("ed", own["tenant"], "editor"))
    address = reverse("admin:rules_unmapped")
    page = client.get(address).content.decode()
    assert "63,900.00" in page and "as the other codes of division 03" in page
    wrong = client.post(address, {"account_03-400": "nope"}).content.decode()
    assert "There is no account “nope”" in wrong and CostCodeRule.objects.count() == 1
    done = client.post(address, {"account_03-400": "310"}, follow=True).content.decode()
    assert "1 rule saved. 1 waiting document can go with the next run." in done


def test_the_file_has_no_column_that_the_list_lacks(own: dict[str, Any]) -> None:
    """Exported columns are those that can be imported."""
    table = RuleResource(own["tenant"]).export()
    assert tuple(table.headers) == FILE_COLUMNS and set(VALUES) < set(FILE_COLUMNS)
    assert io.StringIO(written(table.headers, table)).readline().strip() == ",".join(FILE_COLUMNS)
