"""People and workspaces."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from prm.access.roles import Role
from prm.accounts.models import Membership, PartnerAccess, User
from prm.tenancy.models import Tenant

PASSWORD = "correct-horse-battery"


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").title())
    currency = "EUR"
    timezone = "Europe/Berlin"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    full_name = factory.Sequence(lambda n: f"Person Number{n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> User:
        from allauth.account.models import EmailAddress

        user = User.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    tenant = factory.SubFactory(TenantFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.TENANT_ADMIN
    last_seen_at = factory.LazyFunction(timezone.now)  # else each first request would write it


class PartnerAccessFactory(DjangoModelFactory):
    """Give `partner=` an existing partner of the open scope."""

    class Meta:
        model = PartnerAccess

    class Params:
        partner = None

    tenant = factory.LazyAttribute(lambda o: o.partner.tenant)
    partner_id = factory.LazyAttribute(lambda o: o.partner.pk)
    partner_public_id = factory.LazyAttribute(lambda o: o.partner.public_id)
    partner_name = factory.LazyAttribute(lambda o: o.partner.name)
    user = factory.SubFactory(UserFactory)
    role = Role.PARTNER_ADMIN
    last_seen_at = factory.LazyFunction(timezone.now)
