"""/agency/…: the pages above the locations, for admins of the agency."""

from django.urls import path

from accounts.views import agency, agency_people

app_name = "agency"
urlpatterns = [
    path("", agency.index, name="locations"),
    path("locations/new", agency.create, name="location_create"),
    path("locations/<id:pk>/suspend", agency.suspend, name="suspend"),
    path("locations/<id:pk>/reactivate", agency.reactivate, name="reactivate"),
    path("locations/<id:pk>/delete", agency.delete, name="location_delete"),
    path("locations/<id:pk>/restore", agency.restore, name="restore"),
    path("people", agency_people.index, name="people"),
    path("people/new", agency_people.create, name="person_create"),
    path("people/<id:pk>/role", agency_people.set_role, name="role"),
    path("people/<id:pk>/off", agency_people.switch_off, name="off"),
    path("people/<id:pk>/on", agency_people.switch_on, name="on"),
]
