"""The team pages, mounted under /l/<location>/settings/."""

from django.urls import path

from contacts.views import teams

urlpatterns = [
    path("teams", teams.index, name="teams"),
    path("teams/new", teams.create, name="team_create"),
    path("teams/<id:pk>/edit", teams.edit, name="team_edit"),
    path("teams/<id:pk>/members", teams.members, name="team_members"),
    path("teams/<id:pk>/delete", teams.delete, name="team_delete"),
]
