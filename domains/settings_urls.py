"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from domains.views import pages, redirects

urlpatterns = [
    path("domains", pages.index, name="domains"),
    path("domains/new", pages.create, name="domain_create"),
    path("domains/redirects/<id:pk>", redirects.edit, name="redirect_edit"),
    path("domains/redirects/<id:pk>/delete", redirects.delete, name="redirect_delete"),
    path("domains/<id:pk>", pages.show, name="domain"),
    path("domains/<id:pk>/state", pages.state, name="domain_state"),
    path("domains/<id:pk>/check", pages.check, name="domain_check"),
    path("domains/<id:pk>/again", pages.again, name="domain_again"),
    path("domains/<id:pk>/twin", pages.twin, name="domain_twin"),
    path("domains/<id:pk>/robots", pages.robots, name="domain_robots"),
    path("domains/<id:pk>/remove", pages.remove, name="domain_remove"),
    path("domains/<id:pk>/redirects/new", redirects.create, name="redirect_create"),
    path("domains/<id:pk>/redirects/order", redirects.order, name="redirects_order"),
]
