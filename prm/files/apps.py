from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "prm.files"
    label = "files"
