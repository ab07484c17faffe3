"""One's own accounts named in a sentence: a leg in each, one confirmation for all, nobody else's ever."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import User
from arbion.domain.enums import OrderStatus
from arbion.domain.errors import NotFound
from brokers.accounts import archive, configure
from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.books.check import verify_books
from trading.books.opening import open_simulated_account
from trading.desk.accounts_named import hear
from trading.desk.conversation import read
from trading.errors import ProposalIncomplete, ProposalUsed
from trading.execution.halt import halt
from trading.models import HaltScope, Order, Position


@pytest.fixture
def two(named):
    """Alice's world with a second account, Growth, as rich as the first."""
    named.growth = open_account(named, named.alice, "Growth")
    return named


def open_account(world, user, name):
    """A practice account of this name with its opening cash."""
    return open_simulated_account(user, name=name, clock=world.clock)


def test_an_account_by_its_name_is_where_the_order_goes(two):
    proposal = say(two, "buy 10 apple in my growth account")
    [[card]] = proposal.previews
    assert (card["kind"], card["account_name"], card["quantity"]) == ("order", "Growth", "10")
    [outcome] = carry_out(two, proposal)
    assert outcome.order.account == two.growth
    assert Position.objects.get().account == two.growth
    assert verify_books(two.growth) == []


@pytest.mark.parametrize(
    "words",
    [
        "buy 10 apple in both accounts",
        "in both my accounts, buy 10 apple",
        "buy 10 apple in each account",
        "buy 10 apple in all my accounts",
        "buy 10 apple in my Practice and Growth accounts",
        "buy 10 apple in Practice and in Growth",
    ],
)
def test_several_accounts_are_a_leg_each_and_one_confirmation(two, words):
    proposal = say(two, words)
    [legs] = proposal.previews
    assert [(leg["kind"], leg["account_name"], leg["approved"]) for leg in legs] == [
        ("order", "Practice", True),
        ("order", "Growth", True),
    ]
    outcomes = desk.execute(two.alice, proposal.pk, seal=proposal.hash, clock=two.clock)
    assert {outcome.order.account.name for outcome in outcomes} == {"Practice", "Growth"}
    with pytest.raises(ProposalUsed):
        desk.execute(two.alice, proposal.pk, seal=proposal.hash, clock=two.clock)
    assert sorted(Order.objects.values_list("account__name", "quantity")) == [
        ("Growth", Decimal(10)),
        ("Practice", Decimal(10)),
    ]


def test_money_and_parts_are_reckoned_in_each_account(two):
    carry_out(two, say(two, "buy 10 apple in Growth"))
    carry_out(two, say(two, "buy 4 apple in Practice"))
    [legs] = say(two, "sell half of my apple in both accounts").previews
    assert [leg["quantity"] for leg in legs] == ["2", "5"]
    [legs] = say(two, "buy $500 of microsoft in each account").previews
    assert len({leg["quantity"] for leg in legs}) == 1


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("buy 10 apple in my Holiday account", "no account called “Holiday”"),
        ("buy 10 apple in Bob's account", "no account called"),
        ("sell 5 microsoft in all three accounts", "Which of them?"),
        ("buy 10 apple across both accounts", "in each account"),
        ("buy 10 apple in Growth and sell 5 microsoft", "only the first part"),
    ],
)
def test_what_is_not_clear_is_asked_and_proposes_nothing(two, counted, words, asks):
    User.objects.create_user("bob@example.com")
    before = counted()
    proposal = say(two, words)
    assert asks in proposal.interpretation["question"]
    assert not proposal.hash
    with pytest.raises(ProposalIncomplete):
        carry_out(two, proposal)
    after = counted()
    assert {name for name in after if after[name] != before[name]} == {"trading.Proposal", "trading.Message"}


def test_somebody_elses_account_has_no_name_here(two):
    bob = User.objects.create_user("bob@example.com")
    open_account(two, bob, "Retirement")
    proposal = say(two, "buy 10 apple in my Retirement account")
    assert "no account called “Retirement”" in proposal.interpretation["question"]
    assert Order.objects.count() == 0


def test_an_account_put_into_a_kept_proposal_that_is_not_ones_own_is_refused(two):
    bob = User.objects.create_user("bob@example.com")
    his = open_account(two, bob, "Retirement")
    proposal = say(two, "buy 10 apple in my Growth account")
    proposal.interpretation["actions"][0]["accounts"] = [str(his.public_id)]
    proposal.save()
    with pytest.raises(NotFound):
        carry_out(two, proposal)
    assert Order.objects.count() == 0


def test_a_closed_account_is_refused_in_its_leg_with_the_reason(two):
    archive(two.growth, at=two.clock.now())
    proposal = say(two, "buy 10 apple in my Practice and Growth accounts")
    [legs] = proposal.previews
    assert [leg["kind"] for leg in legs] == ["order", "refused"]
    assert (legs[1]["code"], legs[1]["account_name"]) == ("account_archived", "Growth")
    assert "closed" in legs[1]["detail"]
    assert not proposal.hash


def test_a_halted_account_is_denied_in_its_leg_and_the_other_goes(two):
    halt(scope=HaltScope.ACCOUNT, reason="a test", actor=two.alice, account=two.growth, clock=two.clock)
    proposal = say(two, "buy 10 apple in both accounts")
    [legs] = proposal.previews
    assert [leg["approved"] for leg in legs] == [True, False]
    carry_out(two, proposal)
    assert sorted(Order.objects.values_list("account__name", "status")) == [
        ("Growth", OrderStatus.DENIED),
        ("Practice", OrderStatus.FILLED),
    ]


def test_a_correction_stays_in_the_account_that_was_named(two):
    say(two, "buy 10 apple in my Growth account")
    [[card]] = say(two, "make it 20").previews
    assert (card["account_name"], card["quantity"]) == ("Growth", "20")
    [[card]] = say(two, "same for microsoft").previews
    assert (card["account_name"], card["symbol"]) == ("Growth", "MSFT")


def test_questions_are_answered_of_the_account_that_was_named(two):
    carry_out(two, say(two, "buy 10 apple in Growth"))
    assert "Growth: " in desk.as_json(say(two, "what do I hold in my Growth account?"))["reply"]
    assert "Growth: " in desk.as_json(say(two, "what's my Growth account worth"))["reply"]


def test_two_accounts_of_one_name_are_not_told_apart_by_it(two):
    configure(open_account(two, two.alice, "Other"), name="Growth")
    assert "rename" in say(two, "buy 10 apple in my Growth account").interpretation["question"]


def test_an_account_called_as_a_company_needs_the_word(two):
    open_account(two, two.alice, "Apple")
    is_instrument = {"Apple", "apple"}.__contains__
    assert hear(two.alice, "invest $500 in apple", is_instrument=is_instrument).accounts == ()
    named = hear(two.alice, "buy 1 microsoft in my Apple account", is_instrument=is_instrument)
    assert [account.name for account in named.accounts] == ["Apple"]


def test_two_clauses_with_an_account_each_are_asked_about(two):
    proposal = say(two, "buy 10 apple in Growth and sell 5 microsoft in my Practice account")
    assert "one after the other" in proposal.interpretation["question"]
    assert not proposal.hash


@pytest.mark.parametrize("words", ["buy 10 apple in my account", "buy 10 apple for my account", "buy 10 apple"])
def test_ones_account_unnamed_is_the_one_spoken_about(two, words):
    [action] = read(two.alice, words, account=two.account, clock=two.clock).actions
    assert action.accounts == ()


@pytest.mark.parametrize("words", ["don't buy 10 apple in my Growth account", "I bought 10 apple in Growth yesterday"])
def test_what_is_no_instruction_stays_none(two, words):
    assert not say(two, words).hash


def test_another_account_never_runs_at_once(two):
    from trading.models import DeskChoice

    DeskChoice.objects.create(account=two.account, at_once_max=Decimal(10_000), changed_at=two.clock.now())
    assert say(two, "buy 1 apple").executed_at is not None
    assert say(two, "buy 1 apple in my Growth account").executed_at is None
    assert Order.objects.count() == 1


def test_the_desk_page_shows_each_leg_and_each_order_with_its_account(two, client):
    client.force_login(two.alice)
    proposal = say(two, "buy 10 apple in both accounts")
    page = client.get("/desk/").content.decode()
    assert page.count("In your account <b>Growth</b>") == page.count("In your account <b>Practice</b>") == 1
    assert "Confirm 2 orders" in page
    carry_out(two, proposal)
    assert client.get("/desk/").content.decode().count("<dt>Account</dt><dd>Growth</dd>") == 1
