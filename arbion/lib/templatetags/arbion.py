"""How figures, times and states read on a page; static/js/format.js says the same in the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import template
from django.forms import CheckboxInput
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from arbion.lib.clock import SYSTEM

if TYPE_CHECKING:
    from django.forms import BoundField

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EM DASH}"
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
CENT = Decimal("0.01")

# The colour of a state; the word always stands beside it.
TONES = {
    "filled": "up", "open": "up", "buy": "up", "approved": "up", "passed": "up",
    "accepted": "accent", "submitted": "accent", "partially_filled": "accent", "initialized": "accent",
    "held": "warn", "unknown": "warn", "cancel": "warn", "paper": "accent", "live": "warn", "stale": "warn",
    "denied": "down", "rejected": "down", "sell": "down", "failed": "down",
}  # fmt: skip


# Where a status reads better in other words; static/js/format.js has the same.
STATUS_WORDS = {"accepted": "Working", "unknown": "Looking it up"}


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _grouped(value: Decimal, places: int) -> str:
    return f"{abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"


def _sign(value: Decimal, *, rounded: Decimal, explicit: bool) -> str:
    if rounded == 0:
        return ""
    if value < 0:
        return MINUS
    return "+" if explicit else ""


def _money(value: Any, currency: str, *, explicit: bool) -> str:
    number = _decimal(value)
    if number is None:
        return NOTHING
    rounded = number.quantize(CENT, ROUND_HALF_EVEN)
    unit = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{_sign(number, rounded=rounded, explicit=explicit)}{unit}{_grouped(number, 2)}"


def price_places(value: Decimal, increment: Decimal | None) -> int:
    """How many decimals a price is shown with: as many as its increment has, else by its size; never under two."""
    if increment is not None and increment > 0:
        exponent = increment.normalize().as_tuple().exponent
        return max(2, -exponent if isinstance(exponent, int) else 2)
    if abs(value) >= 1:
        return 2
    return 4 if abs(value) >= Decimal("0.01") else 8


@register.filter
def money(value: Any, currency: str = "USD") -> str:
    """An amount: `$1,234.50`."""
    return _money(value, currency or "USD", explicit=False)


@register.filter
def signed(value: Any, currency: str = "USD") -> str:
    """An amount with its sign: `+$12.00`."""
    return _money(value, currency or "USD", explicit=True)


@register.filter
def quantity(value: Any) -> str:
    """A size without needless zeros: `1,200`, `0.25`."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    text = f"{abs(number):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if number < 0 else ''}{text}"


@register.filter
def price(value: Any, increment: Any = None) -> str:
    """A price with the decimals of its increment: `187.20`."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    return f"{MINUS if number < 0 else ''}{_grouped(number, price_places(number, _decimal(increment)))}"


@register.filter
def compact(value: Any) -> str:
    """A large count in short: `1.25M`, `19.50K`."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if abs(number) >= size:
            return f"{MINUS if number < 0 else ''}{_grouped(number / size, 2)}{letter}"
    return quantity(number.quantize(CENT, ROUND_HALF_EVEN))


@register.filter
def percent(value: Any, places: int = 2) -> str:
    """A share: `12.50%`."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{_sign(number, rounded=rounded, explicit=False)}{_grouped(number, places)}%"


@register.filter
def change(value: Any, places: int = 2) -> str:
    """A movement with its sign: `+1.25%`."""
    number = _decimal(value)
    if number is None:
        return NOTHING
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{_sign(number, rounded=rounded, explicit=True)}{_grouped(number, places)}%"


@register.filter
def unsigned(value: Any) -> Decimal | None:
    """The figure without its sign, where a word says which way it goes."""
    number = _decimal(value)
    return None if number is None else abs(number)


@register.filter
def direction(value: Any) -> str:
    """The class of a figure's colour: `up`, `down` or `flat`."""
    number = _decimal(value)
    if number is None or number == 0:
        return "flat"
    return "up" if number > 0 else "down"


@register.filter
def arrow(value: Any) -> str:
    """The sign beside the colour: ▲, ▼ or nothing."""
    return {"up": "▲", "down": "▼", "flat": ""}[direction(value)]


@register.filter
def age(value: datetime | None, now: datetime | None = None) -> str:
    """How long ago: `just now`, `5 min ago`, `3 h ago`, else the date."""
    if value is None:
        return NOTHING
    moment = value.astimezone(UTC)
    seconds = int(((now or SYSTEM.now()) - moment).total_seconds())
    if seconds < 10:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600} h ago"
    return f"{moment.day} {moment:%b %Y}"


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A time in UTC to the second, which the browser rewrites to the reader's own zone."""
    if value is None:
        return NOTHING
    at = value.astimezone(UTC)
    return format_html('<time datetime="{}" data-time>{} UTC</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S}")


@register.filter
def iso(value: datetime | None) -> str:
    """A time for a script to read."""
    return "" if value is None else value.astimezone(UTC).isoformat()


@register.filter
def tone(value: Any) -> str:
    """The colour class of a state word: `badge-up` and the like."""
    name = TONES.get(str(value), "")
    return f"badge-{name}" if name else ""


@register.filter
def words(value: Any) -> str:
    """A code as words: `insufficient_buying_power` reads `Insufficient buying power`."""
    return str(value).replace("_", " ").strip().capitalize()


@register.filter
def status_word(value: Any) -> str:
    """An order's status in one or two words; the timeline has the whole sentence."""
    return STATUS_WORDS.get(str(value)) or words(value)


@register.simple_tag
def badge(value: Any, label: str = "") -> SafeString:
    """A state as a coloured word."""
    text = label or getattr(value, "label", "") or words(value)
    return format_html('<span class="badge {}" data-state="{}">{}</span>', tone(value), value, text)


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """A Feather icon; silent to a screen reader unless it has a label."""
    address = f"{static('dist/feather-sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" width="18" height="18" role="img" aria-label="{}"><use href="{}"></use></svg>',
            classes,
            label,
            address,
        )
    return format_html(
        '<svg class="icon {}" width="18" height="18" aria-hidden="true"><use href="{}"></use></svg>', classes, address
    )


@register.filter
def widget(field: BoundField, classes: str = "input") -> SafeString:
    """A form field's input in our clothes."""
    wanted = "check" if is_check(field) else classes
    own = str(field.field.widget.attrs.get("class", ""))
    return field.as_widget(attrs={"class": f"{wanted} {own}".strip()})


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a form field is a tick box, whose label stands beside it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag(takes_context=True)
def here(context: template.Context, section: str) -> SafeString | str:
    """`aria-current="page"` where the page belongs to the section of the frame."""
    return SafeString('aria-current="page"') if context.get("section") == section else ""


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's query string with some of it changed; an empty value takes its key away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in {None, ""}:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"
