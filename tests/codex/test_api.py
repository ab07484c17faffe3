"""REST: who gets in, what a token may, and that yes is said at the web site alone."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from accounts import viewing
from accounts.models import AuditEntry, Scope, User
from arbion.codex.models import CodexTask, TaskStatus
from arbion.domain.enums import Role
from tests.codex.conftest import BETTER, CANARY, DIFF, MEAN, lying, proposed
from tests.openai_server import Reply
from trading.books.opening import ensure_simulated_account

pytestmark = pytest.mark.django_db
TASKS = "/api/v1/codex/tasks/"
BODY = {"instruction": "Mind the empty list.", "files": ["mean.py"]}
JSON = "application/json"


@pytest.fixture
def model(openai_server):
    openai_server.otherwise = proposed()
    return openai_server


@pytest.fixture
def desk(sue, browser_of, folder: Path):
    """A superadmin's browser, and a workspace."""
    return browser_of(sue)


@pytest.fixture
def doors_of(browser_of, program_of):
    """Both ways in of a person."""
    return lambda person: (browser_of(person), program_of(person))


def test_a_superadmin_asks_reads_and_applies(
    sue, browser_of, folder: Path, model, django_capture_on_commit_callbacks
) -> None:
    browser = browser_of(sue)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(TASKS, BODY, content_type=JSON)
    assert answer.status_code == 202, answer.content
    found = browser.get(f"{TASKS}{answer.json()['id']}/").json()
    assert (found["status"], found["diff"], found["problem"]) == ("answered", DIFF, None)
    assert found["asked_by"] == "sue@example.com"
    listed = browser.get(TASKS).json()["results"]
    assert [one["id"] for one in listed] == [found["id"]]
    assert "diff" not in listed[0]
    done = browser.post(f"{TASKS}{found['id']}/apply/", {}, content_type=JSON)
    assert (done.status_code, done.json()["status"]) == (200, "applied")
    assert (folder / "mean.py").read_text() == BETTER
    again = browser.post(f"{TASKS}{found['id']}/apply/", {}, content_type=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "codex_task_not_open")


def test_what_went_wrong_is_told_by_its_code(
    sue, browser_of, folder: Path, openai_server, django_capture_on_commit_callbacks
) -> None:
    openai_server.otherwise = Reply(refusal="No.")
    browser = browser_of(sue)
    with django_capture_on_commit_callbacks(execute=True):
        key = browser.post(TASKS, BODY, content_type=JSON).json()["id"]
    found = browser.get(f"{TASKS}{key}/").json()
    assert (found["status"], found["problem"]["code"]) == ("failed", "codex_declined")
    assert (folder / "mean.py").read_text() == MEAN


@pytest.mark.parametrize("role", [Role.STANDARD, Role.ADMIN])
def test_others_do_not_even_look(answered, make_person, doors_of, folder: Path, role: Role) -> None:
    task, person = answered(), make_person("ann", role)
    before, audit = lying(folder), AuditEntry.objects.exclude(action__startswith="account").count()
    one = f"{TASKS}{task.pk}/"
    for client in doors_of(person):
        for path in (TASKS, one):
            assert client.get(path).status_code == 403, path
        for path in (TASKS, f"{one}apply/", f"{one}dismiss/"):
            assert client.post(path, BODY).status_code in {403, 415}, path
    task.refresh_from_db()
    assert (task.status, CodexTask.objects.count(), lying(folder)) == (TaskStatus.ANSWERED, 1, before)
    assert AuditEntry.objects.exclude(action__startswith="account").count() == audit


def test_a_token_asks_and_never_applies(answered, sue, program_of, folder: Path) -> None:
    task, program = answered(), program_of(sue)
    one = f"{TASKS}{task.pk}/"
    refused = program.post(f"{one}apply/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "session_required")
    assert (folder / "mean.py").read_text() == MEAN
    assert program.get(one).json()["status"] == "answered"
    assert program.post(TASKS, BODY, format="json").status_code == 202
    assert program.post(f"{one}dismiss/", {}, format="json").json()["status"] == "dismissed"


def test_a_token_that_reads_only_reads(answered, sue, program_of, folder: Path) -> None:
    task, reader = answered(), program_of(sue, Scope.READ)
    one = f"{TASKS}{task.pk}/"
    assert reader.get(TASKS).status_code == reader.get(one).status_code == 200
    for path in (TASKS, f"{one}dismiss/"):
        refused = reader.post(path, BODY if path == TASKS else {}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope"), path
    assert reader.post(f"{one}apply/", {}, format="json").status_code == 403
    task.refresh_from_db()
    assert (task.status, CodexTask.objects.count()) == (TaskStatus.ANSWERED, 1)


def test_switched_off_there_is_nothing(answered, sue, browser_of, folder: Path, settings) -> None:
    task, browser = answered(), browser_of(sue)
    settings.CODEX_ENABLED = False
    one = f"{TASKS}{task.pk}/"
    answers = [browser.get(TASKS), browser.get(one), browser.post(TASKS, BODY, content_type=JSON)]
    answers += [browser.post(f"{one}{verb}/", {}, content_type=JSON) for verb in ("apply", "dismiss")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "codex_off")}
    task.refresh_from_db()
    assert (task.status, (folder / "mean.py").read_text()) == (TaskStatus.ANSWERED, MEAN)


def test_who_looks_as_somebody_sees_nothing_of_it(answered, sue, make_person, browser_of) -> None:
    task, ada = answered(), make_person("ada", Role.ADMIN)
    ensure_simulated_account(ada)
    browser = browser_of(sue)
    browser.post(f"/admin/accounts/user/{ada.pk}/view-as/", {"reason": "a question"})
    assert browser.session.get(viewing.SESSION_NAME)
    for path in (TASKS, f"{TASKS}{task.pk}/", "/admin/system/codex/"):
        assert browser.get(path).status_code == 403, path


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "instruction", "required"),
        (BODY | {"files": "mean.py"}, "files", "not_a_list"),
        (BODY | {"files": [1]}, "files.0", "invalid"),
        (BODY | {"files": []}, "files", "invalid_files"),
        (BODY | {"files": ["../outside.txt"]}, "files", "outside"),
        (BODY | {"files": ["/etc/passwd"]}, "files", "outside"),
        (BODY | {"files": ["gone.py"]}, "files", "not_found"),
        (BODY | {"files": ["mean.py"] * 101}, "files", "max_length"),
        (BODY | {"instruction": "  "}, "instruction", "blank"),
        (BODY | {"instruction": "x" * 4001}, "instruction", "max_length"),
        (BODY | {"may_create": "yes"}, "may_create", "invalid"),
        (BODY | {"command": "ls"}, "command", "unknown_field"),
    ],
)
def test_a_bad_body_is_refused_by_its_field(desk, model, body, field, code) -> None:
    answer = desk.post(TASKS, body, content_type=JSON)
    assert answer.status_code == 400, answer.content
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert (CodexTask.objects.count(), model.count) == (0, 0)
    assert CANARY not in answer.content.decode()


def test_a_file_that_changed_is_a_conflict(answered, sue, browser_of, folder: Path) -> None:
    task = answered()
    (folder / "mean.py").write_text("mine\n")
    answer = browser_of(sue).post(f"{TASKS}{task.pk}/apply/", {}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "file_changed")
    assert (folder / "mean.py").read_text() == "mine\n"


def test_what_is_not_there_is_not_found(sue, browser_of, folder: Path) -> None:
    browser, one = browser_of(sue), f"{TASKS}{uuid.uuid4()}/"
    answers = [
        browser.get(one),
        *[browser.post(f"{one}{verb}/", {}, content_type=JSON) for verb in ("apply", "dismiss")],
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


# The room ------------------------------------------------------------------------------------------------------------
def test_the_room_asks_shows_and_applies(
    sue: User, browser_of, folder: Path, model, django_capture_on_commit_callbacks
) -> None:
    browser, page = browser_of(sue), "/admin/system/codex/"
    assert "Nothing has been asked yet" in browser.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(page, {"instruction": "Mind <b>empty</b>", "paths": "mean.py\n"})
    assert answer.status_code == 302
    task = CodexTask.objects.get()
    shown = browser.get(answer["Location"]).content.decode()
    assert "It divides by nothing." in shown
    assert "Mind &lt;b&gt;empty&lt;/b&gt;" in shown
    asks = browser.post(answer["Location"], {"step": "apply"}).content.decode()
    assert "Write 1 file?" in asks
    assert (folder / "mean.py").read_text() == MEAN
    done = browser.post(answer["Location"], {"step": "apply-confirmed"}, follow=True)
    assert "Written: mean.py." in done.content.decode()
    assert (folder / "mean.py").read_text() == BETTER
    again = browser.post(answer["Location"], {"step": "apply-confirmed"})
    assert again.status_code == 409
    task.refresh_from_db()
    assert task.status == TaskStatus.APPLIED


def test_the_room_says_what_is_wrong_beside_its_field(sue, browser_of, folder: Path, model) -> None:
    answer = browser_of(sue).post("/admin/system/codex/", {"instruction": "Look", "paths": "../outside.txt"})
    assert answer.status_code == 400
    assert "leads out of the workspace" in answer.content.decode()
    assert "Look</textarea>" in answer.content.decode()
    assert (CodexTask.objects.count(), model.count) == (0, 0)


def test_the_room_says_how_to_switch_it_on(sue, browser_of) -> None:
    answer = browser_of(sue).get("/admin/system/codex/")
    assert (answer.status_code, "CODEX_ENABLED" in answer.content.decode()) == (200, True)


def test_the_room_of_the_assistant_is_for_superadmins(answered, make_person, browser_of, folder: Path) -> None:
    task = answered()
    for role in (Role.STANDARD, Role.ADMIN):
        browser = browser_of(make_person(f"x{role}", role))
        for path in ("/admin/system/codex/", f"/admin/system/codex/{task.pk}/"):
            assert browser.get(path, follow=True).status_code == 403
            assert browser.post(path, {"step": "apply-confirmed"}).status_code in {302, 403}
        assert "Code assistant" not in browser.get("/admin/", follow=True).content.decode()
    task.refresh_from_db()
    assert (task.status, (folder / "mean.py").read_text()) == (TaskStatus.ANSWERED, MEAN)
