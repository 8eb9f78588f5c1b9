"""Writing the audit trail."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Model

from prm.access.actor import Actor
from prm.audit.models import AuditEntry

logger = structlog.get_logger(__name__)


def record(
    *,
    actor: Actor,
    action: str,
    target: Model | None = None,
    partner_id: int | None = None,
    changes: dict[str, Any] | None = None,
    reason: str = "",
    target_type: str = "",
    target_label: str = "",
) -> AuditEntry:
    """Record one change in the current transaction and log it as an event.

    `action` reads `object.past_participle`, for example `partner.updated`. `changes` maps field names to
    `[before, after]`. `partner_id` puts the entry on that partner's timeline. `target_label` names the record where
    its own text would say little.
    """
    context = structlog.contextvars.get_contextvars()
    entry = AuditEntry.objects.create(
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_label=actor.label[:160],
        action=action,
        target_type=target._meta.label_lower if target is not None else target_type,
        target_id=target.pk if target is not None else None,
        target_label=(target_label or (str(target) if target is not None else ""))[:240],
        partner_id=partner_id,
        changes={key: plain(value) for key, value in (changes or {}).items()},
        reason=reason,
        request_id=str(context.get("request_id", ""))[:64],
        address=context.get("ip") or None,
    )
    logger.info(
        action,
        target=entry.target_type,
        target_id=entry.target_id,
        actor_kind=actor.kind,
    )
    return entry


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """The fields whose values differ, as `{field: [before, after]}`."""
    return {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}


def plain(value: Any) -> Any:
    """A JSON value for anything a model field may hold."""
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Model):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
