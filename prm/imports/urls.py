"""Addresses of imports."""

from django.urls import path

from prm.imports.views import batches, wizard

app_name = "imports"
BASE = "t/<slug:tenant>/imports/"
ONE = f"{BASE}<uuid:batch>/"

urlpatterns = [
    path(BASE, batches.ImportListView.as_view(), name="import_list"),
    path(f"{BASE}new/", wizard.ImportCreateView.as_view(), name="import_create"),
    path(f"{BASE}templates/<slug:kind>.csv", batches.TemplateFileView.as_view(), name="import_template"),
    path(f"{BASE}mappings/", batches.SavedMappingListView.as_view(), name="mapping_list"),
    path(f"{BASE}mappings/<uuid:saved_mapping>.yaml", batches.SavedMappingFileView.as_view(), name="mapping_file"),
    path(
        f"{BASE}mappings/<uuid:saved_mapping>/delete/", batches.SavedMappingDeleteView.as_view(), name="mapping_delete"
    ),
    path(ONE, batches.ImportDetailView.as_view(), name="import_detail"),
    path(f"{ONE}format/", wizard.ImportFormatView.as_view(), name="import_format"),
    path(f"{ONE}columns/", wizard.ImportColumnsView.as_view(), name="import_columns"),
    path(f"{ONE}mapping/", wizard.ImportMappingView.as_view(), name="import_mapping"),
    path(f"{ONE}progress/", batches.ImportProgressView.as_view(), name="import_progress"),
    path(f"{ONE}correct/", batches.ImportCorrectView.as_view(), name="import_correct"),
    path(f"{ONE}check/", batches.ImportRecheckView.as_view(), name="import_recheck"),
    path(f"{ONE}start/", batches.ImportStartView.as_view(), name="import_start"),
    path(f"{ONE}undo/", batches.ImportUndoView.as_view(), name="import_undo"),
    path(f"{ONE}discard/", batches.ImportDiscardView.as_view(), name="import_discard"),
    path(f"{ONE}errors.csv", batches.ImportErrorFileView.as_view(), name="import_errors"),
    path(f"{ONE}file/", batches.ImportFileView.as_view(), name="import_file"),
    path(f"{ONE}mapping.yaml", batches.ImportMappingFileView.as_view(), name="import_mapping_file"),
]
