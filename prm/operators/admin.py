"""Groups of operators: which of them may do what in the Django admin. Superusers may do everything."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from prm.operators.model_admin import PLATFORM

admin.site.unregister(Group)


@admin.register(Group)
class OperatorGroupAdmin(GroupAdmin):
    """Django's own page for groups, under our heading."""

    section = PLATFORM
    place = 30
