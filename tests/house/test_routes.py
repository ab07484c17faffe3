"""Every address, tried as nobody, as another person and as each role; and looking never changes anything."""

from __future__ import annotations

import uuid
from itertools import product

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client

from tests.house import routes
from tests.house.conftest import House, changes, everything
from tests.house.routes import API, METHODS, OPEN, OPERATED, OVERSEEN, PAGES, PERHAPS, SAFE, address

OWNED = tuple(pattern for pattern in (*PAGES, *API) if "<uuid:" in pattern)
JSON = "application/json"
DENIED = {401, 403}


def ask(client: Client, method: str, path: str, **headers: str) -> HttpResponse:
    """One request of this kind."""
    given = (
        {"content_type": JSON, "data": "{}"} if path.startswith("/api/") and method in {"post", "put", "patch"} else {}
    )
    return getattr(client, method)(path, **given, headers=headers)  # type: ignore[no-any-return]


def test_every_address_is_listed() -> None:
    listed = [*OPEN, *PAGES, *API, *OVERSEEN]
    assert len(listed) == len(set(listed))
    assert {pattern for pattern in routes.patterns() if not pattern.startswith("admin/")} == set(listed)
    assert {model._meta.label for model in admin.site._registry} == OPERATED


def test_nobody_gets_no_further_than_the_door(house: House) -> None:
    before = everything()
    wrong = []
    for pattern, method in product((*PAGES, *API, *OVERSEEN), METHODS):
        path = address(pattern, **house.objects())
        answer = ask(house.browser("nobody"), method, path)
        at_the_door = answer.status_code == 302 and answer["Location"].startswith("/account/login/?next=")
        if not (at_the_door if pattern in PAGES else answer.status_code == 401):
            wrong.append((method, pattern, answer.status_code))
    assert wrong == []
    assert changes(before) == []


def test_open_addresses_answer_everybody_and_change_nothing(house: House) -> None:
    before = everything()
    for pattern, who, method in product(OPEN, ("nobody", "bob"), SAFE):
        answer = ask(house.browser(who), method, address(pattern, **house.objects()))
        allowed = {200, 302, 404, 405} | ({503} if pattern == "health/ready/" else set())
        assert answer.status_code in allowed, (pattern, who, answer.status_code)
    assert changes(before) == []


@pytest.mark.parametrize("who", ["alice", "admin", "superadmin"])
def test_what_superadmins_alone_reach_is_closed_to_others_and_off_at_first(house: House, who: str) -> None:
    before = everything()
    for pattern, method in product(OVERSEEN, METHODS):
        answer = ask(house.browser(who), method, address(pattern, **house.objects()))
        allowed = {403, 405} if who != "superadmin" else {400, 404, 405} | ({200} if method == "options" else set())
        assert answer.status_code in allowed, (pattern, method, answer.status_code)
    assert changes(before) == []


@pytest.mark.parametrize("who", ["alice", "bob", "admin", "superadmin"])
def test_looking_is_open_to_every_role_and_changes_nothing(house: House, who: str) -> None:
    before = everything()
    wrong = []
    for pattern, method in product((*PAGES, *API), SAFE):
        answer = ask(house.browser(who), method, address(pattern, **house.objects()))
        missing = {404} if pattern in PERHAPS or (pattern in OWNED and who != "alice") else set()
        # 400: a parameter is missing; 405: the address only takes what changes something; 302: from page to page.
        if answer.status_code not in {200, 302, 400, 405} | missing:
            wrong.append((method, pattern, answer.status_code))
    assert wrong == []
    assert changes(before) == []


@pytest.mark.parametrize("who", ["bob", "admin", "superadmin"])
def test_another_persons_things_are_as_absent_as_those_that_never_were(house: House, who: str) -> None:
    before = everything()
    for pattern, method in product(OWNED, METHODS):
        theirs = house.objects()
        never = {name: str(uuid.uuid4()) for name in theirs}
        answers = [ask(house.browser(who), method, address(pattern, **ids)) for ids in (theirs, never)]
        shown = [without(answer, {*theirs.values(), *never.values()}) for answer in answers]
        assert shown[0] == shown[1], pattern
        assert answers[0].status_code in {404, 405} or method == "options", (pattern, answers[0].status_code)
    assert changes(before) == []


def without(answer: HttpResponse, names: set[str]) -> tuple[int, str]:
    """What an answer says, but for the names that were asked for and the request's own marks."""
    text = answer.content.decode()
    for name in names:
        text = text.replace(name, "…")
    lines = [line for line in text.splitlines() if "csrf" not in line.lower()]
    return answer.status_code, "\n".join(lines)


@pytest.mark.parametrize("who", ["bob", "admin", "superadmin"])
def test_another_persons_account_cannot_be_named_in_a_body(house: House, who: str) -> None:
    before = everything()
    account = str(house.world.account.public_id)
    client = house.browser(who)
    order = {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "1", "account": account}
    for path in ("/api/v1/orders/", "/api/v1/orders/preview/"):
        answer = client.post(path, order, content_type=JSON, headers={"Idempotency-Key": "k"})
        assert answer.status_code in {400, 404}, (path, answer.content)
    said = client.post("/api/v1/desk/interpret/", {"text": "buy 1 apple", "account": account}, content_type=JSON)
    assert said.status_code in {400, 404}, said.content
    for path in ("portfolio", "positions", "ledger", "orders", "fills", "portfolio/history"):
        answer = client.get(f"/api/v1/{path}/", {"account": account})
        assert answer.status_code in {400, 404} or answer.json()["results"] == [], path
    assert changes(before) == []


def test_another_persons_proposal_cannot_be_carried_out(house: House) -> None:
    alice, bob = house.browser("alice"), house.browser("bob")
    proposal = alice.post("/api/v1/desk/interpret/", {"text": "buy 1 AAPL"}, content_type=JSON).json()
    before = everything()
    answers = [
        bob.post("/api/v1/desk/execute/", {"id": key}, content_type=JSON) for key in (proposal["id"], str(uuid.uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    for path in ("/desk/execute/", "/desk/dismiss/", "/desk/again/", "/desk/undo/"):
        assert bob.post(path, {"id": proposal["id"]}, headers={"X-Fragment": "1"}).status_code == 404
    assert changes(before) == []
    done = alice.post("/api/v1/desk/execute/", {"id": proposal["id"]}, content_type=JSON)
    assert done.status_code in {200, 201}, done.content


def test_a_session_without_its_token_changes_nothing(house: House) -> None:
    before = everything()
    wrong = []
    for pattern, method in product((*PAGES, *API), ("post", "put", "patch", "delete")):
        client = house.browser("alice", checks_csrf=True)
        answer = ask(client, method, address(pattern, **house.objects()))
        if answer.status_code not in {403, 405}:
            wrong.append((method, pattern, answer.status_code))
    assert wrong == []
    assert changes(before) == []


def test_a_token_for_reading_changes_nothing(house: House) -> None:
    before = everything()
    bearer = {"Authorization": f"Bearer {house.keys['read']}", "Idempotency-Key": "k"}
    order = {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "1"}
    client = house.browser("nobody")
    asked = {
        "/api/v1/orders/": order,
        f"/api/v1/orders/{house.order.pk}/cancel/": {},
        "/api/v1/desk/execute/": {"id": str(uuid.uuid4())},
    }
    for path, body in asked.items():
        assert client.post(path, body, content_type=JSON, headers=bearer).status_code == 403, path
    assert client.get("/api/v1/orders/", headers=bearer).status_code == 200
    assert changes(before) == []


def admin_pages(house: House) -> list[str]:
    """Every address of the admin site."""
    return [
        address(pattern, **house.objects())
        for pattern in dict.fromkeys(routes.patterns())
        if pattern.startswith("admin/")
    ]


@pytest.mark.parametrize("who", ["nobody", "alice"])
def test_the_admin_site_is_for_operators(house: House, who: str) -> None:
    before = everything()
    wrong = []
    for path in admin_pages(house):
        for method in ("get", "post"):
            answer = ask(house.browser(who), method, path)
            if answer.status_code == 302 and not path.startswith("/admin/logout/"):
                is_refused = answer["Location"].startswith(("/account/login/", "/admin/login/"))
            else:
                is_refused = answer.status_code in {403, 404, 405}
            if not is_refused and not path.startswith(("/admin/logout/", "/admin/login/")):
                wrong.append((method, path, answer.status_code))
    assert wrong == []
    assert changes(before) == []


@pytest.mark.parametrize("who", ["admin", "superadmin"])
def test_operators_find_the_admin_site_and_looking_changes_nothing(house: House, who: str) -> None:
    before = everything()
    client = house.browser(who)
    assert client.get("/admin/").status_code == 200
    for path in admin_pages(house):
        # Who takes a copy of the audit log away, or reads how somebody's order came about, is written into it.
        is_noted = path.startswith("/admin/accounts/auditentry/export/") or path.endswith("/explain/")
        if not is_noted and not path.startswith("/admin/logout/"):
            answer = client.get(path)
            assert answer.status_code < 500, path
            lists = path.count("/") == 4 and not path.startswith(("/admin/r/", "/admin/password_change"))
            if lists and who == "superadmin":
                assert answer.status_code == 200, path
    assert changes(before) == []


@pytest.mark.parametrize("who", ["admin", "superadmin"])
def test_money_is_changed_by_nobody_on_the_admin_site(house: House, who: str) -> None:
    before = everything()
    client = house.browser(who)
    books = [label for label in OPERATED if label.split(".")[0] in {"trading", "brokers"}]
    assert len(books) == 20
    for label in [*books, "riskdesk.RiskDecision", "accounts.AuditEntry"]:
        app, name = label.lower().split(".")
        model = next(model for model in admin.site._registry if model._meta.label == label)
        key = model._base_manager.values_list("pk", flat=True).first() or 1
        for path in (
            f"/admin/{app}/{name}/add/",
            f"/admin/{app}/{name}/{key}/delete/",
            f"/admin/{app}/{name}/{key}/change/",
        ):
            answer = client.post(path, {"post": "yes"})
            assert answer.status_code in {302, 403, 404}, (path, answer.status_code)
        client.post(f"/admin/{app}/{name}/", {"action": "delete_selected", "_selected_action": [key], "post": "yes"})
    assert changes(before) == []
