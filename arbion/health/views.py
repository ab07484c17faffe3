"""Health checks over HTTP. Everybody may ask whether it is well; why it is not, only staff and this machine learn."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from arbion.health import metrics, probes
from arbion.inside import may_see_details
from arbion.lib.api import problem_response


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def startup(request: HttpRequest) -> JsonResponse:
    """The tables are those that this code expects."""
    try:
        executor = MigrationExecutor(connection)
        is_up = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        is_up = False
    return JsonResponse({"status": "ok" if is_up else "starting"}, status=200 if is_up else 503)


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Everything that is needed to take an order answers."""
    findings = probes.run()
    is_ready = all(finding.is_ok for finding in findings)
    body: dict[str, object] = {"status": "ok" if is_ready else "failing"}
    if _sees_details(request):
        body["checks"] = {one.name: {"state": one.state, "latency_ms": one.latency_ms} for one in findings}
        # Plain instructions work without it, so it decides nothing here.
        body["not_required"] = {"language_model": {"state": probes.language_model()}}
    return JsonResponse(body, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    if not _sees_details(request):
        return problem_response(status=403, code="forbidden", detail="Metrics are for staff and for this machine.")
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)


def _sees_details(request: HttpRequest) -> bool:
    """Whether the caller may look inside; while the database is away nobody can be recognised by their session."""
    try:
        return may_see_details(request)
    except DatabaseError:
        return False
