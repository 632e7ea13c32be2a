"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from opportunities.views import settings_pipelines, settings_reasons, settings_rules

urlpatterns = [
    path("opportunities", settings_rules.rules, name="opportunities"),
    path("opportunities/trash", settings_rules.trashed, name="opportunities_trash"),
    path("opportunities/trash/<id:pk>", settings_rules.restore, name="opportunity_restore"),
    path("pipelines", settings_pipelines.index, name="pipelines"),
    path("pipelines/new", settings_pipelines.create, name="pipeline_create"),
    path("pipelines/sample", settings_pipelines.sample, name="pipeline_sample"),
    path("pipelines/order", settings_pipelines.order, name="pipelines_order"),
    path("pipelines/stage", settings_pipelines.stage, name="pipeline_stage"),
    path("pipelines/<id:pk>", settings_pipelines.edit, name="pipeline_edit"),
    path("pipelines/<id:pk>/duplicate", settings_pipelines.duplicate, name="pipeline_duplicate"),
    path("pipelines/<id:pk>/share", settings_pipelines.share, name="pipeline_share"),
    path("pipelines/<id:pk>/delete", settings_pipelines.delete, name="pipeline_delete"),
    path("pipelines/<id:pk>/restore", settings_pipelines.restore, name="pipeline_restore"),
    path("lost-reasons", settings_reasons.index, name="lost_reasons"),
    path("lost-reasons/new", settings_reasons.create, name="lost_reason_create"),
    path("lost-reasons/<id:pk>/rename", settings_reasons.rename, name="lost_reason_rename"),
    path("lost-reasons/<id:pk>/delete", settings_reasons.delete, name="lost_reason_delete"),
]
