"""/l/<location>/notifications/…"""

from django.urls import path

from notifications.views import pages, preferences

app_name = "notifications"
urlpatterns = [
    path("", pages.index, name="index"),
    path("panel", pages.panel, name="panel"),
    path("count", pages.count, name="count"),
    path("read", pages.mark_all, name="mark_all"),
    path("preferences", preferences.choose, name="preferences"),
    path("<id:pk>", pages.follow, name="open"),
    path("<id:pk>/read", pages.mark, name="mark"),
]
