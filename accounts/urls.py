"""/account/…: the way in, and a person's own pages."""

from django.urls import path

from accounts.views import doors, own_account, reset

app_name = "accounts"
urlpatterns = [
    path("sign-in", doors.sign_in, name="sign_in"),
    path("sign-out", doors.sign_out, name="sign_out"),
    path("reset", reset.ask, name="reset"),
    path("reset/sent", reset.sent, name="reset_sent"),
    path("reset/<id:user>/<slug:token>", reset.confirm, name="reset_confirm"),
    path("profile", own_account.profile, name="profile"),
    path("password", own_account.password, name="password"),
    path("sessions", own_account.session_list, name="sessions"),
    path("sessions/<slug:handle>", own_account.session_revoke, name="session_revoke"),
]
