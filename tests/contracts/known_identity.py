"""Known contradictions of Xero's identity document, which has few of its host's paths."""

from typing import Any

from tests.contracts.documents import Known
from tests.contracts.shapes import PROBLEM, TEXT, json_answer, schemas

IDENTITY = "xero-identity"
_TOKEN_REFUSED = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "enum": [
                "invalid_grant",
                "invalid_client",
                "unauthorized_client",
                "invalid_scope",
                "invalid_request",
                "unsupported_grant_type",
            ]
        },
        "error_description": TEXT,
    },
}
_FORM = "application/x-www-form-urlencoded"
_CONNECTIONS: dict[str, Any] = {"$ref": "#/components/schemas/Connection"}
_NOT_OURS = {"401": json_answer(PROBLEM), "403": json_answer(PROBLEM)}

XERO_IDENTITY = (
    Known(
        "times of a connection",
        IDENTITY,
        tuple(
            ("components", "schemas", "Connection", "properties", name)
            for name in ("createdDateUtc", "updatedDateUtc")
        ),
        {"format": None, "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"},
        "Seven digits of a second and no zone: not the date-time the document promises.",
        "xero.md:48",
        "7-digit",
    ),
    Known(
        "connections in small letters",
        IDENTITY,
        (("paths", "/connections"),),
        {
            "get": {
                "parameters": [
                    {"in": "query", "name": "authEventId", "schema": {"type": "string", "format": "uuid"}}
                ],
                "security": [{"OAuth2": []}],
                "responses": {"200": json_answer({"type": "array", "items": _CONNECTIONS}), **_NOT_OURS},
            }
        },
        "The service itself is addressed in small letters.",
        "xero.md:16",
        "serve both",
    ),
    Known(
        "a connection in small letters",
        IDENTITY,
        (("paths", "/connections/{id}"),),
        {
            "delete": {
                "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
                "security": [{"OAuth2": []}],
                "responses": {"204": {"description": ""}, "404": {"description": ""}, **_NOT_OURS},
            }
        },
        "The service itself is addressed in small letters.",
        "xero.md:16",
        "serve both",
    ),
    Known(
        "tokens",
        IDENTITY,
        (("paths", "/connect/token"),),
        {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        _FORM: {
                            "schema": {
                                "type": "object",
                                "required": ["grant_type"],
                                "properties": {
                                    "grant_type": {
                                        "enum": ["authorization_code", "refresh_token", "client_credentials"]
                                    },
                                    **dict.fromkeys(
                                        (
                                            "client_id",
                                            "client_secret",
                                            "code",
                                            "redirect_uri",
                                            "refresh_token",
                                            "scope",
                                            "code_verifier",
                                        ),
                                        TEXT,
                                    ),
                                },
                            }
                        }
                    },
                },
                "responses": {
                    "200": json_answer({"$ref": "#/components/schemas/AccessToken"}),
                    "400": json_answer(_TOKEN_REFUSED),
                    "401": json_answer(_TOKEN_REFUSED),
                },
            }
        },
        "The document has the schemas of tokens and no path that answers them.",
        "xero.md:15",
        "/connect/token",
    ),
    Known(
        "scopes granted",
        IDENTITY,
        schemas("AccessToken"),
        {"scope": TEXT},
        "An answer names the scopes granted.",
        "xero.md:43",
        "scope",
    ),
    Known(
        "revocation",
        IDENTITY,
        (("paths", "/connect/revocation"),),
        {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        _FORM: {
                            "schema": {
                                "type": "object",
                                "required": ["token"],
                                "properties": dict.fromkeys(
                                    ("token", "token_type_hint", "client_id", "client_secret"), TEXT
                                ),
                            }
                        }
                    },
                },
                "responses": {"200": {"description": ""}, "400": json_answer(_TOKEN_REFUSED)},
            }
        },
        "The document has no path for it.",
        "xero.md:15",
        "/connect/revocation",
    ),
)
