"""Contacts from files, found by their number, else by their e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import ContactRole
from partners.imports.partner_fields import PARTNER_FIELDS
from partners.imports.words import chosen, partner_by_number, words_of
from partners.models import Contact, Partner
from partners.services.contacts import remove_contact, update_contact, upsert_contact
from prm.access.actor import Actor
from prm.errors import InvalidInput
from prm.imports.expressions import BOOL
from prm.imports.kinds import KindField
from prm.imports.models import ImportBatch
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import ImportRun
from prm.tenancy.scope import require_scope

CONTACT_FIELDS = (
    KindField(
        "partner",
        gettext_lazy("Partner number"),
        required=True,
        max_length=80,
        example="AW-1001",
        doc=gettext_lazy("The partner the person works for."),
        synonyms=PARTNER_FIELDS[0].synonyms,
    ),
    KindField(
        "full_name",
        gettext_lazy("Name"),
        max_length=120,
        example="Hanna Lindner",
        doc=gettext_lazy("Needed for a new contact."),
        synonyms=("name", "full name", "contact", "contact name", "person", "ansprechpartner"),
    ),
    KindField(
        "email",
        gettext_lazy("E-mail"),
        max_length=254,
        example="hanna@velo-kantine.example",
        doc=gettext_lazy("Finds the contact again, unless there is an external number."),
        synonyms=("email", "e-mail", "mail", "email address"),
    ),
    KindField(
        "external_id",
        gettext_lazy("Contact number"),
        max_length=80,
        doc=gettext_lazy("The number other systems know the person by."),
        synonyms=("contact id", "contact number", "person id"),
    ),
    KindField(
        "phone", gettext_lazy("Phone"), max_length=40, synonyms=("phone", "telephone", "mobile", "tel", "telefon")
    ),
    KindField(
        "job_title", gettext_lazy("Job title"), max_length=80, synonyms=("job title", "title", "position", "role title")
    ),
    KindField(
        "roles",
        gettext_lazy("Roles"),
        example="sales; technical",
        doc=gettext_lazy("sales, technical, marketing, finance, executive; separated by a semicolon."),
        synonyms=("roles", "role"),
    ),
    KindField("is_primary", gettext_lazy("Main contact"), BOOL, synonyms=("main contact", "primary", "is primary")),
    KindField("is_active", gettext_lazy("Active"), BOOL, synonyms=("active", "is active")),
)


@dataclass(frozen=True)
class ContactKind(RowKind):
    """People at partners, found by their number, else by their e-mail address."""

    def begin(self, run: ImportRun) -> dict[str, str]:
        return {value: value for value in ContactRole.values} | {
            str(label).casefold(): value for value, label in ContactRole.choices
        }

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        if values.get("external_id"):
            return (values["external_id"],)
        email = (values.get("email") or "").lower()
        return (values["partner"], email) if email else ("",)

    def apply(self, values: dict[str, Any], run: ImportRun, state: dict[str, str]) -> RowResult:
        if not values.get("external_id") and not values.get("email"):
            raise InvalidInput(
                _("Give an e-mail address or a contact number, so that the person is found again next time."),
                code="missing_value",
                field="email",
            )
        partner = partner_by_number(values["partner"], "partner")
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name == "roles":
                given[name] = [chosen(state, word, "roles", _("role")) for word in words_of(value)]
            elif name in ("is_primary", "is_active"):
                if value is not None:
                    given[name] = value
            elif name != "partner":
                given[name] = value or ""
        existing = self._existing(partner, given)
        before = None if existing is None else _contact_values(existing, given)
        contact, outcome = upsert_contact(partner=partner, actor=run.actor, **given)
        after = _contact_values(contact, given)
        return RowResult(outcome, contact.pk, f"{contact.full_name}, {partner.name}", before, after)

    @staticmethod
    def _existing(partner: Partner, given: dict[str, Any]) -> Contact | None:
        rows = Contact.objects.filter(partner=partner)
        if given.get("external_id"):
            found = rows.filter(external_id=given["external_id"]).first()
            if found is not None:
                return found
        return rows.filter(email__iexact=given["email"]).first() if given.get("email") else None

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        contact = Contact.objects.filter(pk=object_id).first()
        return None if contact is None else _contact_values(contact, dict.fromkeys(self.index))

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        contact = Contact.objects.select_related("partner").get(pk=object_id)
        if before is None:
            remove_contact(contact=contact, actor=actor)
        else:
            update_contact(contact=contact, actor=actor, **before)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("partners:partner_list", kwargs={"tenant": require_scope().tenant.slug})


def _contact_values(contact: Contact, names: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in names if name != "partner"}
