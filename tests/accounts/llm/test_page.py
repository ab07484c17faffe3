"""The page of the language model and its REST twin: a key goes in and never comes out; every fault has its words."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest

from accounts import vault
from accounts.models import AuditEntry, ModelCall, Secret, SecretPurpose, User
from accounts.services import demo_user
from arbion.lib.clock import SYSTEM, SystemClock
from tests.openai_server import Call, Fault, Reply

PAGE = "/account/language-model/"
CHECK = "/account/language-model/check/"
FORGET = "/account/language-model/forget/"
REST = "/api/v1/credentials/openai/"
OWN = "sk-own-0123456789abcdefghij"


def save(browser, key: str = OWN):
    return browser.post(PAGE, {"key": key})


def test_without_a_key_the_page_says_what_works_all_the_same(alice, browser_of, settings) -> None:
    settings.OPENAI_API_KEY = ""
    text = browser_of(alice).get(PAGE).content.decode()
    assert "No key" in text
    assert "the desk reads your words itself" in text
    assert CHECK not in text


def test_a_key_is_kept_sealed_and_never_shown(alice, browser_of) -> None:
    browser = browser_of(alice)
    assert save(browser).status_code == 302
    row = Secret.objects.get()
    assert OWN not in row.sealed
    assert vault.reveal(alice, SecretPurpose.LANGUAGE_MODEL) == f"api.openai.com {OWN}"
    page = browser.get(PAGE)
    text = page.content.decode()
    assert OWN not in text
    assert "ends in <code>ghij</code>" in text
    assert "no-store" in page.headers["Cache-Control"]
    assert OWN not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(action="account.secret_saved", actor=alice).count() == 1


def test_a_key_takes_the_place_of_the_one_before(alice, browser_of) -> None:
    browser = browser_of(alice)
    save(browser)
    save(browser, "sk-new-9876543210zyxwvu")
    assert Secret.objects.count() == 1
    assert vault.reveal(alice, SecretPurpose.LANGUAGE_MODEL) == "api.openai.com sk-new-9876543210zyxwvu"
    assert AuditEntry.objects.filter(action="account.secret_replaced").count() == 1


@pytest.mark.parametrize(
    "key", ["", "short", "sk with spaces in it", "sk-ümlaut-0123456789", "x" * 401, "sk-a\nb0123456789"]
)
def test_what_is_no_key_is_refused_and_not_repeated(alice, browser_of, key: str) -> None:
    answer = save(browser_of(alice), key)
    assert answer.status_code == 422
    assert Secret.objects.count() == 0
    assert len(key) < 6 or key not in answer.content.decode()


def test_the_demo_account_keeps_no_key(db, browser_of) -> None:
    browser = browser_of(demo_user())
    assert save(browser).status_code == 422
    assert browser.put(REST, {"key": OWN}, content_type="application/json").status_code == 403
    assert Secret.objects.count() == 0


def test_forgetting_asks_once(alice, browser_of) -> None:
    browser = browser_of(alice)
    save(browser)
    assert "Forget the key that ends in ghij?" in browser.get(FORGET).content.decode()
    assert Secret.objects.count() == 1
    browser.post(FORGET)
    assert Secret.objects.count() == 0
    assert AuditEntry.objects.filter(action="account.secret_forgotten").count() == 1
    assert browser.post(FORGET).status_code == 302
    assert AuditEntry.objects.filter(action="account.secret_forgotten").count() == 1


def test_one_s_key_is_nobody_else_s(alice, bob, browser_of) -> None:
    save(browser_of(alice))
    browser_of(bob).post(FORGET)
    assert Secret.objects.get().user == alice
    assert "ghij" not in browser_of(bob).get(PAGE).content.decode()


def test_the_check_says_that_all_is_well(alice, browser_of, openai_server) -> None:
    openai_server.say(Reply(text="ready"), Reply(calls=(Call("note_symbol", {"symbol": "AAPL"}),)))
    text = browser_of(alice).post(CHECK).content.decode()
    for words in ("accepts the key", "gpt-6-luna is there", "answers word by word", "It calls tools"):
        assert words in text
    assert [row.purpose for row in ModelCall.objects.all()] == ["setup check", "setup check"]


def test_the_check_names_what_is_missing(alice, browser_of, openai_server, settings) -> None:
    settings.OPENAI_MODELS = {**settings.OPENAI_MODELS, "code": "made-up", "reasoning": "gpt-4o"}
    openai_server.models.append("gpt-4o")
    openai_server.otherwise = Reply(text="I would rather not.")
    text = browser_of(alice).post(CHECK).content.decode()
    assert "made-up is not listed for this key." in text
    assert "Its vendor switches gpt-4o off on 2027-01-14" in text
    assert "did not call a tool" in text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.NO_QUOTA, ("no credit left", "Add credit at the provider.")),
        (Fault.NO_MODEL, ("does not have this model", "Choose a model that the provider lists.")),
        (Fault.FORBIDDEN, ("may not use this model", "give the key")),
    ],
)
def test_every_fault_of_the_check_says_what_to_do(alice, browser_of, openai_server, fault, told) -> None:
    words, advice = told
    openai_server.otherwise = Reply(fault=fault)
    text = browser_of(alice).post(CHECK).content.decode()
    assert words in text
    assert advice in text
    again = browser_of(alice).get(PAGE).content.decode()
    assert advice in again, "the page goes on saying what went wrong last"


def test_a_wrong_key_ends_the_check_at_once(alice, browser_of, openai_server) -> None:
    browser = browser_of(alice)
    save(browser, "sk-wrong-0123456789abc")
    text = browser.post(CHECK).content.decode()
    assert "does not accept the key" in text
    assert "Check the key with its provider and save it again." in text
    assert "Streaming" not in text
    assert ModelCall.objects.count() == 0


def test_a_dead_provider_is_told_of(alice, browser_of, openai_server, settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert "cannot be reached" in browser_of(alice).post(CHECK).content.decode()


def test_a_provider_that_is_left_alone_is_shown_with_the_reason_until_it_answers(
    alice, browser_of, program_of, openai_server
) -> None:
    browser, rest = browser_of(alice), program_of(alice)
    assert 'data-breaker="closed"' in browser.get(PAGE).content.decode()
    openai_server.otherwise = Reply(fault=Fault.BROKEN)
    for _ in range(2):
        browser.post(CHECK)
    later = SYSTEM.now() + timedelta(seconds=31)
    text = browser.get(PAGE).content.decode()
    assert 'data-breaker="resting"' in text
    assert "Left alone until" in text
    assert "The provider has a fault" in text, "the cause, not the rest that follows from it"
    said = rest.get("/api/v1/me/language-model/").json()
    assert (said["breaker"], said["trouble"]["code"]) == ("resting", "model_provider_fault")
    before = len(openai_server.bodies)
    browser.post(CHECK)
    assert len(openai_server.bodies) == before, "who rests is not asked"
    with patch.object(SystemClock, "now", return_value=later):
        assert 'data-breaker="trial"' in browser.get(PAGE).content.decode()
        openai_server.otherwise = Reply(text="ready")
        browser.post(CHECK)
        text = browser.get(PAGE).content.decode()
    assert 'data-breaker="closed"' in text
    assert "The provider has a fault" not in text


def test_the_check_cannot_be_hammered(alice, browser_of, openai_server) -> None:
    browser = browser_of(alice)
    for _ in range(6):
        browser.post(CHECK)
    before = openai_server.count
    assert "Too many requests" in browser.post(CHECK).content.decode()
    assert openai_server.count == before


def test_the_page_shows_what_is_left_of_the_share(alice, browser_of, openai_server, settings) -> None:
    settings.MODEL_TOKENS_A_DAY = 10_000
    openai_server.otherwise = Reply(text="ready", usage=(1500, 500))
    browser = browser_of(alice)
    browser.post(CHECK)
    text = browser.get(PAGE).content.decode()
    assert "4,000 of 10,000" in text
    assert 'value="40"' in text


def test_over_rest_a_key_is_saved_by_the_person_only(alice, browser_of, program_of) -> None:
    program, browser = program_of(alice), browser_of(alice)
    assert program.put(REST, {"key": OWN}, format="json").status_code == 403
    assert Secret.objects.count() == 0
    said = browser.put(REST, {"key": OWN}, content_type="application/json")
    assert (said.status_code, said.json()["last_four"]) == (200, "ghij")
    seen = program.get(REST)
    assert seen.json() == said.json()
    assert OWN not in seen.content.decode()
    assert program.delete(REST).status_code == 403
    assert Secret.objects.count() == 1
    assert [browser.delete(REST).status_code for _ in range(2)] == [204, 204]
    assert program.get(REST).json() == {
        "is_saved": False, "last_four": "", "saved_at": None, "provider": "api.openai.com",
    }  # fmt: skip


def test_how_it_stands_over_rest(alice, program_of, openai_server) -> None:
    said = program_of(alice).get("/api/v1/me/language-model/").json()
    assert (said["state"], said["tokens_today"], said["tokens_max"], said["trouble"]) == ("house", 0, 200_000, None)
    assert {"role": "fast", "name": "gpt-6-luna", "is_on": True, "warning": ""} in said["models"]


def test_whoever_looks_as_somebody_does_not_reach_their_key(alice, ada, browser_of) -> None:
    from accounts.viewing import OUT_OF_REACH

    for path in (PAGE, CHECK, FORGET, REST):
        assert path.startswith(OUT_OF_REACH), path


def test_operators_choose_models_and_it_is_noted(sue, ada, browser_of) -> None:
    wish = {"role": "fast", "name": "gpt-4o-mini", "api": "chat", "effort": "", "price_in": "0.15", "price_out": "0.6"}
    add = "/admin/accounts/languagemodel/add/"
    assert browser_of(ada).post(add, wish).status_code == 403
    page = browser_of(sue).post(add, {**wish, "is_on": "on"}, follow=True).content.decode()
    assert "Its vendor switches gpt-4o-mini off on 2027-01-14" in page
    entry = AuditEntry.objects.get(action="language_model.chosen")
    assert (entry.actor, entry.data["before"], entry.data["after"]["name"]) == (sue, {}, "gpt-4o-mini")


def test_what_was_said_is_for_superadmins_alone(alice, sue, ada, browser_of, openai_server) -> None:
    openai_server.otherwise = Reply(text="a very private answer")
    browser_of(alice).post(CHECK)
    row = ModelCall.objects.first()
    path = f"/admin/accounts/modelcall/{row.pk}/change/"
    assert "a very private answer" not in browser_of(ada).get(path).content.decode()
    assert "a very private answer" in browser_of(sue).get(path).content.decode()
    assert User.objects.get(pk=ada.pk).is_staff


def test_the_room_shows_how_the_provider_does(alice, ada, browser_of, openai_server) -> None:
    browser_of(alice).post(CHECK)
    openai_server.otherwise = Reply(fault=Fault.NO_QUOTA)
    browser_of(alice).post(CHECK)
    text = browser_of(ada).get("/admin/system/language/").content.decode()
    assert "model_quota_used 1" in text
    assert "33.3 %" in text
    assert openai_server.base_url in text
    ready = browser_of(ada).get("/health/ready/").json()
    assert ready["not_required"]["language_model"]["state"] == "model_quota_used"
