"""/account/…: the way in, and a person's own pages."""

from django.urls import path

from accounts.views import doors, invitations, own_account, passkeys, reset, security, set_up, sso

app_name = "accounts"
urlpatterns = [
    path("sign-in", doors.sign_in, name="sign_in"),
    path("second-step", doors.second_step, name="second_step"),
    path("second-step/set-up", set_up.set_up, name="set_up"),
    path("second-step/codes", set_up.codes, name="codes"),
    path("second-step/codes/new", set_up.new_codes, name="new_codes"),
    path("security", security.overview, name="security"),
    path("security/off", security.switch_off, name="switch_off"),
    path("security/browsers/<slug:pk>", security.forget_browser, name="forget_browser"),
    path("confirm", security.confirm, name="confirm"),
    path("passkeys", passkeys.add, name="passkey_add"),
    path("passkeys/new", passkeys.creation, name="passkey_creation"),
    path("passkeys/ask", passkeys.ask, name="passkey_ask"),
    path("passkeys/sign-in", passkeys.enter, name="passkey_enter"),
    path("passkeys/confirm", passkeys.confirm, name="passkey_confirm"),
    path("passkeys/<id:pk>/name", passkeys.rename, name="passkey_rename"),
    path("passkeys/<id:pk>/remove", passkeys.remove, name="passkey_remove"),
    path("single-sign-on", sso.enter, name="single_sign_on"),
    path("single-sign-on/back", sso.come_back, name="single_sign_on_back"),
    path("single-sign-on/confirm", sso.confirm, name="single_sign_on_confirm"),
    path("sign-out", doors.sign_out, name="sign_out"),
    path("reset", reset.ask, name="reset"),
    path("reset/sent", reset.sent, name="reset_sent"),
    path("reset/<id:user>/<slug:token>", reset.confirm, name="reset_confirm"),
    path("invitation/<str:token>", invitations.accept, name="invitation"),
    path("profile", own_account.profile, name="profile"),
    path("password", own_account.password, name="password"),
    path("sessions", own_account.session_list, name="sessions"),
    path("sessions/<slug:handle>", own_account.session_revoke, name="session_revoke"),
]
