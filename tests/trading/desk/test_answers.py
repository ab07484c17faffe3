"""Answers without a key: tables, small charts, links, each figure with its source and time."""

from __future__ import annotations

import pytest

from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.desk.own_topics import own_topic
from trading.desk.pictures import bars, curve
from trading.models import Order


def answer_to(world, text):
    [[entry]] = say(world, text).previews
    assert entry["kind"] == "answer"
    return entry


def test_positions_come_as_a_table_with_bars(named):
    carry_out(named, say(named, "buy 10 apple"))
    named.clock.advance(seconds=1)
    carry_out(named, say(named, "buy 2 microsoft"))
    entry = answer_to(named, "what do I own")
    assert entry["table"]["lines"] == [
        ["AAPL", "10", "$2,000.00", "-$0.10"],
        ["MSFT", "2", "$800.00", "-$0.02"],
    ]
    assert [(row["label"], row["percent"]) for row in entry["chart"]["rows"]] == [("AAPL", "100.00"), ("MSFT", "40.00")]
    assert (entry["source"], entry["at"]) == ("your books, last prices", "2026-11-20T15:00:01+00:00")
    assert entry["links"] == [{"label": "Portfolio", "href": "/portfolio/"}]


def test_a_price_says_where_it_comes_from(named):
    entry = answer_to(named, "price of apple")
    assert (entry["source"], entry["at"]) == ("test", "2026-11-20T15:00:00+00:00")
    assert ["Bid", "$199.99"] in entry["rows"]


def test_risk_names_the_limits_in_use_and_what_no_stop_guards(named):
    carry_out(named, say(named, "buy 10 apple"))
    entry = answer_to(named, "what is my risk")
    assert entry["text"] == "No stop guards AAPL."
    assert entry["table"]["columns"] == ["Limit", "Used", "Of"]
    assert ["Stops standing", "0"] in entry["rows"]


def test_help_names_sentences_that_are_understood(named):
    entry = answer_to(named, "what can I say?")
    for _, examples in entry["table"]["lines"]:
        for example in examples.split(", "):
            shown = say(named, example)
            assert shown.interpretation["actions"] or shown.previews, example
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["help me buy 10 apple", "what is my risk if I buy 10 apple", "limits are off, buy 10 apple", "risk it all"]
)
def test_only_a_whole_question_is_one_about_the_desk(text):
    assert own_topic(text, {"actions": []}) is None


def test_an_instruction_is_never_taken_for_a_question():
    assert own_topic("help", {"actions": [{"type": "place_order"}]}) is None


def test_pictures_need_something_to_draw():
    from decimal import Decimal

    assert curve([Decimal(1)], says="") is None
    assert bars([("Cash", Decimal(0))], says="") is None
    drawn = curve([Decimal(number) for number in range(500)], says="up")
    assert (drawn["points"][0], drawn["points"][-1]) == ("0", "499")
    assert len(drawn["points"]) <= 61


def test_the_conversation_is_found_again_by_its_words_and_cleared(named):
    say(named, "what do I own")
    say(named, "price of apple")
    assert [line.text for line in desk.lines_of(named.alice, words="OWN what")] == ["what do I own"]
    assert desk.clear(named.alice, clock=named.clock) == 4
    assert desk.history(named.alice) == []
