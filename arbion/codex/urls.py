"""The REST addresses of the code assistant."""

from __future__ import annotations

from django.urls import path

from arbion.codex import api

urlpatterns = [
    path("codex/tasks/", api.task_list, name="api-codex-tasks"),
    path("codex/tasks/<uuid:task_id>/", api.task_detail, name="api-codex-task"),
    path("codex/tasks/<uuid:task_id>/apply/", api.task_apply, name="api-codex-apply"),
    path("codex/tasks/<uuid:task_id>/dismiss/", api.task_dismiss, name="api-codex-dismiss"),
]
