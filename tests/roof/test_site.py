"""The admin: through the ordinary door, branded, with live figures, clean under the strict policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django_celery_beat.models import PeriodicTask

from accounts.models import User
from arbion import heartbeats
from arbion.domain.enums import Role
from arbion.schedules import SCHEDULES, setup_schedules

pytestmark = pytest.mark.django_db
INLINE = re.compile(
    rb"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*(?:\ssrc=|type=\"application/json\"))", re.IGNORECASE
)


def schedule_page() -> str:
    """The form of one of the schedules."""
    setup_schedules()
    return f"/admin/django_celery_beat/periodictask/{PeriodicTask.objects.order_by('pk')[0].pk}/change/"


def test_nobody_is_sent_to_the_ordinary_door(caller: Callable[..., Client]) -> None:
    first = caller().get("/admin/")
    assert (first.status_code, first["Location"]) == (302, "/admin/login/?next=/admin/")
    second = caller().get("/admin/login/?next=/admin/")
    assert (second.status_code, second["Location"]) == (302, "/account/login/?next=/admin/")


def test_the_admin_takes_no_password_itself(caller: Callable[..., Client], person_of: Callable[[str], User]) -> None:
    person_of(Role.SUPERADMIN)
    client = caller()
    answer = client.post("/admin/login/", {"username": "superadmin@example.com", "password": "correct horse battery"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/admin/")
    assert "_auth_user_id" not in client.session


def test_an_ordinary_person_is_turned_away(caller: Callable[..., Client]) -> None:
    client = caller(Role.STANDARD)
    assert client.get("/admin/login/").status_code == 403
    assert client.get("/admin/live/").status_code == 302


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPERADMIN])
def test_the_first_page_shows_what_is_going_on(caller: Callable[..., Client], role: str) -> None:
    page = caller(role).get("/admin/").content.decode()
    assert "Arbion <span>operations</span>" in page
    shown = dict(re.findall(r'data-live-key="(\w+)">([^<]*)<', page))
    nothing = "\N{EM DASH}"
    assert shown == {
        "people": "1", "active_now": "0",
        "orders_today": "0", "orders_open": "0", "orders_held": "0", "orders_unknown": "0", "fills_today": "0",
        "volume_today": "$0", "accepted_p50": nothing, "accepted_p95": nothing, "filled_p50": nothing,
        "filled_p95": nothing, "unsent": "0", "engine_age": nothing, "tick_ms": nothing, "quote_age": nothing,
        "instruments": "0", "reconciled": nothing, "discrepancies": "0", "errors": "0",
    }  # fmt: skip


def test_the_live_figures_are_those_of_the_tables(operator: Client) -> None:
    heartbeats.beat(heartbeats.ENGINE, milliseconds=1234)
    operator.get("/admin/live/")
    figures = operator.get("/admin/live/").json()
    assert figures["people"] == figures["active_now"] == {"text": "1", "tone": ""}
    assert figures["engine_age"] == {"text": "0", "tone": ""}
    assert figures["tick_ms"] == {"text": "1,234", "tone": ""}


def test_every_admin_page_is_free_of_inline_script_and_style(caller: Callable[..., Client]) -> None:
    setup_schedules()
    client = caller(Role.SUPERADMIN)
    index = client.get("/admin/").content
    lists = sorted(set(re.findall(rb'href="(/admin/[a-z_]+/[a-z_]+/)"', index)))
    assert len(lists) > 10
    for path in [
        b"/admin/",
        *lists,
        *[one + b"add/" for one in lists],
        schedule_page().encode(),
    ]:
        answer = client.get(path.decode())
        assert answer.status_code in {200, 403} or path.endswith(b"/add/"), path
        assert not INLINE.search(answer.content), (path, INLINE.search(answer.content))


def test_operators_change_schedules_in_the_admin(operator: Client) -> None:
    setup_schedules()
    page = operator.get(schedule_page())
    assert page.status_code == 200
    assert b"operations/crontab.js" in page.content


def test_the_carrier_of_deferred_work_is_not_offered(operator: Client) -> None:
    page = operator.get(schedule_page()).content.decode()
    offered = set(re.findall(r'<option value="([a-z_.]+\.[a-z_.]+)"', page))
    assert {one.task for one in SCHEDULES} <= offered
    assert "arbion.run_deferred" not in page


@pytest.mark.parametrize("field", ["task", "regtask"])
def test_the_carrier_of_deferred_work_cannot_be_scheduled(operator: Client, field: str) -> None:
    path = schedule_page()
    form = operator.get(path).context["adminform"].form
    values = {name: form[name].value() for name in form.fields} | {"task": "", "regtask": ""}
    before = list(PeriodicTask.objects.order_by("pk").values_list("pk", "task", "args"))
    filled = {name: "" if value is None else value for name, value in values.items()}
    hostile = filled | {field: "arbion.run_deferred", "args": '["os.system", ["true"]]'}
    answer = operator.post(path, hostile)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["task"] == [
        "This task carries out work after a commit and has no schedule."
    ]
    assert list(PeriodicTask.objects.order_by("pk").values_list("pk", "task", "args")) == before


def test_a_schedule_of_ours_can_still_be_changed(operator: Client) -> None:
    path = schedule_page()
    form = operator.get(path).context["adminform"].form
    filled = {name: form[name].value() for name in form.fields}
    filled = {name: "" if value is None else value for name, value in filled.items()}
    answer = operator.post(path, filled | {"description": "Slower."})
    assert answer.status_code == 302
    assert PeriodicTask.objects.order_by("pk")[0].description == "Slower."


def test_names_are_words(caller: Callable[..., Client]) -> None:
    page = caller(Role.SUPERADMIN).get("/admin/").content.decode()
    names = ("Market override", "Models and fees", "Candle coverage", "Health", "discrepancies", "people", "Audit log")
    for name in names:
        assert name in page, name
    assert "Discrepancys" not in page


def test_passwords_are_changed_in_one_place(operator: Client) -> None:
    answer = operator.get("/admin/password_change/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/password/change/")
