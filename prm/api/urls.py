"""The API's own addresses: its schema and its pages of documentation."""

from django.urls import path

from prm.api.docs import DocsView, SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
