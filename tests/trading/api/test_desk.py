"""A sentence over REST: read, previewed, carried out once."""

from __future__ import annotations

import uuid

import pytest

from tests.openai_server import Reply, openai_server  # noqa: F401
from trading.desk.model import assistants
from trading.models import Assistant, Message, Order, Position


def ada_of(person, clock):
    """An assistant of this person's."""
    row = Assistant(user=person, name="Ada", instructions="Mind the fees.", tools=[], created_at=clock.now())
    return assistants.save(row, actor=person, is_new=True, clock=clock)


def test_a_question_goes_to_the_assistant_that_is_named(world, alice, openai_server):  # noqa: F811
    ada = ada_of(world.alice, world.clock)
    openai_server.say(Reply(text="Hello from Ada."), Reply(text="Hello from the desk."))
    for named, answered_by in ((str(ada.pk), "Ada"), (None, None)):
        said = alice.post("desk/interpret/", {"text": "hello you fine market", "assistant": named})
        assert said.status_code == 200, said.content
        assert Message.objects.order_by("-pk").first().details.get("assistant") == answered_by
    with_her, without = (str(body) for body in openai_server.bodies)
    assert "Mind the fees." in with_her
    assert "Mind the fees." not in without


def test_nobody_asks_the_assistant_of_somebody_else(world, alice, bob, counted):
    ada = ada_of(world.alice, world.clock)
    before = counted()
    answer = bob.post("desk/interpret/", {"text": "hello you fine market", "assistant": str(ada.pk)})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("assistant", "unknown_assistant")
    ]
    assert counted() == before


def test_sentence_becomes_a_filled_order_once(world, alice):
    said = alice.post("desk/interpret/", {"text": "buy 10 AAPL"})
    assert said.status_code == 200, said.content
    proposal = said.json()
    assert proposal["actions"][0]["order"]["symbol"] == "AAPL"
    assert proposal["interpretation"] == {
        name: proposal[name] for name in ("actions", "question", "confidence", "explanation")
    }
    assert proposal["previews"][0][0]["estimated_price"] == "200.01"
    assert (proposal["can_execute"], proposal["expires_at"]) == (True, "2026-11-20T15:01:00Z")
    assert Order.objects.count() == 0
    done = alice.post("desk/execute/", {"id": proposal["id"]})
    assert done.status_code == 200
    assert [(order["status"], order["source"]) for order in done.json()["orders"]] == [("filled", "desk")]
    assert (done.json()["id"], done.json()["canceled"], done.json()["refusals"]) == (proposal["id"], [], [])
    again = alice.post("desk/execute/", {"id": proposal["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "proposal_used")
    assert Position.objects.get(account=world.account).quantity == 10


def test_stale_proposal_is_refused(world, alice, counted):
    proposal = alice.post("desk/interpret/", {"text": "buy 10 AAPL"}).json()
    world.clock.advance(seconds=61)
    before = counted()
    answer = alice.post("desk/execute/", {"id": proposal["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_expired")
    assert counted() == before


def test_another_persons_proposal_is_as_absent_as_none(alice, bob, counted):
    proposal = alice.post("desk/interpret/", {"text": "buy 10 AAPL"}).json()
    before = counted()
    answers = [bob.post("desk/execute/", {"id": key}) for key in (proposal["id"], str(uuid.UUID(int=1)))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert counted() == before


def test_a_question_is_nothing_to_carry_out(alice, counted):
    proposal = alice.post("desk/interpret/", {"text": "buy some AAPL"}).json()
    assert proposal["can_execute"] is False
    before = counted()
    answer = alice.post("desk/execute/", {"id": proposal["id"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "proposal_incomplete")
    assert counted() == before


def test_open_orders_are_canceled_by_a_sentence(alice, buy):
    order = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()
    proposal = alice.post("desk/interpret/", {"text": "cancel my AAPL orders"}).json()
    done = alice.post("desk/execute/", {"id": proposal["id"]}).json()
    assert [(gone["id"], gone["status"]) for gone in done["canceled"]] == [(order["id"], "canceled")]
    assert done["orders"] == []


@pytest.mark.parametrize(
    "case",
    [
        ("desk/interpret/", {}, "text", "required"),
        ("desk/interpret/", {"text": " "}, "text", "blank"),
        ("desk/interpret/", {"text": 5}, "text", "invalid"),
        ("desk/interpret/", {"text": "x" * 1001}, "text", "too_long"),
        ("desk/interpret/", {"text": "buy 1 AAPL", "account": str(uuid.UUID(int=1))}, "account", "unknown_account"),
        ("desk/interpret/", {"text": "hello", "assistant": str(uuid.UUID(int=1))}, "assistant", "unknown_assistant"),
        ("desk/interpret/", {"text": "hello", "assistant": "Ada"}, "assistant", "invalid"),
        ("desk/execute/", {}, "id", "required"),
        ("desk/execute/", {"id": 1}, "id", "invalid"),
        ("desk/execute/", {"id": "x"}, "id", "invalid"),
    ],
)
def test_bad_input_names_its_field(alice, counted, case):
    path, body, field, code = case
    before = counted()
    answer = alice.post(path, body)
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert counted() == before


def two_orders(alice):
    proposal = alice.post("desk/interpret/", {"text": "buy 1 AAPL and buy 1 MSFT"}).json()
    assert [entry["kind"] for shown in proposal["previews"] for entry in shown] == ["order", "order"]
    return proposal["id"]


def test_each_order_of_a_proposal_counts_and_all_or_none_are_placed(settings, alice, buy, counted):
    proposals = [two_orders(alice) for _ in range(2)]
    settings.RATE_ORDERS = "3/m"
    assert len(alice.post("desk/execute/", {"id": proposals[0]}).json()["orders"]) == 2
    before = counted()
    answer = alice.post("desk/execute/", {"id": proposals[1]})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer["Retry-After"]) >= 1
    assert counted() == before
    # The refused proposal took nothing of what is left, and may be carried out later.
    assert alice.post("orders/", buy).status_code == 201
    settings.RATE_ORDERS = "1000/m"
    assert len(alice.post("desk/execute/", {"id": proposals[1]}).json()["orders"]) == 2


def test_a_proposal_larger_than_the_limit_places_nothing(settings, alice, counted):
    proposal = two_orders(alice)
    settings.RATE_ORDERS = "1/m"
    before = counted()
    answer = alice.post("desk/execute/", {"id": proposal})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert counted() == before


def test_what_places_no_order_is_not_counted(settings, alice, buy):
    alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"})
    used = alice.post("desk/interpret/", {"text": "buy 1 AAPL"}).json()["id"]
    assert alice.post("desk/execute/", {"id": used}).status_code == 200
    cancel = alice.post("desk/interpret/", {"text": "cancel my AAPL orders"}).json()["id"]
    settings.RATE_ORDERS = "1/m"
    assert alice.post("desk/execute/", {"id": used}).status_code == 409
    assert alice.post("desk/execute/", {"id": str(uuid.UUID(int=1))}).status_code == 404
    assert len(alice.post("desk/execute/", {"id": cancel}).json()["canceled"]) == 1
    assert alice.post("orders/", buy).status_code == 201


def test_a_preview_is_confirmed_by_its_hash_and_by_no_other(alice, counted):
    first, second = (alice.post("desk/interpret/", {"text": "buy 10 AAPL"}).json() for _ in range(2))
    assert first["hash"] != second["hash"]
    before = counted()
    answer = alice.post("desk/execute/", {"id": first["id"], "hash": second["hash"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_changed")
    assert counted() == before
    done = alice.post("desk/execute/", {"id": first["id"], "hash": first["hash"]})
    assert [order["status"] for order in done.json()["orders"]] == ["filled"]


def test_a_price_beyond_its_band_answers_with_both_prices_and_a_fresh_preview(world, alice):
    proposal = alice.post("desk/interpret/", {"text": "buy 10 AAPL"}).json()
    world.quote("AAPL", "210")
    answer = alice.post("desk/execute/", {"id": proposal["id"], "hash": proposal["hash"]})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "price_moved")
    assert body["moves"] == [{"symbol": "AAPL", "shown": "200.01", "now": "210.01", "band_percent": "1"}]
    assert Order.objects.count() == 0
    fresh = body["proposal"]
    assert alice.post("desk/execute/", {"id": fresh["id"], "hash": fresh["hash"]}).status_code == 200
    assert Order.objects.count() == 1


def test_alerts_and_schedules_are_named_by_their_ids(alice):
    alert = alice.post("desk/interpret/", {"text": "alert me when AAPL reaches 250"}).json()
    done = alice.post("desk/execute/", {"id": alert["id"]}).json()
    assert len(done["alerts"]) == 1
    assert alice.get(f"alerts/{done['alerts'][0]}/").status_code == 200


def test_what_was_said_can_be_searched_by_who_said_it(alice, bob):
    alice.post("desk/interpret/", {"text": "buy 10 AAPL"})
    alice.post("desk/interpret/", {"text": "what do I own"})
    found = alice.get("desk/history/?q=own").json()["results"]
    assert [(line["speaker"], line["text"]) for line in found] == [("person", "what do I own")]
    assert len(alice.get("desk/history/").json()["results"]) == 4
    assert bob.get("desk/history/").json()["results"] == []
