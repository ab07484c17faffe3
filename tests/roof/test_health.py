"""Everybody may ask whether it is well; why it is not, only staff and this machine learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.models import Scope
from accounts.tokens import issue
from arbion import heartbeats
from arbion.domain.enums import Role
from arbion.health import probes
from arbion.models import Heartbeat
from arbion.schedules import SWEEP, setup_schedules
from trading.models import WatchMark

pytestmark = pytest.mark.django_db
CHECKS = ["cache", "database", "encryption_key", "market_engine", "order_sweeper", "stop_monitor", "task_broker"]


@pytest.fixture
def well() -> None:
    setup_schedules()
    heartbeats.beat(heartbeats.ENGINE)
    heartbeats.beat(SWEEP.task)
    WatchMark.objects.create(at=timezone.now())


@pytest.fixture
def here() -> Client:
    return Client(REMOTE_ADDR="127.0.0.1")


@pytest.mark.parametrize("path", ["/health/", "/health/live/"])
def test_liveness_says_ok_and_nothing_else(caller: Callable[..., Client], path: str) -> None:
    answer = caller().get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_startup_is_over_when_the_tables_are_there(caller: Callable[..., Client]) -> None:
    answer = caller().get("/health/startup/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("well")
def test_ready_tells_this_machine_each_state_and_latency(here: Client) -> None:
    answer = here.get("/health/ready/")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    checks = answer.json()["checks"]
    assert sorted(checks) == CHECKS
    for check in checks.values():
        assert check["state"] == "ok"
        assert check["latency_ms"] >= 0


@pytest.mark.usefixtures("well")
def test_strangers_learn_no_details(caller: Callable[..., Client]) -> None:
    assert caller().get("/health/ready/").json() == {"status": "ok"}
    assert caller(Role.STANDARD).get("/health/ready/").json() == {"status": "ok"}


@pytest.mark.usefixtures("well")
def test_staff_learn_details_from_anywhere(operator: Client) -> None:
    assert sorted(operator.get("/health/ready/").json()["checks"]) == CHECKS


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"])
def test_what_a_proxy_on_this_machine_passed_on_is_not_local(header: str) -> None:
    answer = Client(REMOTE_ADDR="127.0.0.1", **{header: "127.0.0.1"}).get("/health/ready/")
    assert answer.json() == {"status": "ok"}


@pytest.mark.usefixtures("well")
def test_behind_a_trusted_proxy_nobody_is_local(here: Client, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    assert here.get("/health/ready/").json() == {"status": "ok"}


@pytest.mark.usefixtures("well")
def test_a_silent_engine_is_not_ready(here: Client, caller: Callable[..., Client]) -> None:
    Heartbeat.objects.filter(name=heartbeats.ENGINE).update(at=timezone.now() - timedelta(minutes=2))
    answer = here.get("/health/ready/")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert answer.json()["checks"]["market_engine"]["state"].startswith("last ran 12")
    stranger = caller().get("/health/ready/")
    assert (stranger.status_code, stranger.json()) == (503, {"status": "failing"})


def test_before_anything_ran_it_is_not_ready(here: Client) -> None:
    checks = here.get("/health/ready/").json()["checks"]
    assert checks["market_engine"]["state"] == "has not run yet"
    assert checks["order_sweeper"]["state"] == "has no schedule"


@pytest.mark.usefixtures("well")
def test_a_sweeper_that_is_switched_off_is_not_ready(here: Client) -> None:
    PeriodicTask.objects.filter(name=SWEEP.name).update(enabled=False)
    assert here.get("/health/ready/").json()["checks"]["order_sweeper"]["state"] == "is switched off"


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(("seconds", "status"), [(19, 200), (21, 503), (None, 503)])
def test_stops_that_nobody_watches_are_not_ready(here: Client, seconds, status) -> None:
    WatchMark.objects.all().delete()
    if seconds is not None:
        WatchMark.objects.create(at=timezone.now() - timedelta(seconds=seconds))
    answer = here.get("/health/ready/")
    assert answer.status_code == status
    state = answer.json()["checks"]["stop_monitor"]["state"]
    assert state == ("ok" if status == 200 else "last ran 21 s ago" if seconds else "has not run yet")


@pytest.mark.usefixtures("well")
def test_the_sweeper_is_measured_by_the_operators_interval(here: Client) -> None:
    Heartbeat.objects.filter(name=SWEEP.task).update(at=timezone.now() - timedelta(minutes=2))
    assert here.get("/health/ready/").status_code == 503
    slow = IntervalSchedule.objects.create(every=60, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(name=SWEEP.name).update(interval=slow)
    assert here.get("/health/ready/").status_code == 200


def test_one_part_that_is_away_does_not_silence_the_others() -> None:
    def away(_clock: object) -> str:
        raise DatabaseError("password=hunter2 refused")

    found = probes.run(probes={"away": away, "cache": probes.store})
    assert [(one.name, one.state) for one in found] == [("away", "does not answer (DatabaseError)"), ("cache", "ok")]


@pytest.mark.usefixtures("well")
def test_metrics_are_for_this_machine_and_for_staff(
    here: Client, caller: Callable[..., Client], operator: Client, person_of
) -> None:
    assert here.get("/health/metrics/").status_code == 200
    assert operator.get("/health/metrics/").status_code == 200
    refused = caller().get("/health/metrics/")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert caller(Role.STANDARD).get("/health/metrics/").status_code == 403
    sue = person_of(Role.SUPERADMIN)
    _, key = issue(user=sue, name="prometheus", scope=Scope.READ, actor=sue)
    assert caller(HTTP_AUTHORIZATION=f"Bearer {key}").get("/health/metrics/").status_code == 200
    assert caller(HTTP_AUTHORIZATION="Bearer arb_wrong").get("/health/metrics/").status_code == 403


@pytest.mark.usefixtures("well")
def test_metrics_are_prometheus_text(here: Client) -> None:
    answer = here.get("/health/metrics/")
    assert answer["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert "arbion_people 0.0" in lines
    assert 'arbion_probe_ok{probe="database"} 1.0' in lines
    assert any(line.startswith('arbion_heartbeat_age_seconds{name="market engine"} ') for line in lines)


@pytest.mark.parametrize(
    "path", ["/health/", "/health/live/", "/health/ready/", "/health/startup/", "/health/metrics/"]
)
def test_health_is_only_read_and_never_kept(here: Client, path: str) -> None:
    assert here.post(path).status_code == 405
    assert "no-store" in here.get(path)["Cache-Control"]


@pytest.mark.usefixtures("well")
def test_the_command_asks_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("health", "--json")
    assert sorted(json.loads(capsys.readouterr().out)) == CHECKS


def test_the_command_fails_when_something_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("health", "market_engine")
    assert ended.value.code == 1
    assert "has not run yet" in capsys.readouterr().out


def test_the_command_knows_its_probes() -> None:
    with pytest.raises(CommandError, match="There is no probe 'weather'"):
        call_command("health", "weather")


def test_a_failing_check_is_no_line_in_the_log(here: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert here.get("/health/ready/").status_code == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []
