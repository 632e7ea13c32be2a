"""Addresses of the contact list, smart lists, bulk actions, exports and the trash."""

from django.urls import path

from contacts.views import bulk, exports, filters, lists, smart_lists, tracking, trash

urlpatterns = [
    path("", lists.contact_list, name="list"),
    path("count", lists.count, name="count"),
    path("counts", lists.counts, name="counts"),
    path("columns", lists.columns, name="columns"),
    path("columns/choose", lists.choose_columns, name="columns_choose"),
    path("rows", lists.page_size, name="page_size"),
    path("filter", filters.build, name="filter"),
    path("filters", filters.sheet, name="filters"),
    path("lists", smart_lists.lists, name="lists"),
    path("lists/order", smart_lists.order, name="lists_order"),
    path("lists/save-as", smart_lists.save_as, name="list_save_as"),
    path("lists/<id:pk>/save", smart_lists.save, name="list_save"),
    path("lists/<id:pk>/rename", smart_lists.rename, name="list_rename"),
    path("lists/<id:pk>/duplicate", smart_lists.duplicate, name="list_duplicate"),
    path("lists/<id:pk>/share", smart_lists.share, name="list_share"),
    path("lists/<id:pk>/remove", smart_lists.remove, name="list_remove"),
    path("bulk", tracking.actions, name="bulk_actions"),
    path("bulk/ask/<slug:kind>", bulk.ask, name="bulk_ask"),
    path("bulk/start/<slug:kind>", bulk.start, name="bulk_start"),
    path("bulk/<id:pk>", tracking.show, name="bulk_action"),
    path("bulk/<id:pk>/progress", tracking.progress, name="bulk_progress"),
    path("bulk/<id:pk>/cancel", tracking.cancel, name="bulk_cancel"),
    path("bulk/<id:pk>/retry", tracking.retry, name="bulk_retry"),
    path("bulk/<id:pk>/undo", tracking.undo, name="bulk_undo"),
    path("bulk/<id:pk>/download", exports.download, name="bulk_download"),
    path("trash", trash.show, name="trash"),
    path("trash/restore", trash.restore_chosen, name="trash_restore"),
    path("trash/ask", trash.ask_purge, name="trash_ask"),
    path("trash/purge", trash.purge, name="trash_purge"),
    path("<id:pk>/restore", trash.restore, name="restore"),
]
