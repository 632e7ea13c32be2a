"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from onboarding.views import compliance

urlpatterns = [path("compliance", compliance.compliance, name="compliance")]
