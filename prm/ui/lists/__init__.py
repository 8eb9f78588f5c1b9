"""Lists: columns, filters, search, order, pages, saved views, bulk selection and export, declared in one class."""

from prm.ui.lists.columns import Column
from prm.ui.lists.page import BulkAction, ListPage, ReadyView
from prm.ui.lists.step import ListStep

__all__ = ["BulkAction", "Column", "ListPage", "ListStep", "ReadyView"]
