"""Settings, Scoring, mounted under /l/<location>/settings/."""

from django.urls import path

from contacts.views import scoring

urlpatterns = [
    path("scoring", scoring.index, name="scoring"),
    path("scoring/<id:pk>/edit", scoring.edit, name="score_edit"),
    path("scoring/<id:pk>/publish", scoring.publish, name="score_publish"),
    path("scoring/<id:pk>/recalculate", scoring.recalculate, name="score_recalculate"),
    path("scoring/<id:pk>/rules/new", scoring.add_rule, name="score_rule_create"),
    path("scoring/rules/<id:pk>/edit", scoring.edit_rule, name="score_rule_edit"),
    path("scoring/rules/<id:pk>/delete", scoring.delete_rule, name="score_rule_delete"),
]
