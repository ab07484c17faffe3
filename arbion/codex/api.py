"""REST: asking the code assistant, reading its tasks, and deciding about them. Superadmins only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import BySession, MayOversee
from accounts.roles import Ability, can
from arbion.codex import applying, asking, selectors
from arbion.codex.asking import Wish
from arbion.codex.models import CodexTask
from arbion.codex.wire import NoBody, TaskBody, TaskLineSerializer, TaskSerializer
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described


class OverseesEvenToLook(MayOversee):
    """Superadmins, also for reading; a token that reads may only read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the person, through this key, may do what the method does."""
        return super().has_permission(request, view) and can(request.user, Ability.OVERSEE)


class OverseesBySession(BySession):
    """Superadmins at the web site: a leaked token must not be able to write files."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a superadmin stands at the browser."""
        return super().has_permission(request, view) and can(request.user, Ability.OVERSEE)


class TaskPages(NewestFirst):
    """Tasks, newest first."""

    ordering: Any = ("-asked_at", "-id")


class TasksView(generics.ListAPIView[CodexTask]):
    """`codex/tasks/`: all tasks, and asking for one."""

    permission_classes = (OverseesEvenToLook,)
    serializer_class = TaskLineSerializer
    pagination_class = TaskPages
    queryset = CodexTask.objects.none()

    def get_queryset(self) -> QuerySet[CodexTask]:
        """Every superadmin's."""
        asking.mend()
        return selectors.tasks(signed_in(self.request))

    @described(operation_id="codex_tasks_list", responses=TaskLineSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of tasks."""
        return super().get(request, *args, **kwargs)

    @described(operation_id="codex_tasks_ask", request=TaskBody, responses={202: TaskSerializer})
    def post(self, request: Request) -> Response:
        """Ask. The answer is made meanwhile: read the task until its status is no longer `asked`."""
        form = TaskBody(data=request.data)
        form.is_valid(raise_exception=True)
        task = asking.begin(signed_in(request), Wish(**form.validated_data))
        return _shown(request, task, status=202)


class TaskView(APIView):
    """`codex/tasks/{id}/`: one task."""

    permission_classes = (OverseesEvenToLook,)

    @described(operation_id="codex_tasks_read", responses=TaskSerializer)
    def get(self, request: Request, task_id: UUID) -> Response:
        """The task as it stands."""
        asking.mend()
        return _shown(request, selectors.task_of(signed_in(request), task_id))


class ApplyView(APIView):
    """`codex/tasks/{id}/apply/`: writes what the diff says."""

    permission_classes = (OverseesBySession,)

    @described(operation_id="codex_tasks_apply", request=NoBody, responses=TaskSerializer)
    def post(self, request: Request, task_id: UUID) -> Response:
        """Write it, once. A file that has changed since: 409 `file_changed`, and nothing is written."""
        NoBody(data=request.data).is_valid(raise_exception=True)
        person = signed_in(request)
        return _shown(request, applying.apply(selectors.task_of(person, task_id), person=person))


class DismissView(APIView):
    """`codex/tasks/{id}/dismiss/`: lays a task aside, and stops one that is worked on."""

    permission_classes = (OverseesEvenToLook,)

    @described(operation_id="codex_tasks_dismiss", request=NoBody, responses=TaskSerializer)
    def post(self, request: Request, task_id: UUID) -> Response:
        """Lay it aside."""
        NoBody(data=request.data).is_valid(raise_exception=True)
        person = signed_in(request)
        return _shown(request, asking.dismiss(selectors.task_of(person, task_id), person=person))


def _shown(request: Request, task: CodexTask, *, status: int = 200) -> Response:
    found = selectors.task_of(signed_in(request), task.pk)
    return Response(TaskSerializer(found).data, status=status)


task_list = TasksView.as_view()
task_detail = TaskView.as_view()
task_apply = ApplyView.as_view()
task_dismiss = DismissView.as_view()
