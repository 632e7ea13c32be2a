"""The settings pages of this app, mounted under /l/<location>/settings/."""

from django.urls import path

from accounts.views import company_security, invitations, location_settings, people, roles, sso_settings

urlpatterns = [
    path("profile", location_settings.business_profile, name="profile"),
    path("people", people.index, name="people"),
    path("people/invite", invitations.invite, name="invite"),
    path("people/owner", people.owner, name="owner"),
    path("people/invitations/<id:pk>/send", invitations.send_again, name="invitation_send"),
    path("people/invitations/<id:pk>/revoke", invitations.revoke, name="invitation_revoke"),
    path("people/<id:pk>", people.access, name="access"),
    path("people/<id:pk>/copy", people.copy_access, name="copy_access"),
    path("people/<id:pk>/off", people.disable, name="disable"),
    path("people/<id:pk>/on", people.enable, name="enable"),
    path("people/<id:pk>/remove", people.remove, name="remove_person"),
    path("people/<id:pk>/second-step", company_security.reset_second_step, name="reset_second_step"),
    path("people/<id:pk>/why", people.why, name="why"),
    path("roles", roles.index, name="roles"),
    path("roles/new", roles.create, name="role_create"),
    path("roles/<id:pk>", roles.edit, name="role_edit"),
    path("roles/<id:pk>/delete", roles.delete, name="role_delete"),
    path("security", company_security.rules, name="security"),
    path("security/single-sign-on", sso_settings.page, name="single_sign_on"),
    path("security/single-sign-on/mode", sso_settings.mode, name="single_sign_on_mode"),
    path("security/single-sign-on/remove", sso_settings.remove, name="single_sign_on_remove"),
    path("people/<id:pk>/unlock", location_settings.unlock, name="unlock"),
]
