"""The admin site: sign-in through allauth, a tenant to choose, tenant records only inside it."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.errors import DomainError
from prm.operators.sessions import STAY, current_stay, enter_tenant, leave_tenant
from prm.tenancy.models import Tenant

OTHER = (90, gettext_lazy("Other"))


class ChooseTenantForm(forms.Form):
    """Which tenant, and why: the tenant's people read the reason in their audit trail."""

    tenant: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=gettext_lazy("Tenant"), empty_label=gettext_lazy("Choose one")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=gettext_lazy("For example the number of the support case. It stands in the tenant's audit trail."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.order_by("name")  # type: ignore[attr-defined]


class OperatorSite(AdminSite):
    """Django's admin for platform operators."""

    site_title = gettext_lazy("Platform")
    index_title = gettext_lazy("Platform")
    enable_nav_sidebar = True
    site_url = "/"

    @property
    def site_header(self) -> str:  # type: ignore[override]
        """The product's own name."""
        from django.conf import settings

        return settings.PRODUCT_NAME

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign-in is allauth's, with its second factor and rate limits. A signed-in stranger is refused."""
        return secure_admin_login(super().login)(request, extra_context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("tenant/", self.admin_view(choose_tenant), name="choose_tenant"),
            path("tenant/leave/", self.admin_view(leave), name="leave_tenant"),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The pages by what they are about (`section` of each), not by the program's packages."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        sections: dict[tuple[int, str], list[Any]] = {}
        for app in apps:
            for entry in app["models"]:
                order, title = getattr(self._registry[entry["model"]], "section", OTHER)
                sections.setdefault((order, str(title)), []).append(entry)
        return [
            {
                "name": title,
                "app_label": f"section-{order}",
                "app_url": reverse("admin:index"),
                "has_module_perms": True,
                "models": sorted(entries, key=lambda entry: getattr(self._registry[entry["model"]], "place", 99)),
            }
            for (order, title), entries in sorted(sections.items())
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **super().each_context(request),
            "stay": current_stay(request.session),
            "stay_tenant": getattr(request, "tenant", None),
        }


def choose_tenant(request: HttpRequest) -> HttpResponse:
    """Choose the tenant to work in, with a reason; GET shows the form, POST begins the stay."""
    from django.contrib.admin import site

    after = _safe_next(request)
    form = ChooseTenantForm(request.POST or None, initial={"tenant": request.GET.get("tenant")})
    if request.method == "POST" and form.is_valid():
        try:
            enter_tenant(request, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            messages.success(request, _("You now work in %(tenant)s.") % {"tenant": form.cleaned_data["tenant"]})
            return HttpResponseRedirect(after)
    context = {
        **site.each_context(request),
        "title": _("Choose a tenant"),
        "form": form,
        "next": after,
        "hours": int(STAY.total_seconds() // 3600),
    }
    return render(request, "admin/operators/choose_tenant.html", context, status=422 if form.errors else 200)


def leave(request: HttpRequest) -> HttpResponse:
    """End the stay. POST only, since it changes something."""
    if request.method != "POST":
        raise Http404
    leave_tenant(request)
    messages.success(request, _("You left the tenant."))
    return HttpResponseRedirect(reverse("admin:index"))


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/admin/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("admin:index")


# The admin site asks is_staff itself; the declaration is for the start-up check of all our views.
choose_tenant.operator_only = True  # type: ignore[attr-defined]
leave.operator_only = True  # type: ignore[attr-defined]
