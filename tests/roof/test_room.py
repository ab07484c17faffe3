"""The operators' room: each role at each address, each act noted, and what is only read stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User, Viewing
from accounts.services import create_person
from arbion.domain.enums import Role
from arbion.models import SystemLogEntry
from arbion.system_log import Entry, keep
from brokers.models import BrokerAccount
from marketdata.models import CorporateAction, Holiday, Instrument, MarketDay, MarketOverride
from riskdesk.models import Halt, RiskLimit
from tests.trading.conftest import World, counted, world
from trading.models import Discrepancy, Journal, LedgerAccount, Order

__all__ = ["counted", "world"]

PAGES = (
    "market_override", "candle_coverage", "exchange_models", "check_books", "room_language", "room_health", "index",
    "live",
)  # fmt: skip
READ_ONLY = [
    model
    for model in admin.site._registry
    if model._meta.app_label in {"trading", "brokers"}
    or model._meta.label
    in {
        "accounts.AuditEntry", "accounts.ApiToken", "accounts.Viewing", "arbion.SystemLogEntry", "marketdata.Quote",
        "marketdata.Candle", "marketdata.OptionContract", "marketdata.Tape", "riskdesk.RiskDecision",
    }
]  # fmt: skip


@pytest.fixture
def operators(world: World) -> dict[str, Client]:
    """A browser of each role; kate is an ordinary person."""
    clients = {}
    for name, role in (("kate", Role.STANDARD), ("ada", Role.ADMIN), ("sue", Role.SUPERADMIN)):
        person = create_person(email=f"{name}@example.com", password="correct horse battery", role=role)
        clients[name] = Client()
        clients[name].force_login(person)
    return clients


@pytest.fixture
def ada(operators: dict[str, Client]) -> Client:
    return operators["ada"]


def noted(action: str) -> AuditEntry:
    """The newest line of the audit log, which is of this kind and Ada's."""
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor.email) == (action, "ada@example.com")
    return entry


def act(client: Client, path: str, **data: object) -> str:
    """Post a form and read the page that it leads to."""
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def lists() -> list[str]:
    return [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]


# Who gets in ----------------------------------------------------------------------------------------
def test_each_role_at_each_address(operators: dict[str, Client]) -> None:
    for name in [*(f"admin:{page}" for page in PAGES), *lists()]:
        path = reverse(name)
        assert operators["kate"].get(path, follow=True).status_code == 403, name
        assert operators["ada"].get(path).status_code == 200, name
        assert operators["sue"].get(path).status_code == 200, name


def test_an_ordinary_person_carries_out_nothing(operators: dict[str, Client], counted: Callable) -> None:
    kate, before, lines = operators["kate"], counted(), AuditEntry.objects.count()
    apple = Instrument.objects.get(symbol="AAPL")
    asked = {
        reverse("admin:market_override"): {"step": "confirmed", "state": "closed", "reason": "mine"},
        reverse("admin:marketdata_instrument_changelist"): {
            "action": "halt_them", "_selected_action": [apple.pk], "confirmed": "yes", "reason": "mine"
        },
        **{reverse(f"admin:person_{name}", args=[1]): {"reason": "mine"} for name in ("view_as", "deactivate")},
        reverse("admin:account_treatment", args=[BrokerAccount.objects.first().pk]): {"fill_model": "harsh"},
        reverse("admin:accounts_auditentry_export"): {},
    }  # fmt: skip
    for path, data in asked.items():
        assert kate.post(path, data).status_code in {302, 403}, path
        assert kate.get(path, follow=True).status_code == 403, path
    assert counted() == before
    assert AuditEntry.objects.count() == lines
    assert not MarketOverride.objects.exists()
    assert not Instrument.objects.filter(is_halted=True).exists()


def test_an_admin_edits_no_limit_and_a_superadmin_does(operators: dict[str, Client]) -> None:
    path = reverse("admin:riskdesk_risklimit_add")
    given = {"name": "order_value_usd", "value": "1000"}
    assert operators["ada"].post(path, given).status_code == 403
    assert not RiskLimit.objects.exists()
    assert operators["sue"].post(path, given).status_code == 302
    assert AuditEntry.objects.latest("pk").action == "risk.limit_set"


@pytest.mark.parametrize("name", ["ada", "sue"])
def test_what_is_only_read_cannot_be_changed(operators: dict[str, Client], world: World, name: str) -> None:
    world.place("buy", "AAPL", quantity="1")
    client = operators[name]
    assert len(READ_ONLY) > 20
    for model in READ_ONLY:
        rows = list(model._base_manager.order_by("pk").values())
        key = rows[0][model._meta.pk.attname] if rows else 1
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        asked = {
            reverse(f"{base}_add"): {"name": "x"},
            reverse(f"{base}_change", args=[key]): {"status": "filled", "balance": "1"},
            reverse(f"{base}_delete", args=[key]): {"post": "yes"},
        }
        for path, data in asked.items():
            assert client.post(path, data).status_code in {302, 403}, (model, path)
        chosen = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
        client.post(reverse(f"{base}_changelist"), chosen)
        assert list(model._base_manager.order_by("pk").values())[: len(rows)] == rows, model


# The market ----------------------------------------------------------------------------------------
def test_a_halt_needs_a_reason_and_is_shown_and_lifted(ada: Client) -> None:
    path = reverse("admin:marketdata_instrument_changelist")
    rows = Instrument.objects.filter(symbol__in=["AAPL", "MSFT"])
    chosen = {"action": "halt_them", "_selected_action": [row.pk for row in rows]}
    assert "Halt 2 instruments" in act(ada, path, **chosen)
    assert "This field is required" in act(ada, path, **chosen, confirmed="yes", reason=" ")
    assert not rows.filter(is_halted=True).exists()
    assert "2 halted" in act(ada, path, **chosen, confirmed="yes", reason="pending news")
    assert set(rows.values_list("is_halted", "halt_reason")) == {(True, "pending news")}
    assert noted("instrument.halted").data == {"reason": "pending news"}
    act(ada, path, **{**chosen, "action": "resume_them"})
    assert set(rows.values_list("is_halted", "halt_reason")) == {(False, "")}
    noted("instrument.resumed")


def test_an_override_takes_two_steps_and_is_told_on_every_page(ada: Client) -> None:
    path = reverse("admin:market_override")
    given = {"state": "closed", "reason": "fire alarm"}
    assert "Close the market now" in act(ada, path, **given)
    assert not MarketOverride.objects.exists()
    act(ada, path, **given, step="confirmed")
    row = MarketOverride.objects.get()
    assert (row.is_open, row.reason, row.lifted_at) == (False, "fire alarm", None)
    noted("market.closed")
    for page in (reverse("admin:index"), reverse("admin:trading_order_changelist")):
        assert "held closed by hand" in ada.get(page).content.decode()
    assert "Give the market back to its hours?" in act(ada, path, step="lift")
    assert MarketOverride.objects.filter(lifted_at=None).exists()
    act(ada, path, step="lift-confirmed")
    assert not MarketOverride.objects.filter(lifted_at=None).exists()
    noted("market.override_lifted")


def test_an_override_without_a_reason_or_in_the_past_is_refused_beside_its_field(ada: Client) -> None:
    path = reverse("admin:market_override")
    for given in ({"state": "closed", "reason": " "}, {"state": "open", "reason": "x", "until": "2001-01-01T10:00"}):
        answer = ada.post(path, {**given, "step": "confirmed"})
        assert (answer.status_code, b"errorlist" in answer.content) == (400, True)
    assert not MarketOverride.objects.exists()


def test_the_week_has_seven_days_that_can_be_changed(ada: Client) -> None:
    times = {"pre_opens_at": "04:00", "opens_at": "09:30", "closes_at": "16:00", "post_closes_at": "20:00"}
    for day in range(7):
        MarketDay.objects.get_or_create(weekday=day, defaults={"is_open": day < 5, **times})
    assert ada.get(reverse("admin:marketdata_marketday_add")).status_code == 403
    assert ada.post(reverse("admin:marketdata_marketday_delete", args=[6]), {"post": "yes"}).status_code == 403
    act(ada, reverse("admin:marketdata_marketday_change", args=[4]), is_open="on", **{**times, "closes_at": "13:00"})
    assert MarketDay.objects.get(weekday=4).closes_at.hour == 13
    assert noted("market.day.changed").data["closes_at"]["to"] == "13:00:00"
    wrong = ada.post(reverse("admin:marketdata_marketday_change", args=[3]), {**times, "closes_at": "08:00"})
    assert (wrong.status_code, MarketDay.objects.get(weekday=3).closes_at.hour) == (200, 16)
    assert MarketDay.objects.count() == 7


def test_holidays_are_added_and_the_calendars_stay(ada: Client) -> None:
    act(ada, reverse("admin:marketdata_holiday_add"), date="2027-03-03", name="A day of rest", is_closed="on")
    mine = Holiday.objects.get(date=date(2027, 3, 3))
    noted("market.holiday.created")
    theirs = Holiday.objects.create(date=date(2027, 7, 4), name="From the calendar")
    Holiday.objects.filter(pk=theirs.pk).update(is_from_calendar=True)
    delete = "admin:marketdata_holiday_delete"
    assert ada.post(reverse(delete, args=[theirs.pk]), {"post": "yes"}).status_code == 403
    assert ada.post(reverse(delete, args=[mine.pk]), {"post": "yes"}).status_code == 302
    noted("market.holiday.deleted")
    assert list(Holiday.objects.filter(date__year=2027)) == [theirs]
    assert "the calendar" in ada.get(reverse("admin:marketdata_holiday_changelist") + "?year=2027").content.decode()


def test_a_dividend_is_scheduled_and_called_off(ada: Client) -> None:
    day = (datetime.now(UTC).date() + timedelta(days=400)).isoformat()
    path = reverse("admin:marketdata_corporateaction_add")
    assert "There is no such instrument" in act(ada, path, symbol="NOPE", kind="dividend", ex_date=day, amount="1")
    assert "This is needed" in act(ada, path, symbol="AAPL", kind="split", ex_date=day, amount="1")
    assert not CorporateAction.objects.exists()
    act(ada, path, symbol="AAPL", kind="dividend", ex_date=day, amount="0.25")
    row = CorporateAction.objects.get()
    assert (row.instrument.symbol, row.amount, row.status) == ("AAPL", Decimal("0.25"), "scheduled")
    noted("corporate.scheduled")
    chosen = {"action": "call_off", "_selected_action": [str(row.pk)]}
    act(ada, reverse("admin:marketdata_corporateaction_changelist"), **chosen)
    assert CorporateAction.objects.get().status == "canceled"
    noted("corporate.canceled")


# Accounts and books ----------------------------------------------------------------------------------------
def test_an_accounts_treatment_is_changed_on_both_sides(ada: Client, world: World) -> None:
    path = reverse("admin:account_treatment", args=[world.account.pk])
    act(ada, path, fill_model="harsh", margin="on", lot_method="lifo")
    account = BrokerAccount.objects.get(pk=world.account.pk)
    assert (account.fill_model, account.margin, account.lot_method) == ("harsh", True, "lifo")
    assert noted("account.treatment_changed").data["fill_model"] == ["ideal", "harsh"]
    assert ada.post(path, {"fill_model": "heavenly", "lot_method": "fifo"}).status_code == 200
    assert BrokerAccount.objects.get(pk=world.account.pk).fill_model == "harsh"


def test_the_models_page_says_what_the_program_does(ada: Client) -> None:
    page = ada.get(reverse("admin:exchange_models")).content.decode()
    for words in ("free", "at least $1.00 an order", "without end", "no time"):
        assert words in page


def test_the_whole_history_of_an_order_stands_on_one_page(ada: Client, world: World) -> None:
    world.place("buy", "AAPL", quantity="3")
    order = Order.objects.get()
    page = ada.get(reverse("admin:trading_order_change", args=[order.pk])).content.decode()
    told = [
        "The wish", "The verdict", "What happened", "venue's own record", "Fills as we booked them", "What it claimed",
        "lines in the ledger", order.intent.client_key, order.venue_order_id, "Approved", "alice@example.com",
        order.fills.get().venue_fill_id, "Order value",
    ]  # fmt: skip
    assert [words for words in told if words not in page.replace("&#x27;", "'")] == []
    assert len(re.findall(r"<li><strong>", page)) == order.events.count()
    assert 'title="2026-11-20 15:00:00 UTC">2026-11-20 10:00:00 <small>EST</small>' in page


def test_a_journals_page_says_whether_the_chain_is_whole(ada: Client, world: World) -> None:
    path = reverse("admin:trading_journal_change", args=[Journal.objects.earliest("pk").pk])
    assert "The chain is whole" in ada.get(path).content.decode()
    LedgerAccount.objects.filter(kind="cash").update(balance=Decimal(1))
    assert "The chain is broken" in ada.get(path).content.decode()


def test_books_are_checked_on_demand(ada: Client, world: World) -> None:
    path = f"{reverse('admin:check_books')}?account={world.account.public_id}"
    assert "Everything holds" in ada.get(path).content.decode()
    LedgerAccount.objects.filter(account=world.account, kind="cash").update(balance=Decimal(1))
    assert "fault" in ada.get(path).content.decode()
    assert ada.get(reverse("admin:check_books") + "?account=nonsense").status_code == 200


def test_accounts_are_compared_on_demand(ada: Client, world: World) -> None:
    seen = world.clock.now()
    row = Discrepancy.objects.create(account=world.account, asset="AAPL", ours=1, theirs=2, seen_at=seen)
    chosen = {"action": "compare_now", "_selected_action": [row.pk]}
    assert "the books agree" in act(ada, reverse("admin:trading_discrepancy_changelist"), **chosen)
    assert Discrepancy.objects.get().resolved_at is not None
    noted("books.compared")


# People ----------------------------------------------------------------------------------------
def test_a_person_is_shown_with_what_is_theirs(ada: Client, world: World) -> None:
    world.place("buy", "AAPL", quantity="3")
    page = ada.get(reverse("admin:accounts_user_change", args=[world.alice.pk])).content.decode()
    for words in ("Practice", "Equity", "AAPL", "Buy 3 AAPL", "Trade on own accounts", "Look as them", "Switch off"):
        assert words in page, words


def test_looking_as_somebody_goes_through_the_room(ada: Client, world: World) -> None:
    path = reverse("admin:person_view_as", args=[world.alice.pk])
    assert "half an hour" in ada.get(path).content.decode()
    assert "This field is required" in act(ada, path, reason="")
    assert not Viewing.objects.exists()
    assert "You see what alice@example.com sees" in act(ada, path, reason="a question")
    assert noted("account.viewing_began").data["reason"] == "a question"
    assert ada.get(reverse("admin:index")).status_code == 403
    ada.post("/account/viewing/stop/")
    assert ada.get(reverse("admin:index")).status_code == 200


def test_nobody_without_an_account_is_looked_through(ada: Client, operators: dict[str, Client]) -> None:
    kate = User.objects.get(email="kate@example.com")
    answer = ada.post(reverse("admin:person_view_as", args=[kate.pk]), {"reason": "x"})
    assert (answer.status_code, "nothing that they see" in answer.content.decode()) == (409, True)
    sue = User.objects.get(email="sue@example.com")
    assert ada.post(reverse("admin:person_view_as", args=[sue.pk]), {"reason": "x"}).status_code == 403
    assert not Viewing.objects.exists()


def test_a_password_link_is_shown_once_where_no_mail_goes_out(ada: Client, world: World, settings) -> None:
    path = reverse("admin:person_password_link", args=[world.alice.pk])
    assert "key" not in re.findall(r"/account/password/reset/(\w+)/", ada.get(path).content.decode())
    page = act(ada, path)
    link = re.search(r"https?://[^<]*(/account/password/reset/key/[^<]*)</code>", page)
    assert link is not None
    assert noted("account.password_reset_sent").data == {"shown": True}
    assert link[1] not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert Client().get(link[1], follow=True).status_code == 200
    settings.EMBEDDED = False
    assert "/account/password/reset/key/" not in act(ada, path)


# Logs and figures ----------------------------------------------------------------------------------------
def test_the_audit_log_is_filtered_and_taken_away(ada: Client) -> None:
    AuditEntry.objects.create(at=datetime.now(UTC), action="x.y", subject='=HYPERLINK("x")')
    answer = ada.get(reverse("admin:accounts_auditentry_export") + "?q=x.y")
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert (lines[0], len(lines)) == ("at,actor,action,subject,address,data", 2)
    assert "'=HYPERLINK" in lines[1]
    assert noted("audit.exported").data["lines"] == 1


def test_the_system_log_is_read(ada: Client) -> None:
    entry = Entry(
        level=40, logger="l", wording="it broke", message="it broke", trace="", request_id="r", at=datetime.now(UTC)
    )
    keep([entry, entry])
    page = ada.get(reverse("admin:arbion_systemlogentry_changelist")).content.decode()
    assert ("it broke" in page, "badge-down" in page) == (True, True)
    assert (
        ada.get(reverse("admin:arbion_systemlogentry_change", args=[SystemLogEntry.objects.get().pk])).status_code
        == 200
    )


def test_a_halt_of_the_house_is_told_on_every_page(ada: Client) -> None:
    Halt.objects.create(reason="all hands", imposed_at=datetime.now(UTC))
    assert "all hands" in ada.get(reverse("admin:index")).content.decode()
