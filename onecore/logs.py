"""Log lines as JSON on standard error, one per event, with secrets hidden as the last step before writing."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(
    r"(password|passwd|secret|token|authorization|cookie|api_?key|private_?key|code_verifier|session_?id|csrf)",
    re.IGNORECASE,
)
SECRET_TEXTS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"),
    re.compile(
        r"(?i)\b((?:access_|refresh_|id_)?token|client_secret|password|code|code_verifier)(\"?\s*[=:]\s*\"?)[^\s&\"',}]+"
    ),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"\bgAAAA[\w-]{20,}=*"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)


def hide(value: Any) -> Any:
    """The value with everything that looks like a secret replaced, however deep it lies."""
    if isinstance(value, str):
        return hide_in_text(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if SECRET_NAMES.search(str(key)) and held else hide(held)
            for key, held in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [hide(held) for held in value]
    return value


def hide_in_text(value: str) -> str:
    """The text with tokens, passwords and keys replaced, their names kept."""
    for pattern in SECRET_TEXTS:
        value = pattern.sub(keep_name, value)
    return value


def keep_name(found: re.Match[str]) -> str:
    """`token=abc` becomes `token=[hidden]`; a match without a name is hidden whole."""
    groups = found.groups()
    return f"{groups[0]}{groups[1] if len(groups) > 1 else ' '}{HIDDEN}" if groups else HIDDEN


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: stands directly before the renderer, after exceptions became text."""
    return dict(hide(event))


def steps() -> list[Processor]:
    """What every line passes, whether it comes from structlog or from the standard library."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def configuration(*, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": steps(),
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(default=str),
        ],
    }
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": level, "propagate": False},
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django-q": {"handlers": ["stderr"], "level": level, "propagate": False},
            "urllib3": quiet,
        },
    }


def configure() -> None:
    """Hand structlog's own events to the standard library, so that both take the same way out."""
    structlog.configure(
        processors=[*steps(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
