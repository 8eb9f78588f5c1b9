"""What the API says of partners and takes for them. References are keys and numbers, never internal ids."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from partners.choices import ContactRole, PartnerStatus
from partners.models import Partner, PartnerType, Programme, Region, Specialisation, Tier
from partners.services.owners import possible_owners
from prm.api.serializers import KeyField, KeyListField, StrictSerializer

PARTNER_EXAMPLE = {
    "external_id": "10042",
    "name": "Alpine Cycles GmbH",
    "type": "reseller",
    "region": "dach",
    "country": "AT",
    "city": "Innsbruck",
    "owner": "marta.olsen@aurelo.example",
    "specialisations": ["e-bikes"],
    "partner_since": "2019-04-01",
}


LIST_HELP = "Keys. The list replaces the former one."


@extend_schema_field(OpenApiTypes.EMAIL)
class OwnerField(serializers.Field):
    """The person who looks after the partner, by e-mail address."""

    default_error_messages = {
        "invalid": _("Give an e-mail address."),
        "does_not_exist": _("Nobody with this address can look after partners here."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or "@" not in data:
            self.fail("invalid")
        owner = possible_owners().filter(email=data.strip().lower()).first()
        if owner is None:
            self.fail("does_not_exist")
        return owner

    def to_representation(self, value: Any) -> str:
        return str(value.email)


class HeldTierSerializer(serializers.Serializer):
    """The tier a partner holds in one programme today."""

    programme = serializers.CharField()
    tier = serializers.CharField()
    since = serializers.DateField()


class PartnerFields(StrictSerializer):
    """The profile, which can be read and written."""

    name = serializers.CharField(max_length=200)
    type = KeyField(PartnerType, source="partner_type", help_text="Key of a partner type.")
    region = KeyField(Region, allow_null=True, required=False, help_text="Key of the home region, which scoring uses.")
    parent = KeyField(  # type: ignore[assignment]  # taken off the class
        Partner, "external_id", allow_null=True, required=False, help_text="External number of the partner above."
    )
    owner = OwnerField(allow_null=True, required=False, help_text="E-mail address of the channel manager.")
    country = serializers.RegexField(
        r"^[A-Z]{2}$", allow_blank=True, required=False, help_text="Two letters, such as DE."
    )
    city = serializers.CharField(max_length=120, allow_blank=True, required=False)
    address = serializers.CharField(max_length=240, allow_blank=True, required=False)
    postal_code = serializers.CharField(max_length=20, allow_blank=True, required=False)
    email = serializers.EmailField(allow_blank=True, required=False)
    phone = serializers.CharField(max_length=40, allow_blank=True, required=False)
    website = serializers.URLField(allow_blank=True, required=False)
    partner_since = serializers.DateField(allow_null=True, required=False)
    description = serializers.CharField(allow_blank=True, required=False, max_length=20_000)
    specialisations = KeyListField(Specialisation, required=False, help_text=LIST_HELP)
    territories = KeyListField(Region, required=False, help_text=LIST_HELP)


class PartnerSerializer(PartnerFields):
    """A partner as it is read."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    external_id = serializers.CharField(max_length=80, required=False)
    status = serializers.ChoiceField(PartnerStatus.choices, read_only=True)
    specialisations = KeyListField(Specialisation, source="specialisation_keys", help_text=LIST_HELP, required=False)
    territories = KeyListField(Region, source="territory_keys", help_text=LIST_HELP, required=False)
    tiers = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(HeldTierSerializer(many=True))
    def get_tiers(self, partner: Any) -> Any:
        """The tiers held today, from the rows that the query has brought along."""
        return partner.held_tiers


@extend_schema_serializer(examples=[OpenApiExample("A reseller", value=PARTNER_EXAMPLE, request_only=True)])
class PartnerCreateSerializer(PartnerFields):
    """A new partner. Without an external number it gets the next free one."""

    external_id = serializers.CharField(max_length=80, required=False)
    status = serializers.ChoiceField(PartnerStatus.choices, default=PartnerStatus.PROSPECT)
    tier = KeyField(Tier, required=False, help_text="Key of a tier of the default programme.")
    tier_from = serializers.DateField(required=False, help_text="First day of the tier.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A reseller",
            value={name: value for name, value in PARTNER_EXAMPLE.items() if name != "external_id"},
            request_only=True,
        )
    ]
)
class PartnerUpsertSerializer(PartnerFields):
    """A partner by its external number: created when new, else changed where it differs."""

    status = serializers.ChoiceField(PartnerStatus.choices, required=False)
    tier = KeyField(Tier, required=False, help_text="Key of a tier of the default programme.")
    tier_from = serializers.DateField(required=False, help_text="First day of the tier, today if left out.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class PartnerUpdateSerializer(PartnerFields):
    """Parts of the profile. What is left out stays."""

    external_id = serializers.CharField(max_length=80)


class PartnerOutcomeSerializer(serializers.Serializer):
    """What an upsert did."""

    outcome = serializers.ChoiceField(["created", "updated", "unchanged"])
    partner = PartnerSerializer()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Suspend", value={"status": "suspended", "reason": "Invoices open since March"}, request_only=True
        )
    ]
)
class StatusMoveSerializer(StrictSerializer):
    """One move of the status."""

    status = serializers.ChoiceField(PartnerStatus.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)
    effective_on = serializers.DateField(required=False, help_text="Today if left out, never in the future.")


class TierMoveSerializer(StrictSerializer):
    """A tier from a day on."""

    programme = KeyField(Programme, help_text="Key of the programme.")
    tier = serializers.CharField(max_length=60, help_text="Key of the tier.")
    effective_on = serializers.DateField()
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ContactFields(StrictSerializer):
    """A person at a partner, as it is written."""

    full_name = serializers.CharField(max_length=120)
    email = serializers.EmailField(allow_blank=True, required=False)
    phone = serializers.CharField(max_length=40, allow_blank=True, required=False)
    job_title = serializers.CharField(max_length=80, allow_blank=True, required=False)
    roles = serializers.ListField(
        child=serializers.ChoiceField(ContactRole.choices), required=False, max_length=len(ContactRole)
    )
    is_primary = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class ContactSerializer(ContactFields):
    """A contact as it is read."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    partner = serializers.CharField(source="partner.external_id", read_only=True)
    external_id = serializers.CharField(max_length=80, allow_blank=True, required=False)
    created_at = serializers.DateTimeField(read_only=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A contact",
            value={
                "partner": "10042",
                "external_id": "C-77",
                "full_name": "Jonas Berger",
                "email": "jonas@alpine.example",
                "roles": ["sales"],
                "is_primary": True,
            },
            request_only=True,
        )
    ]
)
class ContactCreateSerializer(ContactFields):
    """A new contact."""

    partner = KeyField(Partner, "external_id", help_text="External number of the partner.")
    external_id = serializers.CharField(max_length=80, allow_blank=True, required=False)


class ContactUpsertSerializer(ContactFields):
    """A contact by its external number: created when new, else changed where it differs."""

    partner = KeyField(Partner, "external_id", help_text="External number of the partner.")


class ContactUpdateSerializer(ContactFields):
    """Parts of a contact. What is left out stays."""

    external_id = serializers.CharField(max_length=80, allow_blank=True)


class ContactOutcomeSerializer(serializers.Serializer):
    """What an upsert did."""

    outcome = serializers.ChoiceField(["created", "updated", "unchanged"])
    contact = ContactSerializer()


class PartnerTypeSerializer(serializers.ModelSerializer):
    """A kind of partner."""

    class Meta:
        model = PartnerType
        fields = ["key", "name", "relationship", "is_scored", "description"]
        read_only_fields = fields


class RegionSerializer(serializers.ModelSerializer):
    """A region of the tenant's own map."""

    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.key", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Region
        fields = ["key", "name", "parent"]
        read_only_fields = fields


class SpecialisationSerializer(serializers.ModelSerializer):
    """Something a partner is especially good at."""

    class Meta:
        model = Specialisation
        fields = ["key", "name"]
        read_only_fields = fields


class TierSerializer(serializers.ModelSerializer):
    """A level of a programme, lowest rank first."""

    programme = serializers.CharField(source="programme.key", read_only=True)

    class Meta:
        model = Tier
        fields = ["programme", "key", "name", "rank", "description"]
        read_only_fields = fields


class ProgrammeSerializer(serializers.ModelSerializer):
    """A programme."""

    class Meta:
        model = Programme
        fields = ["key", "name", "description", "is_default", "is_active"]
        read_only_fields = fields
