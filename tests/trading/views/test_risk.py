"""The risk desk's page: what guards, what was decided, what could happen; of one's own accounts alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.test import Client

from accounts.models import User
from arbion.lib.clock import SYSTEM
from riskdesk.analytics.beta import Correlations
from riskdesk.models import RiskDecision, RiskLimit, Silence
from tests.trading.conftest import World
from trading.models.stop import WatchMark
from trading.selectors.risk import book_of
from trading.views.risk import heat_map

Counted = Callable[..., dict[str, int]]


def test_an_empty_account_is_told_what_will_stand_here(alice: Client) -> None:
    page = alice.get("/risk/").content.decode()
    assert "Nothing to guard" in page
    assert "Nothing decided yet" in page
    assert "You hold nothing" in alice.get("/risk/assessment/").content.decode()


def test_a_position_without_a_stop_is_named(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="2")
    page = alice.get("/risk/").content.decode()
    assert "No stop guards" in page
    assert "Let through" in page


def test_a_refused_order_stands_there_with_the_numbers_it_was_refused_for(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="2")
    refused = world.place("buy", "AAPL", quantity="490").order
    assert refused.status == "denied"
    page = alice.get("/risk/decisions/?show=refused").content.decode()
    assert "your limit for one order is $50,000.00" in page
    assert page.count('class="verdict"') == RiskDecision.objects.filter(approved=False).count() == 1
    assert alice.get("/risk/decisions/").content.decode().count('class="verdict"') == 2


def test_the_assessment_says_what_it_reckons_and_what_it_does_not_know(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="10")
    page = alice.get("/risk/assessment/").content.decode()
    assert "Every price falls 20 % and every volatility rises 50 %" in page
    assert "What these figures do not know" in page
    part = alice.get("/risk/assessment/", headers={"X-Fragment": "1"}).content.decode()
    assert "<html" not in part
    assert "Scenarios" in part


def test_the_book_is_the_account_at_its_last_prices(world: World) -> None:
    world.place("buy", "AAPL", quantity="10")
    book = book_of(world.account, at=world.clock.now())
    assert [(line.symbol, line.quantity, line.price) for line in book.lines] == [("AAPL", 10, 200)]
    assert book.equity == Decimal(2000) + book.cash
    assert book.unpriced == ()


def test_nobody_sees_anothers_decisions(world: World) -> None:
    world.place("buy", "AAPL", quantity="2")
    client = Client()
    client.force_login(User.objects.create_user("bob@example.com"))
    assert 'class="verdict"' not in client.get("/risk/decisions/").content.decode()


def test_the_map_shades_by_fifths_and_leaves_the_unknown_pale() -> None:
    values = ((Decimal(1), Decimal("-0.52")), (None, Decimal(1)))
    found = heat_map(Correlations(symbols=("A", "B"), values=values, counts=((9, 9), (0, 9))))
    assert [[cell.shade for cell in row["cells"]] for row in found] == [[5, -3], [0, 5]]


def test_a_limit_is_set_on_the_page_and_refuses_the_next_order_in_plain_words(world: World, alice: Client) -> None:
    answer = alice.post("/risk/", {"name": "order_value_usd", "value": "1000", "password": ""})
    assert answer.status_code == 302
    assert "$1,000.00" in alice.get("/risk/").content.decode()
    order = world.place("buy", "AAPL", quantity="10").order
    assert (order.status, order.reject_code) == ("denied", "risk_limit_exceeded")
    assert "your limit for one order is $1,000.00" in order.reject_reason


def test_what_is_no_limit_changes_nothing_and_is_told_beside_its_field(alice: Client, counted: Counted) -> None:
    before = counted()
    for value, reason in (("much", "Write a number"), ("-1", "at least"), ("NaN", "number")):
        answer = alice.post("/risk/", {"name": "order_value_usd", "value": value})
        assert answer.status_code == 422
        assert reason in answer.content.decode()
        assert f'value="{value}"' in answer.content.decode()
    assert alice.post("/risk/", {"name": "nothing", "value": "1"}).status_code == 422
    assert counted() == before


def test_allowing_more_wants_the_password(alice: Client) -> None:
    alice.post("/risk/", {"name": "order_value_usd", "value": "1000"})
    answer = alice.post("/risk/", {"name": "order_value_usd", "value": "2000", "password": "wrong"})
    assert answer.status_code == 422
    assert RiskLimit.objects.get(account__isnull=False).value == 1000


def test_the_page_says_when_the_stops_were_looked_at_and_when_nobody_did(world: World, alice: Client) -> None:
    # The page goes by the clock of the machine.
    now = SYSTEM.now()
    WatchMark.objects.all().delete()
    assert "The monitor has not looked yet" in alice.get("/risk/stops/").content.decode()
    WatchMark.objects.create(at=now)
    page = alice.get("/risk/stops/").content.decode()
    assert "The monitor last looked just now" in page
    assert "no reason to act for you" in page
    assert "Nobody watched" not in page
    hour = timedelta(hours=1)
    Silence.objects.create(last_look_at=now - 3 * hour, noticed_at=now - 2 * hour, ended_at=now - hour, open_key=None)
    long_ago = now - timedelta(days=30)
    Silence.objects.create(last_look_at=long_ago, noticed_at=long_ago, ended_at=long_ago, open_key=None)
    assert alice.get("/risk/stops/").content.decode().count("Nobody watched from") == 1
    Silence.objects.create(last_look_at=now - hour, noticed_at=now)
    page = alice.get("/risk/stops/").content.decode()
    assert page.count("Nobody watched from") == 2
    assert "to now" in page
