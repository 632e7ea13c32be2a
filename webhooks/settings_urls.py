"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from webhooks.views import deliveries, endpoints

urlpatterns = [
    path("webhooks", endpoints.index, name="webhooks"),
    path("webhooks/new", endpoints.create, name="webhook_create"),
    path("webhooks/keys", endpoints.keys, name="webhook_keys"),
    path("webhooks/log", deliveries.log, name="webhook_log"),
    path("webhooks/replay", deliveries.replay_many, name="webhook_replay_many"),
    path("webhooks/deliveries/<id:pk>", deliveries.show, name="webhook_delivery"),
    path("webhooks/deliveries/<id:pk>/replay", deliveries.replay, name="webhook_replay"),
    path("webhooks/<id:pk>", endpoints.show, name="webhook"),
    path("webhooks/<id:pk>/edit", endpoints.edit, name="webhook_edit"),
    path("webhooks/<id:pk>/switch", endpoints.switch, name="webhook_switch"),
    path("webhooks/<id:pk>/next-key", endpoints.next_key, name="webhook_next_key"),
    path("webhooks/<id:pk>/test", endpoints.test, name="webhook_test"),
    path("webhooks/<id:pk>/delete", endpoints.delete, name="webhook_delete"),
]
