"""Retention of both sides, contract by contract -> compared with the books in Xero."""

from dataclasses import replace

from integrations import retained
from integrations.base import Audience, Check, Document, Integration, Join, Match, Option, Source
from integrations.expressions import call, path
from integrations.local.retention import COMPARISONS, HAND_LINES, LEDGERS, SIDES
from integrations.xero import reports
from integrations.xero.resources import ACCOUNTS

source = Source(
    resource=LEDGERS,
    by_number=("number",),
    joins=(
        Join(name="open", resources=(replace(reports.ALL_INVOICES, name="open_bills"),), on="", per="ids",
             many=True, ids=retained.open_documents),
        Join(name="credits", resources=(replace(reports.ALL_CREDIT_NOTES, name="open_credits"),), on="",
             per="ids", many=True, ids=retained.open_credits),
    ),
)  # fmt: skip
kept = Document(
    target=COMPARISONS,
    marker=("key",),
    matches=(Match("side", lambda node, payload: payload.get("key"), lambda record: record.get("key")),),
    when=retained.is_side,
    fields={"key": path("side"), "figures": call(retained.shown_figures)},
)


class RetentionLedger(Integration):
    """What is held, released and paid of each contract's retention is compared with the books every night."""

    slug, name, source = "retention-ledger", "Retention ledger", source
    title, per_project = "{vendor}, {number} {title}", False
    catalogues = (LEDGERS, SIDES, HAND_LINES, ACCOUNTS, reports.TRIAL_BALANCE, reports.WAITING_INVOICES,
                  reports.WAITING_CREDIT_NOTES)  # fmt: skip
    documents = {"comparison": kept}
    options = (
        Option(
            name="trust_account",
            label="Bank account in which retention is kept in trust (New Zealand)",
            kind="account",
            at_once=True,
        ),
    )
    overall = (
        Check(test=retained.agrees("payable"), warn="retention-differs", fix="retention"),
        Check(test=retained.agrees("receivable"), warn="client-retention-differs", fix="retention"),
        Check(test=retained.by_hand_is_decided, warn="retention-by-hand", fix="retention"),
        Check(test=retained.trust_holds, warn="trust-account", fix="xero"),
    )
    checks = (
        Check(
            test=retained.is_overdue,
            warn="retention-overdue",
            audience=Audience.PROJECT,
            fix="contract-terms",
        ),
        Check(test=retained.opening_is_known, warn="opening-unknown", fix="contract-terms"),
        Check(test=retained.owes_what_is_held, warn="retention-open-differs", fix="xero"),
    )
