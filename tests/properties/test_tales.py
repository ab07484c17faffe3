"""Whatever happens to an account, its books add up, agree with the venue, and do not depend on how they were told."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from arbion.domain.numbers import ZERO
from arbion.domain.options import read_symbol
from arbion.domain.reports import ActivityReport, FillReport
from marketdata.models import Instrument, OptionContract
from riskdesk.models import RiskLimit
from tests.properties.tales import CALL, PUT, Event, VenueOfTales, stories
from tests.trading.conftest import World, make_instrument
from trading.books.check import verify_books
from trading.books.ledger import Columns, allow_negative
from trading.books.opening import ensure_simulated_account
from trading.execution.activities import absorb_all
from trading.models import Journal, LedgerAccount, LedgerKind, Lot, LotClosure, Position

_numbers = count(1)
Told = FillReport | ActivityReport


@pytest.fixture
def market(world: World) -> World:
    for symbol in (CALL, PUT):
        option = make_instrument(symbol, price="5", asset_class="option", size="1")
        Instrument.objects.filter(pk=option.pk).update(multiplier=100)
        terms = read_symbol(symbol)
        assert terms is not None
        OptionContract.objects.create(
            instrument=option,
            underlying=Instrument.objects.get(symbol="AAPL"),
            right=terms.right,
            strike=terms.strike,
            expires_on=terms.expires_on,
        )
        world.quote(symbol, "5")
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd", "orders_per_minute"):
        RiskLimit.objects.create(name=name, value=Decimal(10_000_000))
    return world


def fresh(world: World) -> World:
    """The same market for a person who has just come, whose account may owe money."""
    user = User.objects.create_user(f"tale-{next(_numbers)}@example.com")
    account = ensure_simulated_account(user, clock=world.clock)
    allow_negative(Columns.read(account, ["USD"]), LedgerKind.CASH, "USD")
    return World(world.clock, user, account)


def tell(world: World, said: list[Told]) -> None:
    absorb_all(
        world.account.pk,
        fills=[one for one in said if isinstance(one, FillReport)],
        activities=[one for one in said if isinstance(one, ActivityReport)],
        clock=world.clock,
    )


def books_of(world: World) -> dict[str, object]:
    """Everything that the account's books say, without the keys of rows."""
    account = world.account
    lots = Lot.objects.filter(account=account).order_by("opened_at", "id")
    closures = LotClosure.objects.filter(lot__account=account).order_by("id")
    positions = Position.objects.filter(account=account).order_by("instrument__symbol")
    columns = LedgerAccount.objects.filter(account=account).order_by("kind", "asset")
    return {
        "lots": list(lots.values_list("instrument__symbol", "quantity", "remaining_quantity", "remaining_cost")),
        "closures": list(closures.values_list("quantity", "cost", "proceeds", "closed_at")),
        "positions": list(positions.values_list("instrument__symbol", "quantity", "cost", "realized")),
        "columns": list(columns.values_list("kind", "asset", "balance", "held")),
        "journals": Journal.objects.filter(account=account).count(),
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
    deadline=None,
    print_blob=True,
)
@given(story=stories, data=st.data())
def test_no_way_of_telling_a_story_changes_the_books(market: World, story: list[Event], data: st.DataObject) -> None:
    straight, crooked = fresh(market), fresh(market)
    ends = []
    for world in (straight, crooked):
        venue = VenueOfTales(world)
        said = [one for event in story if (one := venue.happen(event)) is not None]
        if world is straight:
            for one in said:
                tell(world, [one])
                assert verify_books(world.account) == []
        else:
            tell_crookedly(world, said, data)
        assert verify_books(world.account) == []
        assert_as_the_venue_says(world, venue)
        ends.append(books_of(world))
    assert ends[0] == ends[1]


def tell_crookedly(world: World, said: list[Told], data: st.DataObject) -> None:
    """As a venue is read: in looks of any length, each with old news again, and in any order within a look."""
    seen = 0
    while seen < len(said):
        size = data.draw(st.integers(1, len(said) - seen))
        again = data.draw(st.lists(st.sampled_from(said[: seen + size]), max_size=4))
        look = data.draw(st.permutations([*said[seen : seen + size], *again]))
        tell(world, list(look))
        seen += size


def assert_as_the_venue_says(world: World, venue: VenueOfTales) -> None:
    """Cash and units are those of the venue, to the last unit."""
    rows = {(row.kind, row.asset): row.balance for row in LedgerAccount.objects.filter(account=world.account)}
    assert rows["cash", "USD"] == venue.cash
    for symbol, units in venue.units.items():
        assert rows.get(("units", symbol), ZERO) == units


_EVERYTHING = [
    Event("fill", quantity=Decimal(3), price=Decimal(150)),
    Event("split", quantity=Decimal("0.3333333333")),
    Event("fill", side="sell", quantity=Decimal(9), price=Decimal(180), fee=Decimal("0.01")),
    Event("dividend", price=Decimal("0.37")),
    Event("fill", symbol=CALL, side="sell", quantity=Decimal(2), price=Decimal(5)),
    Event("delivery", symbol=CALL),
    Event("split", quantity=Decimal("0.1")),
    Event("fill", symbol=PUT, quantity=Decimal(1), price=Decimal(7)),
    Event("delivery", symbol=PUT),
    Event("withdrawal", quantity=Decimal("12.34")),
]


def test_one_story_with_everything_in_it(market: World) -> None:
    world = fresh(market)
    venue = VenueOfTales(world)
    for event in _EVERYTHING:
        one = venue.happen(event)
        assert one is not None
        tell(world, [one, one])
        assert verify_books(world.account) == []
    assert_as_the_venue_says(world, venue)
