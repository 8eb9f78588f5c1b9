"""Partners, contacts and the lists they refer to, for other systems."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from partners.api import serializers
from partners.api.filters import ContactFilter, PartnerFilter, TierFilter
from partners.lifecycle import PARTNER_LIFECYCLE
from partners.models import (
    Contact,
    Partner,
    PartnerSpecialisation,
    PartnerTerritory,
    PartnerType,
    Programme,
    Region,
    Specialisation,
    Tier,
    TierAssignment,
)
from partners.permissions import PARTNER_EDIT, PARTNER_STATUS, PARTNER_TERMINATE, PARTNER_TIER, PARTNER_VIEW
from partners.queries import access_partners, today
from partners.services.contacts import create_contact, remove_contact, update_contact, upsert_contact
from partners.services.owners import assign_owner
from partners.services.partners import create_partner, update_partner, upsert_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from prm.access.permissions import Permission
from prm.api.views import ApiView, ListMixin
from prm.errors import InvalidInput


def partners() -> QuerySet[Partner]:
    """Partners with all that their serializer reads, in one query however many there are."""
    day = today()
    held = TierAssignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), partner=OuterRef("pk"), valid_from__lte=day
    ).order_by("programme_id")
    own = {"partner": OuterRef("pk")}
    return (
        access_partners(None)
        .select_related("partner_type", "region", "parent", "owner")
        .annotate(
            specialisation_keys=ArraySubquery(
                PartnerSpecialisation.objects.filter(**own).values_list("specialisation__key")
            ),
            territory_keys=ArraySubquery(PartnerTerritory.objects.filter(**own).values_list("region__key")),
            held_tiers=ArraySubquery(
                held.values_list(JSONObject(programme="programme__key", tier="tier__key", since="valid_from"))
            ),
        )
    )


class PartnerView(ApiView):
    """What all addresses of partners share."""

    permission = PARTNER_VIEW
    write_permission: Permission | None = PARTNER_EDIT
    serializer_class = serializers.PartnerSerializer

    def get_queryset(self) -> QuerySet[Partner]:
        # The schema is made outside every tenant, whose day the query needs.
        return Partner.objects.all() if getattr(self, "swagger_fake_view", False) else partners()

    def answer(self, partner: Partner, status: int = 200) -> Response:
        """The partner as it stands now."""
        return Response(self.serializer_class(self.one(pk=partner.pk)).data, status=status)


class PartnerList(ListMixin, PartnerView):
    """All partners; adding one."""

    filterset_class = PartnerFilter

    @extend_schema(operation_id="list_partners", summary="List partners", tags=["partners"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_partner",
        summary="Add a partner",
        description="Refused with 409 when the external number is taken. To create or change, use the upsert.",
        tags=["partners"],
        request=serializers.PartnerCreateSerializer,
        responses={201: serializers.PartnerSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(serializers.PartnerCreateSerializer)
        return self.answer(create_partner(actor=self.actor, **values), 201)


class PartnerDetail(PartnerView):
    """One partner."""

    @extend_schema(operation_id="get_partner", summary="Read a partner", tags=["partners"])
    def get(self, request: Request, partner: UUID) -> Response:
        return Response(self.get_serializer(self.one(public_id=partner)).data)

    @extend_schema(
        operation_id="update_partner",
        summary="Change parts of a partner",
        tags=["partners"],
        request=serializers.PartnerUpdateSerializer,
        responses=serializers.PartnerSerializer,
    )
    def patch(self, request: Request, partner: UUID) -> Response:
        stored = self.one(public_id=partner)
        values = self.body(serializers.PartnerUpdateSerializer, partial=True)
        owner = values.pop("owner", stored.owner)
        changed = update_partner(partner=stored, actor=self.actor, **values)
        return self.answer(assign_owner(partner=changed, owner=owner, actor=self.actor))


class PartnerByNumber(PartnerView):
    """One partner by the number that another system knows it by."""

    upserts = ("put",)

    @extend_schema(operation_id="get_partner_by_number", summary="Read a partner by external number", tags=["partners"])
    def get(self, request: Request, external_id: str) -> Response:
        return Response(self.get_serializer(self.one(external_id=external_id)).data)

    @extend_schema(
        operation_id="upsert_partner",
        summary="Create or change a partner by external number",
        description=(
            "Idempotent: the same call twice changes nothing and says `unchanged`. Only fields that are given are "
            "touched; a new partner needs `name` and `type`. A status that differs goes through the ordinary move, "
            "which may need a reason and another scope (`partner:status`, `partner:terminate`); a tier that differs "
            "needs `partner:tier`."
        ),
        tags=["partners"],
        request=serializers.PartnerUpsertSerializer,
        responses={200: serializers.PartnerOutcomeSerializer, 201: serializers.PartnerOutcomeSerializer},
    )
    def put(self, request: Request, external_id: str) -> Response:
        stored = access_partners(None).filter(external_id=external_id).first()
        values = self.body(serializers.PartnerUpsertSerializer, partial=stored is not None)
        self._check_scopes(stored, values)
        partner, outcome = upsert_partner(external_id=external_id, actor=self.actor, **values)
        body = {"outcome": outcome, "partner": self.one(pk=partner.pk)}
        return Response(serializers.PartnerOutcomeSerializer(body).data, status=201 if outcome == "created" else 200)

    def _check_scopes(self, stored: Partner | None, values: dict[str, Any]) -> None:
        """Moves and tiers of a partner that exists need their own scopes, here as at their own addresses."""
        if stored is None:
            return
        if values.get("status") not in (None, stored.status):
            self.require(PARTNER_LIFECYCLE.check(stored.status, values["status"]).permission)
        if values.get("tier") is not None:
            self.require(PARTNER_TIER)


class PartnerStatusMove(PartnerView):
    """Moving a partner to another status."""

    permission = PARTNER_STATUS
    write_permission = None
    further_permissions = (PARTNER_TERMINATE,)

    @extend_schema(
        operation_id="move_partner",
        summary="Move a partner to another status",
        description=(
            "409 `illegal_move` when the lifecycle has no such move. "
            "Terminating and reinstating also need `partner:terminate`."
        ),
        tags=["partners"],
        request=serializers.StatusMoveSerializer,
        responses=serializers.PartnerSerializer,
    )
    def post(self, request: Request, partner: UUID) -> Response:
        stored = self.one(public_id=partner)
        values = self.body(serializers.StatusMoveSerializer)
        target = values.pop("status")
        self.require(PARTNER_LIFECYCLE.check(stored.status, target).permission)
        return self.answer(change_status(partner=stored, target=target, actor=self.actor, **values))


class PartnerTierMove(PartnerView):
    """Giving a partner a tier."""

    permission = PARTNER_TIER
    write_permission = None

    @extend_schema(
        operation_id="assign_tier",
        summary="Give a partner a tier from a day on",
        tags=["partners"],
        request=serializers.TierMoveSerializer,
        responses=serializers.PartnerSerializer,
    )
    def post(self, request: Request, partner: UUID) -> Response:
        stored = self.one(public_id=partner)
        values = self.body(serializers.TierMoveSerializer)
        programme, key = values.pop("programme"), values.pop("tier")
        tier = Tier.objects.filter(programme=programme, key=key).select_related("programme").first()
        if tier is None:
            raise InvalidInput(_("The programme has no such tier."), field="tier", code="does_not_exist")
        assign_tier(partner=stored, tier=tier, actor=self.actor, **values)
        return self.answer(stored)


class ContactView(ApiView):
    """What all addresses of contacts share."""

    permission = PARTNER_VIEW
    write_permission = PARTNER_EDIT
    serializer_class = serializers.ContactSerializer

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.select_related("partner").order_by("id")

    def answer(self, contact: Contact, status: int = 200) -> Response:
        """The contact as it stands now."""
        return Response(self.serializer_class(self.one(pk=contact.pk)).data, status=status)


class ContactList(ListMixin, ContactView):
    """All contacts; adding one."""

    filterset_class = ContactFilter

    @extend_schema(operation_id="list_contacts", summary="List contacts", tags=["contacts"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_contact",
        summary="Add a contact",
        tags=["contacts"],
        request=serializers.ContactCreateSerializer,
        responses={201: serializers.ContactSerializer},
    )
    def post(self, request: Request) -> Response:
        return self.answer(create_contact(actor=self.actor, **self.body(serializers.ContactCreateSerializer)), 201)


class ContactDetail(ContactView):
    """One contact."""

    @extend_schema(operation_id="get_contact", summary="Read a contact", tags=["contacts"])
    def get(self, request: Request, contact: UUID) -> Response:
        return Response(self.get_serializer(self.one(public_id=contact)).data)

    @extend_schema(
        operation_id="update_contact",
        summary="Change parts of a contact",
        tags=["contacts"],
        request=serializers.ContactUpdateSerializer,
        responses=serializers.ContactSerializer,
    )
    def patch(self, request: Request, contact: UUID) -> Response:
        stored = self.one(public_id=contact)
        values = self.body(serializers.ContactUpdateSerializer, partial=True)
        return self.answer(update_contact(contact=stored, actor=self.actor, **values))

    @extend_schema(
        operation_id="delete_contact",
        summary="Delete a contact's data",
        description="Access to the portal ends with it. The audit trail keeps that the contact was there.",
        tags=["contacts"],
        responses={204: OpenApiResponse(description="Deleted.")},
    )
    def delete(self, request: Request, contact: UUID) -> Response:
        remove_contact(contact=self.one(public_id=contact), actor=self.actor)
        return Response(status=204)


class ContactByNumber(ContactView):
    """One contact by the number that another system knows it by."""

    upserts = ("put",)

    @extend_schema(
        operation_id="upsert_contact",
        summary="Create or change a contact by external number",
        description="Idempotent. 409 when the number belongs to a contact of another partner.",
        tags=["contacts"],
        request=serializers.ContactUpsertSerializer,
        responses={200: serializers.ContactOutcomeSerializer, 201: serializers.ContactOutcomeSerializer},
    )
    def put(self, request: Request, external_id: str) -> Response:
        values = self.body(serializers.ContactUpsertSerializer)
        contact, outcome = upsert_contact(actor=self.actor, external_id=external_id, **values)
        body = {"outcome": outcome, "contact": self.one(pk=contact.pk)}
        return Response(serializers.ContactOutcomeSerializer(body).data, status=201 if outcome == "created" else 200)


class CatalogueList(ListMixin, ApiView):
    """One of the lists that partners refer to, for reading."""

    permission = PARTNER_VIEW
    rows: ClassVar[Any]

    def get_queryset(self) -> QuerySet[Any]:
        return self.rows()


class PartnerTypeList(CatalogueList):
    serializer_class = serializers.PartnerTypeSerializer
    rows = staticmethod(lambda: PartnerType.objects.order_by("id"))

    @extend_schema(operation_id="list_partner_types", summary="List partner types", tags=["lists"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RegionList(CatalogueList):
    serializer_class = serializers.RegionSerializer
    rows = staticmethod(lambda: Region.objects.select_related("parent").order_by("id"))

    @extend_schema(operation_id="list_regions", summary="List regions", tags=["lists"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SpecialisationList(CatalogueList):
    serializer_class = serializers.SpecialisationSerializer
    rows = staticmethod(lambda: Specialisation.objects.order_by("id"))

    @extend_schema(operation_id="list_specialisations", summary="List specialisations", tags=["lists"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ProgrammeList(CatalogueList):
    serializer_class = serializers.ProgrammeSerializer
    rows = staticmethod(lambda: Programme.objects.order_by("id"))

    @extend_schema(operation_id="list_programmes", summary="List programmes", tags=["lists"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class TierList(CatalogueList):
    serializer_class = serializers.TierSerializer
    filterset_class = TierFilter
    rows = staticmethod(lambda: Tier.objects.select_related("programme").order_by("id"))

    @extend_schema(operation_id="list_tiers", summary="List tiers", tags=["lists"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
