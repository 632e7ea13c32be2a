"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from privacy.views import erasures, exports, requests

urlpatterns = [
    path("data-export", exports.index, name="data_export"),
    path("data-export/start", exports.start, name="data_export_start"),
    path("data-export/<id:pk>/progress", exports.progress, name="data_export_progress"),
    path("data-export/<id:pk>/file", exports.download, name="data_export_file"),
    path("data-export/<id:pk>/cancel", exports.cancel, name="data_export_cancel"),
    path("data-export/<id:pk>/again", exports.again, name="data_export_again"),
    path("erasures", erasures.index, name="erasures"),
    path("erasures/<id:pk>", erasures.show, name="erasure"),
    path("erasures/<id:pk>/certificate", erasures.certificate, name="erasure_certificate"),
    path("people/<id:pk>/export", exports.person, name="person_export"),
    path("people/<id:pk>/erase", erasures.erase, name="person_erase"),
    path("privacy-requests", requests.index, name="privacy_requests"),
    path("privacy-requests/new", requests.create, name="privacy_request_create"),
    path("privacy-requests/<id:pk>", requests.show, name="privacy_request"),
    path("privacy-requests/<id:pk>/move", requests.move, name="privacy_request_move"),
    path("privacy-requests/<id:pk>/extend", requests.extend, name="privacy_request_extend"),
]
