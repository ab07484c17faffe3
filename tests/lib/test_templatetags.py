"""How figures, times and states read on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from arbion.lib.templatetags import arbion as tags

MINUS = "\N{MINUS SIGN}"
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("-1234.565"), MINUS + "$1,234.56"),
        (Decimal("0.004"), "$0.00"),
        (Decimal("-0.004"), "$0.00"),
        ("100000", "$100,000.00"),
        (Decimal("12345678901.12345678"), "$12,345,678,901.12"),
        (None, "—"),
        ("", "—"),
        ("nonsense", "—"),
        (Decimal("NaN"), "—"),
    ],
)
def test_money(value: object, shown: str) -> None:
    assert tags.money(value) == shown


def test_money_of_another_currency_names_it() -> None:
    assert (tags.money(5, "EUR"), tags.money(5, "CHF")) == ("€5.00", "CHF 5.00")


@pytest.mark.parametrize(
    ("value", "shown"), [("12", "+$12.00"), ("-12", MINUS + "$12.00"), ("0", "$0.00"), ("-0.001", "$0.00"), (None, "—")]
)
def test_signed_says_which_way(value: str | None, shown: str) -> None:
    assert tags.signed(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("10", "10"), ("10.00000000", "10"), ("0.25", "0.25"), ("1200000", "1,200,000"), ("-3", MINUS + "3"), (None, "—")],
)
def test_quantity_has_no_needless_zeros(value: str | None, shown: str) -> None:
    assert tags.quantity(value) == shown


@pytest.mark.parametrize(
    ("value", "increment", "shown"),
    [
        ("187.2", "0.01", "187.20"),
        ("95000.123", "0.01", "95,000.12"),
        ("0.00001234", "0.00000001", "0.00001234"),
        ("187.2", None, "187.20"),
        ("0.1234", None, "0.1234"),
        ("0.00001234", None, "0.00001234"),
        ("3", "1", "3.00"),
        (None, "0.01", "—"),
    ],
)
def test_price_has_the_decimals_of_its_increment(value: str | None, increment: str | None, shown: str) -> None:
    assert tags.price(value, increment) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("1.254", "+1.25%"), ("-5.3", MINUS + "5.30%"), ("0", "0.00%"), (None, "—")]
)
def test_change_says_which_way(value: str | None, shown: str) -> None:
    assert tags.change(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("17730000", "17.73M"), ("19500", "19.50K"), ("999", "999"), ("2.5e9", "2.50B"), (None, "—")]
)
def test_compact(value: str | None, shown: str) -> None:
    assert tags.compact(value) == shown


@pytest.mark.parametrize(
    ("value", "name", "sign"), [("1", "up", "▲"), ("-1", "down", "▼"), ("0", "flat", ""), (None, "flat", "")]
)
def test_colour_never_stands_alone(value: str | None, name: str, sign: str) -> None:
    assert (tags.direction(value), tags.arrow(value)) == (name, sign)


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=42), "42 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=3), "17 Nov 2026"),
    ],
)
def test_age(ago: timedelta, shown: str) -> None:
    assert tags.age(NOW - ago, NOW) == shown


def test_moment_is_a_time_that_a_script_can_rewrite() -> None:
    expected = '<time datetime="2026-11-20T15:00:00+00:00" data-time>2026-11-20 15:00:00 UTC</time>'
    assert tags.moment(NOW) == expected


def test_what_is_written_into_a_badge_is_escaped() -> None:
    assert "<script>" not in tags.badge("<script>alert(1)</script>")


def test_an_icon_is_silent_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in tags.icon("check")
    assert 'role="img" aria-label="Passed:"' in tags.icon("check", "Passed:")


def test_with_query_changes_one_key_and_drops_an_empty_one() -> None:
    request = RequestFactory().get("/markets/?kind=crypto&page=3")
    context = Context({"request": request})
    assert Template("{% with_query page='' sort='-last' %}").render(context) == "?kind=crypto&amp;sort=-last"
