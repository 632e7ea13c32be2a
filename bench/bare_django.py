"""A bare DRF RetrieveAPIView over the same table: no token, no scope, no limits."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.bare_settings")
application = get_wsgi_application()

from rest_framework.generics import RetrieveAPIView  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402

from contacts.models import Contact  # noqa: E402


class ContactSerializer(ModelSerializer):
    class Meta:
        model = Contact
        exclude = ["search", "name_folded"]


class OneContact(RetrieveAPIView):
    serializer_class = ContactSerializer

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return Contact.objects.everywhere(reason="the floor of a benchmark")


urlpatterns = [path("contacts/<str:pk>", OneContact.as_view())]
