"""One stream of everything about a partner, merged from the audit trail and what later apps register."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import STATUS_TONES, ContactRole, PartnerStatus
from partners.countries import country_name
from partners.models import Contact, Partner, PartnerSite
from partners.registries import TimelineItem, TimelineSource, timeline_sources
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from prm.ui import formats

PAGE = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of audit entry as the filter and the stream show it."""

    label: Any
    icon: str


AUDIT_KINDS = {
    "status": Kind(gettext_lazy("Status"), icon="flag"),
    "tier": Kind(gettext_lazy("Tier"), icon="gem"),
    "profile": Kind(gettext_lazy("Profile and owner"), icon="building"),
    "people": Kind(gettext_lazy("Contacts"), icon="user"),
    "portal": Kind(gettext_lazy("Portal access"), icon="key-round"),
    "sites": Kind(gettext_lazy("Sites"), icon="map-pin"),
    "other": Kind(gettext_lazy("Other records"), icon="history"),
}
KINDS = {key: kind.label for key, kind in AUDIT_KINDS.items()}
# What an audit action is about: some by their whole name, others by the object in front of the dot.
ACTIONS = {
    "partner.status_changed": "status",
    "partner.tier_assigned": "tier",
    "partner.created": "profile",
    "partner.updated": "profile",
    "partner.owner_assigned": "profile",
}
PREFIXES = {"contact": "people", "invitation": "portal", "partner_access": "portal", "site": "sites"}
TITLES = {
    "partner.created": gettext_lazy("Partner recorded"),
    "partner.updated": gettext_lazy("Profile changed"),
    "contact.created": gettext_lazy("%(target)s added to the contacts"),
    "contact.updated": gettext_lazy("Contact %(target)s changed"),
    "contact.removed": gettext_lazy("Contact %(target)s removed"),
    "site.created": gettext_lazy("Site %(target)s added"),
    "site.updated": gettext_lazy("Site %(target)s changed"),
    "site.removed": gettext_lazy("Site %(target)s removed"),
    "invitation.created": gettext_lazy("%(target)s invited to the portal"),
    "invitation.sent_again": gettext_lazy("Invitation of %(target)s sent again"),
    "invitation.revoked": gettext_lazy("Invitation of %(target)s taken back"),
    "partner_access.created": gettext_lazy("Portal opened for %(target)s"),
    "partner_access.updated": gettext_lazy("Portal role of %(target)s changed"),
    "partner_access.removed": gettext_lazy("Portal closed for %(target)s"),
}


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of the stream, newest first. `next` is the address of the page after it, empty at the end."""

    items: Sequence[TimelineItem]
    next: str


def timeline_kinds() -> dict[str, Any]:
    """Every kind of event, for the filter."""
    return {kind: label for source in timeline_sources for kind, label in source.kinds.items()}


def timeline(partner: Partner, *, kinds: Collection[str] = (), cursor: str = "", limit: int = PAGE) -> TimelinePage:
    """A page of a partner's events; `kinds` narrows it, `cursor` is the former page's `next`.

    A cursor is the last instant shown and how many events of exactly that instant were shown already, so that no
    event is lost or repeated when several happened at once.
    """
    until, skip = _read_cursor(cursor)
    wanted = set(kinds) or set(timeline_kinds())
    streams = [
        sorted(source.fetch(partner, wanted & source.kinds.keys(), until, limit + skip + 1), key=_place, reverse=True)
        for source in timeline_sources
        if wanted & source.kinds.keys()
    ]
    found = list(islice(merge(*streams, key=_place, reverse=True), limit + skip + 1))
    page = found[skip : skip + limit]
    if len(found) <= skip + limit or not page:
        return TimelinePage(items=page, next="")
    last = page[-1].at
    shown = sum(1 for item in page if item.at == last) + (skip if until == last else 0)
    return TimelinePage(items=page, next=f"{last.isoformat()}~{shown}")


def _place(item: TimelineItem) -> tuple[datetime, str]:
    return item.at, item.key


def _read_cursor(cursor: str) -> tuple[datetime | None, int]:
    """An instant and a count; a cursor that somebody has tampered with means the first page."""
    text, _tilde, count = cursor.partition("~")
    try:
        until = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        until = None
    if until is None or not is_aware(until) or not count.isdecimal():
        return None, 0
    return until, min(int(count), 1000)


# --- The audit trail as a source ------------------------------------------------------------------------------------


def fetch_audit(partner: Partner, kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """Audit entries about the partner and what hangs on it."""
    entries = AuditEntry.objects.filter(partner_id=partner.pk).order_by("-at", "-id")
    for prefix in (prefix for source in timeline_sources for prefix in source.audit_prefixes):
        entries = entries.exclude(action__startswith=prefix)
    if until is not None:
        entries = entries.filter(at__lte=until)
    if set(kinds) < KINDS.keys():
        entries = entries.filter(_of_kinds(kinds))
    return [audit_item(entry) for entry in entries[:limit]]


def _of_kinds(kinds: Collection[str]) -> Q:
    wanted = Q(pk__in=[])
    for action, kind in ACTIONS.items():
        if kind in kinds:
            wanted |= Q(action=action)
    for prefix, kind in PREFIXES.items():
        if kind in kinds:
            wanted |= Q(action__startswith=f"{prefix}.")
    if "other" in kinds:
        known = Q(action__in=list(ACTIONS))
        for prefix in PREFIXES:
            known |= Q(action__startswith=f"{prefix}.")
        wanted |= ~known
    return wanted


def kind_of(action: str) -> str:
    """The kind of an audit action."""
    return ACTIONS.get(action) or PREFIXES.get(action.partition(".")[0], "other")


def audit_item(entry: AuditEntry) -> TimelineItem:
    """An audit entry in words."""
    kind = kind_of(entry.action)
    by = entry.actor_label or _("System")
    return TimelineItem(
        at=entry.at,
        kind=kind,
        key=f"audit:{entry.pk:020d}",
        title=_title(entry),
        meta=by,
        body=entry.reason,
        details=_details(entry),
        tone=_tone(entry),
        icon=AUDIT_KINDS[kind].icon,
    )


def _title(entry: AuditEntry) -> str:
    after = {name: value[1] for name, value in entry.changes.items() if isinstance(value, list) and len(value) == 2}
    if entry.action == "partner.status_changed":
        return _("%(before)s → %(after)s") % {
            "before": _before(entry, "status"),
            "after": _shown("status", after["status"]),
        }
    if entry.action == "partner.tier_assigned":
        former, tier = _before(entry, "tier"), after["tier"]
        if not former:
            return _("Enters as %(tier)s") % {"tier": tier}
        return _("%(before)s → %(after)s") % {"before": former, "after": tier}
    if entry.action == "partner.owner_assigned":
        owner = after.get("owner")
        return _("Owner: %(owner)s") % {"owner": owner} if owner else _("Owner taken away")
    known = TITLES.get(entry.action)
    if known is not None:
        return str(known) % {"target": entry.target_label}
    noun, _dot, verb = entry.action.partition(".")
    return capfirst(f"{noun} {verb}".replace("_", " ")) + (f": {entry.target_label}" if entry.target_label else "")


def _tone(entry: AuditEntry) -> str:
    if entry.action == "partner.status_changed":
        return STATUS_TONES.get(entry.changes.get("status", [None, ""])[1], "")
    return {"partner.tier_assigned": "acc", "partner_access.removed": "warn"}.get(entry.action, "")


# What the title says already.
IN_TITLE = {
    "partner.status_changed": {"status"},
    "partner.tier_assigned": {"tier"},
    "partner.owner_assigned": {"owner"},
}
MODELS = {"partner": Partner, "contact": Contact, "site": PartnerSite}
LABELS = {
    "effective_on": gettext_lazy("First day"),
    "programme": gettext_lazy("Programme"),
    "role": gettext_lazy("Role"),
}


def _before(entry: AuditEntry, name: str) -> str:
    return _shown(name, entry.changes.get(name, [None])[0])


def _details(entry: AuditEntry) -> tuple[tuple[str, str, str], ...]:
    """Field, value before, value after; what the title says already and what was and stays empty is left out."""
    rows = []
    for name, pair in entry.changes.items():
        if not (isinstance(pair, list) and len(pair) == 2) or name in IN_TITLE.get(entry.action, ()):
            continue
        before, after = pair
        if not before and not after:
            continue
        rows.append((_label(entry, name), _shown(name, before), _shown(name, after)))
    return tuple(rows)


def _label(entry: AuditEntry, name: str) -> str:
    if name in LABELS:
        return str(LABELS[name])
    model = MODELS.get(entry.action.partition(".")[0])
    if model is not None:
        names = {field.name: field for field in model._meta.get_fields() if hasattr(field, "verbose_name")}
        if name in names:
            return capfirst(str(names[name].verbose_name))
    return capfirst(name.replace("_", " "))


def _shown(name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        roles = dict(ContactRole.choices)
        return ", ".join(str(roles.get(item, item)) for item in value)
    if name == "status":
        return str(dict(PartnerStatus.choices).get(value, value))
    if name == "role":
        return str(dict(Role.choices).get(value, value))
    if name == "country":
        return country_name(str(value))
    if name.endswith(("_on", "_since", "_from")) and isinstance(value, str):
        day = parse_date(value[:10])
        return formats.day(day) if day else value
    return str(value)


def register() -> None:
    """Put the audit trail on the timeline; called once the app is ready."""
    timeline_sources.register(TimelineSource(key="audit", order=10, kinds=KINDS, fetch=fetch_audit))
