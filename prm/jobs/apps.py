from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "prm.jobs"
    label = "jobs"
