"""Procore's error bodies (procore.md, section 7): most calls answer form A, some others."""

from typing import Any

from integrations.sandbox.routing import Answer, Refused

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}
CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    422: "UNPROCESSABLE_ENTITY",
}


def refused(status: int, message: str, *, fields: str = "", headers: dict[str, str] | None = None) -> Refused:
    """Form A."""
    body = {
        "code": status,
        "error": REASONS.get(status),
        "fields": fields,
        "message": message,
        "reason": REASONS.get(status, ""),
    }
    return Refused(Answer(status, body, headers or {}))


def refused_v2(status: int, message: str, *, reason_code: str = "invalid") -> Refused:
    """Form B, of v2 resources."""
    details = [{"reason_code": reason_code, "message": message}]
    return Refused(
        Answer(
            status, {"error": {"code": CODES.get(status, "ERROR"), "message": message, "details": details}}
        )
    )


def invalid(errors: dict[str, list[str]], status: int = 422) -> Refused:
    """Form C: messages by field."""
    return Refused(Answer(status, {"errors": errors}))


def bare(status: int, **body: Any) -> Refused:
    """A body of its own, such as `{message}` or `{message, exception}`."""
    return Refused(Answer(status, body))


def absent(what: str) -> Refused:
    """404 in form A."""
    return refused(404, f"{what} not found")


def no_record(what: str, id: Any) -> Refused:
    """404 as Rails words it, on requisitions and business registers."""
    return bare(404, message=f"Couldn't find {what} with 'id'={id}", exception="ActiveRecord::RecordNotFound")
