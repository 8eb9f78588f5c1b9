"""Logs: one event per line with fields, JSON in production and readable in development.

Every line of a request carries its request id, every line of a task its task id and the id of the request that
caused it; inside a workspace both carry the tenant and the kind of actor. Names, e-mail addresses and tokens never
leave: fields that hold them are dropped by name, and what is left of them in messages and tracebacks is masked.
"""

import logging
import logging.config
import os
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

# Fields that would carry a person or a secret, whoever logs them.
PERSONAL_FIELDS = frozenset(
    {"email", "full_name", "user_name", "username", "password", "token", "key", "cookie", "authorization", "user_agent"}
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SECRET = re.compile(r"(?i)\b(bearer\s+|tdm_|password=|token=|key=)[^\s\"'&,)]+")
MASK = "[hidden]"


def hide_personal_data(_logger: Any, _method: str, event: Event) -> Event:
    """Drop fields of people and secrets, and mask addresses and tokens inside texts."""
    return {field: masked(value) for field, value in event.items() if field not in PERSONAL_FIELDS}


def masked(value: Any) -> Any:
    """The value without e-mail addresses and tokens in its texts."""
    if isinstance(value, str):
        return SECRET.sub(lambda found: found.group(1) + MASK, EMAIL.sub(MASK, value))
    if isinstance(value, dict):
        return {key: masked(inner) for key, inner in value.items() if key not in PERSONAL_FIELDS}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def formatter(*, json: bool | None = None) -> structlog.stdlib.ProcessorFormatter:
    """The formatter of all handlers: of ours, of Celery's and, by granian-logs.json, of the web server's.

    Without `json` the environment decides: LOG_FORMAT is `json` or `text`.
    """
    as_json = os.environ.get("LOG_FORMAT", "json") == "json" if json is None else json
    renderer = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Before the masking, so that addresses in database errors are masked too.
            structlog.processors.format_exc_info,
            hide_personal_data,
            renderer,
        ],
    )


def configure(options: dict[str, Any] | None = None) -> None:
    """Configure structlog and the standard library together. Django calls it with `settings.LOGGING`.

    `options`: `format` is `json` or `text`, `level` the level of the root logger, `levels` those of other loggers.
    """
    options = options or {}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"event": {"()": formatter, "json": options.get("format") != "text"}},
            # Standard error, since commands answer on standard output.
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "event"}
            },
            "root": {"handlers": ["stderr"], "level": options.get("level", "INFO")},
            "loggers": {
                # prm.requests and the task receivers say the same with fields, once per request or task.
                "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
                "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
                "django": {"handlers": [], "level": "NOTSET", "propagate": True},
                "celery.app.trace": {"level": "CRITICAL"},
                "celery.worker.strategy": {"level": "WARNING"},
                "_granian": {"handlers": [], "level": "INFO", "propagate": True},
                **{name: {"level": level} for name, level in options.get("levels", {}).items()},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
