"""Addresses of background work."""

from django.urls import path

from prm.jobs import views

app_name = "jobs"
urlpatterns = [
    path("t/<slug:tenant>/settings/jobs/", views.JobListView.as_view(), name="job_list"),
    path("t/<slug:tenant>/settings/jobs/<uuid:job>/", views.JobDetailView.as_view(), name="job_detail"),
    path("t/<slug:tenant>/settings/jobs/<uuid:job>/progress/", views.JobProgressView.as_view(), name="job_progress"),
]
