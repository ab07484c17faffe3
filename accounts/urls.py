"""The addresses of people's pages. Of allauth only what we offer is here: no page of it lacks our template."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import path, re_path

from accounts.views import entrance, inbox, language, profile, viewing

urlpatterns = [
    path("account/login/", entrance.SignInView.as_view(), name="account_login"),
    path("account/logout/", allauth.logout, name="account_logout"),
    path("account/signup/", entrance.SignUpView.as_view(), name="account_signup"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/confirm-email/", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", allauth.confirm_email, name="account_confirm_email"),
    path("account/password/change/", entrance.ChangePasswordView.as_view(), name="account_change_password"),
    path("account/password/reset/", entrance.ForgottenPasswordView.as_view(), name="account_reset_password"),
    path("account/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.ResetPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/profile/", profile.profile, name="accounts_profile"),
    path("account/tokens/", profile.create_token, name="accounts_create_token"),
    path("account/tokens/<uuid:public_id>/revoke/", profile.revoke_token, name="accounts_revoke_token"),
    path("account/sessions/end/", profile.end_sessions, name="accounts_end_sessions"),
    path("account/language-model/", language.language_model, name="accounts_language_model"),
    path("account/language-model/check/", language.check, name="accounts_check_model"),
    path("account/language-model/forget/", language.forget, name="accounts_forget_model_key"),
    path("account/notifications/", inbox.choices, name="accounts_notifications"),
    path("account/notifications/telegram/", inbox.link_chat, name="accounts_link_chat"),
    path("account/notifications/places/<uuid:place_id>/forget/", inbox.forget_place, name="accounts_forget_place"),
    path("inbox/", inbox.notices, name="accounts_inbox"),
    path("inbox/read/", inbox.read_all, name="accounts_inbox_read_all"),
    path("inbox/<uuid:notification_id>/read/", inbox.read, name="accounts_inbox_read"),
    path("account/viewing/stop/", viewing.stop, name="accounts_stop_viewing"),
    path("demo/", entrance.enter_demo, name="accounts_demo"),
]
