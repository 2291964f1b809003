"""Commitments in Procore -> purchase orders in Xero."""

from integrations import claim_headers, claims, coding, commitments, starts, unregistered
from integrations.base import Audience, Check, Document, Integration, Join, Option, Source
from integrations.expressions import call, const, day, each, link, money, path, text
from integrations.procore import resources as procore
from integrations.xero import resources as xero

source = Source(
    resource=procore.COMMITMENTS,
    by_number=("number",),
    split=commitments.whole,
    stamp=commitments.stamp,
    joins=(
        Join(name="subcontract", resources=(procore.WORK_ORDER_CONTRACTS,), on="id"),
        Join(name="order", resources=(procore.PURCHASE_ORDER_CONTRACTS,), on="id"),
        Join(
            name="packages",
            resources=(procore.CHANGE_ORDER_PACKAGES,),
            on="id",
            back="contract_id",
            many=True,
        ),
        Join(
            name="change_orders",
            resources=(procore.COMMITMENT_CHANGE_ORDERS,),
            on="id",
            back="contract_id",
            many=True,
        ),
        Join(name="types", resources=(procore.LINE_ITEM_TYPES,), on="", per="whole", many=True),
        Join(name="lines", resources=(procore.WORK_ORDER_LINES,), on="id", per="record", many=True,
             ids=commitments.sent_as(commitments.SUBCONTRACT)),
        Join(name="lines", resources=(procore.PURCHASE_ORDER_LINES,), on="id", per="record", many=True,
             ids=commitments.sent_as(commitments.ORDER)),
        Join(name="package_lines", resources=(procore.CHANGE_ORDER_PACKAGES_WHOLE,), on="id", per="ids",
             ids=commitments.approved_packages, many=True),
        Join(name="order_lines", resources=(procore.COMMITMENT_CHANGE_ORDER_LINES,), on="id", per="record",
             ids=commitments.approved_orders, many=True),
    ),
)  # fmt: skip

BILLS_COME = "Bills come from progress claims in Procore: send claims there, not against this order."
order = Document(
    target=xero.PURCHASE_ORDERS,
    once=frozenset({"Status"}),
    steps={"Status": {"BILLED": ("AUTHORISED",)}},
    marker=("PurchaseOrderNumber",),
    matches=(commitments.same_number("PurchaseOrderNumber", "purchase order"),),
    remark=commitments.remark,
    details={"contract": path("id"), "project": path("project_id"), "stamp": path("stamp")}
    | commitments.REDATED,
    fields={
        "PurchaseOrderNumber": text("{project.project_number}-{number}", option="number", limit=255),
        "Reference": text("{title}", limit=255),
        "Contact": link(
            "contacts", "vendor_id", "vendor", side="target", name="vendor_name", key="ContactID"
        ),
        "Date": call(commitments.dated_on),
        "DeliveryDate": day("delivery_date"),
        "LineAmountTypes": const("Exclusive"),
        "Status": call(commitments.status),
        "CurrencyCode": call(claim_headers.currency),
        "DeliveryInstructions": text(BILLS_COME, option="instructions", limit=500),
        "LineItems": commitments.adding_up(
            each(
                "items",
                {
                    "Description": text("{number}: {description}", option="line_text", limit=4000),
                    "Quantity": const(1),
                    "UnitAmount": money("amount"),
                    "ItemCode": call(coding.line_item),
                    "AccountCode": call(coding.expense_account),
                    "TaxType": call(coding.expense_tax),
                    "Tracking": call(coding.line_tracking),
                },
                where=path("amount"),
            )
        ),
    },
)
STATUSES = (("DRAFT", "draft"), ("SUBMITTED", "awaiting approval"), ("AUTHORISED", "approved"))


class Commitments(Integration):
    """Each approved subcontract and purchase order becomes a purchase order, with its approved variations."""

    slug, name, source = "commitments", "Commitments", source
    after = ("contacts", "projects", "cost-codes", "cost-types", "cost-code-options")
    catalogues = (xero.ORGANISATION, xero.ACCOUNTS, xero.TAX_RATES, xero.CONTACTS, xero.TRACKING_CATEGORIES)
    title, documents = "{vendor_name}, {number} {title}", {"order": order}
    options = (
        Option(name="subcontracts", label="Send subcontracts", kind="yes-no", default=True),
        Option(name="purchase_orders", label="Send purchase orders", kind="yes-no", default=True),
        Option(name="order_status", label="Create as", kind="choice", default="AUTHORISED", choices=STATUSES),
        Option(name="number", label="Number", kind="template", default="{project.project_number}-{number}"),
        Option(name="line_text", label="Text of a line", kind="template", default="{number}: {description}"),
        Option(name="instructions", label="Delivery instructions", default=BILLS_COME),
        Option(name="procore_wins", label="Overwrite what was changed by hand", kind="yes-no", default=False,
               at_once=True),
        Option(name="withdrawn", label="When it is voided or terminated", kind="choice", default="warn",
               choices=(("warn", "warn"), ("remove", "delete the purchase order")), at_once=True),
    )  # fmt: skip
    checks = (
        Check(test=claims.project_is_active),
        Check(test=commitments.is_wanted),
        Check(test=commitments.is_sent, withdraws=True),
        *starts.checks(commitments.order_date),
        Check(test=commitments.has_number, warn="no-number", audience=Audience.PROJECT, fix="procore",
              message="{title} has no number: give it one in Procore"),
        Check(test=commitments.has_lines, warn="no-lines", audience=Audience.PROJECT, fix="procore",
              message="{number} has no line with an amount: add its lines in Procore and save it again"),
        Check(test=commitments.adds_up, warn="does-not-add-up", audience=Audience.PROJECT, fix="procore"),
        unregistered.untaxed(unregistered.has_amount),
    )  # fmt: skip
