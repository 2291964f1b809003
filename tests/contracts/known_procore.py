"""Known contradictions of Procore's document."""

from tests.contracts.documents import Known
from tests.contracts.shapes import EVERY_ANSWER, TEXT, json_answer, schemas

PROCORE = "procore"
_CHANGE_ORDERS = "/rest/v1.0/projects/{project_id}/commitment_change_orders"
_SUBCONTRACTS = (
    "Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void",
)  # fmt: skip
_ORDERS = ("Processing", "Submitted", "Partially Received", "Received", "Closed")

PROCORE_ANSWERS = (
    Known(
        "a list that is declared as one record",
        PROCORE,
        (("paths", _CHANGE_ORDERS, "get", "responses", "200"),),
        json_answer(
            {
                "type": "array",
                "items": {"$ref": "#/components/schemas/CommitmentChangeOrders.Project.V10.List.Response"},
            }
        ),
        "The reference counts it among the lists.",
        "procore.md:29",
        "commitment_change_orders",
    ),
    Known(
        "states of purchase orders in the list of all commitments",
        PROCORE,
        (("components", "schemas", "Commitments.V10.List.Item", "properties", "status"),),
        {"type": "string", "enum": [*_SUBCONTRACTS, *_ORDERS]},
        "The list mixes both kinds, the schema knows the states of subcontracts alone.",
        "procore.md:135",
        "read-only mix of both",
    ),
    Known(
        "malformed requests",
        PROCORE,
        (EVERY_ANSWER,),
        {"400": json_answer({"$ref": "#/components/schemas/Error.400"})},
        "Lists declare no 400, yet a filter can be malformed.",
        "procore.md:90",
        "malformed",
        gaps=True,
    ),
    Known(
        "tax codes that are not there",
        PROCORE,
        (("paths", "/rest/v1.0/tax_codes/{id}", "get", "responses"),),
        {"404": json_answer({"$ref": "#/components/schemas/Error.400"})},
        "One tax code is asked for by its id, and no 404 is declared.",
        "procore.md:93",
        "absent",
        gaps=True,
    ),
    Known(
        "wages have neither a vendor nor an invoice",
        PROCORE,
        (("components", "schemas", "DirectCosts.Project.V11.Create.Request", "properties", "direct_cost"),),
        {"required": ["direct_cost_type"]},
        "The schema wants a vendor and a number of every type, the reference of invoices alone.",
        "procore.md:149",
        "required for every type",
    ),
    Known(
        "proof of who asked for the code",
        PROCORE,
        schemas("OauthToken.Create.Request"),
        {"code_verifier": TEXT},
        "Sign-in is decided with PKCE, which the document leaves out; a server ignores unknown fields.",
        "../stack.md:146",
        "PKCE",
    ),
    Known(
        "who signs in, before a company is known",
        PROCORE,
        (("paths", "/rest/v1.0/me", "get", "parameters"),),
        [
            {"name": name, "in": "query", "schema": {"type": "integer"}}
            for name in ("company_id", "project_id")
        ],
        "The document asks for a company or project; the reference tells what holds when one is passed.",
        "procore.md:14",
        "is passed",
    ),
)
