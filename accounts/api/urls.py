"""The REST addresses of people."""

from __future__ import annotations

from django.urls import path

from accounts.api import language, notifications, subscriptions, views

urlpatterns = [
    path("auth/token/", views.sign_in, name="api-auth-token"),
    path("me/", views.me, name="api-me"),
    path("tokens/", views.token_list, name="api-tokens"),
    path("tokens/<uuid:public_id>/", views.token_detail, name="api-token"),
    path("me/language-model/", language.language_model, name="api-language-model"),
    path("credentials/openai/", language.credential, name="api-credential-openai"),
    path("notifications/", notifications.notification_list, name="api-notifications"),
    path("notifications/unread/", notifications.unread, name="api-notifications-unread"),
    path("notifications/read/", notifications.read_all, name="api-notifications-read-all"),
    path("notifications/preferences/", notifications.notification_preferences, name="api-notification-preferences"),
    path("notifications/subscriptions/", subscriptions.subscriptions, name="api-notification-subscriptions"),
    path("notifications/<uuid:notification_id>/read/", notifications.read, name="api-notification-read"),
]
