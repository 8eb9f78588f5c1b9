"""The schema and the interactive documentation. Both are public: they say what the API can do, not what is in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView

from prm.access.views import PublicView


class SchemaView(SpectacularAPIView):
    """OpenAPI as YAML, or as JSON when asked for."""

    public = True
    authentication_classes = ()
    permission_classes = ()


class DocsView(PublicView):
    """Swagger UI from our own server: its assets come with a package, its start is a script file of ours."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "api/docs.html")
