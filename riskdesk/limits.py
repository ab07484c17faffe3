"""Which limits hold: of the house, the person, the account and a strategy the tightest wins; and how they are set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from accounts.passwords import prove_password
from accounts.roles import Ability, can
from arbion.domain.errors import InvalidInput, NotFound
from arbion.domain.numbers import plain
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from riskdesk import telling
from riskdesk.models.limit import STRATEGY_LENGTH_MAX, LimitName, RiskLimit
from riskdesk.terms import OFF, TERMS, Bound, Off

# For everybody who has set nothing else.
DEFAULTS: dict[str, Bound] = {name: terms.default for name, terms in TERMS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits in force, each in the unit of its name; OFF limits nothing, None is missing and denies."""

    order_value_usd: Bound
    order_units: Bound
    position_value_usd: Bound
    instrument_percent: Bound
    sector_percent: Bound
    equity_percent: Bound
    option_percent: Bound
    crypto_percent: Bound
    leverage: Bound
    daily_loss_usd: Bound
    drawdown_percent: Bound
    trades_per_day: Bound
    orders_per_minute: Bound
    duplicate_seconds: Bound
    losing_streak: Bound
    cool_down_minutes: Bound
    price_band_percent: Bound
    entry_needs_stop: Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom a limit is: the house (nobody named), a person, or an account; there all, or one strategy alone."""

    user: User | None = None
    account: BrokerAccount | None = None
    strategy: str = ""

    def __post_init__(self) -> None:
        if self.user is not None and self.account is not None:
            raise InvalidInput.of("account", "one_scope", "A limit is of a person or of an account, not of both.")
        if len(self.strategy) > STRATEGY_LENGTH_MAX:
            raise InvalidInput.of("strategy", "length", f"A key has at most {STRATEGY_LENGTH_MAX} characters.")
        if self.strategy and self.is_house:
            raise InvalidInput.of("strategy", "not_allowed", "A strategy's limit is of a person or of an account.")

    @property
    def is_house(self) -> bool:
        """Whether it is everybody's."""
        return self.user is None and self.account is None

    @property
    def word(self) -> str:
        """`house`, `person`, `account` or `strategy`."""
        if self.strategy:
            return "strategy"
        return "house" if self.is_house else "person" if self.user is not None else "account"

    def rows(self) -> QuerySet[RiskLimit]:
        """The rows of exactly this scope."""
        return RiskLimit.objects.filter(user=self.user, account=self.account, strategy=self.strategy)

    def rows_in_force(self) -> QuerySet[RiskLimit]:
        """Every row that binds what happens in this scope: its own, and those of what it is a part of."""
        within = Q(user=None, account=None)
        if self.account is not None:
            within |= Q(account=self.account) | Q(user_id=self.account.user_id)
        elif self.user is not None:
            within |= Q(user=self.user)
        return RiskLimit.objects.filter(within, strategy__in={"", self.strategy})

    def subject(self, name: str) -> str:
        """How the audit log names a limit here."""
        whose = "the house"
        if self.account is not None:
            whose = f"account {self.account.pk}"
        elif self.user is not None:
            whose = f"person {self.user.pk}"
        return f"{name} of {whose}" + (f", strategy {self.strategy}" if self.strategy else "")


def effective_limits(account: BrokerAccount, strategy: str = "") -> Limits:
    """The limits in force for the account, or for one strategy that trades in it."""
    rows = Scope(account=account, strategy=strategy).rows_in_force().values_list("name", "value")
    own: dict[LimitName, list[Bound]] = {}
    for name, value in rows:
        own.setdefault(LimitName(name), []).append(value)
    return Limits(**{name.value: _in_force(name, own.get(name, [])) for name in LimitName})


def set_limit(
    *, scope: Scope, name: str, value: Decimal, actor: User, password: str | None = None, clock: Clock = SYSTEM
) -> RiskLimit:
    """Set one limit of a scope, and write it into the audit log with what it was before.

    What allows more than before needs the actor's password; what allows less never does. Nobody may allow more than
    the house has set. Raises NotFound for a scope that is not the actor's, and InvalidInput on `name`, `value`,
    `password`; nothing is changed then.
    """
    known = _name(name)
    _check_reach(actor, scope)
    wanted = TERMS[known].check(value)
    _check_house(known, wanted, scope)
    is_proven = loosens(scope=scope, name=known, value=wanted)
    if is_proven:
        prove_password(actor, password)
    with transaction.atomic():
        row = scope.rows().filter(name=known).first()
        before = None if row is None else row.value
        if not is_proven and loosens(scope=scope, name=known, value=wanted):
            raise InvalidInput.of("password", "password_required", "Somebody has just changed this limit: try again.")
        row, _ = RiskLimit.objects.update_or_create(
            name=known, user=scope.user, account=scope.account, strategy=scope.strategy, defaults={"value": wanted}
        )
        data = {"value": plain(wanted), "before": None if before is None else plain(before), "loosens": is_proven}
        audit.record(actor=actor, action="risk.limit_set", subject=scope.subject(known), data=data, clock=clock)
        if is_proven:
            _tell(scope, known, wanted, actor=actor, clock=clock)
    return row


def remove_limit(*, scope: Scope, name: str, actor: User, password: str | None = None, clock: Clock = SYSTEM) -> None:
    """Take one limit of a scope away, so that the next wider scope's holds; written into the audit log.

    Needs the actor's password where more is allowed afterwards. Raises NotFound where there is no such limit or scope.
    """
    known = _name(name)
    _check_reach(actor, scope)
    is_proven = loosens(scope=scope, name=known, value=None)
    if is_proven:
        prove_password(actor, password)
    with transaction.atomic():
        row = scope.rows().filter(name=known).first()
        if row is None:
            raise NotFound("There is no such limit.")
        if not is_proven and loosens(scope=scope, name=known, value=None):
            raise InvalidInput.of("password", "password_required", "Somebody has just changed this limit: try again.")
        row.delete()
        data = {"value": None, "before": plain(row.value), "loosens": is_proven}
        audit.record(actor=actor, action="risk.limit_removed", subject=scope.subject(known), data=data, clock=clock)
        if is_proven:
            _tell(scope, known, None, actor=actor, clock=clock)


def _tell(scope: Scope, name: LimitName, value: Decimal | None, *, actor: User, clock: Clock) -> None:
    owner = scope.account.user if scope.account is not None else scope.user
    telling.loosened(name, owner=owner, subject=scope.subject(name), value=value, actor=actor, at=clock.now())


def loosens(*, scope: Scope, name: str, value: Decimal | None) -> bool:
    """Whether the scope would be allowed more than now with this value; None takes the scope's own limit away."""
    known = LimitName(name)
    rows = list(scope.rows_in_force().filter(name=known))
    own = next((row for row in rows if _is_of(row, scope)), None)
    if value is None:
        if own is None:
            return False
        after = _in_force(known, [row.value for row in rows if row is not own])
        return TERMS[known].is_looser(after, own.value)
    before = own.value if own is not None else _in_force(known, [row.value for row in rows])
    return TERMS[known].is_looser(value, before)


def _in_force(name: LimitName, values: Iterable[Bound]) -> Bound:
    """The tightest of what was set, or the default where nothing was."""
    found = list(values)
    return TERMS[name].tightest(found) if found else TERMS[name].default


def _is_of(row: RiskLimit, scope: Scope) -> bool:
    user = None if scope.user is None else scope.user.pk
    account = None if scope.account is None else scope.account.pk
    return (row.user_id, row.account_id, row.strategy) == (user, account, scope.strategy)


def _name(name: str) -> LimitName:
    try:
        return LimitName(name)
    except ValueError:
        raise InvalidInput.of("name", "unknown_limit", "There is no limit of this name.") from None


def _check_reach(actor: User, scope: Scope) -> None:
    """Raise NotFound unless the scope is the actor's own, or the actor oversees everybody."""
    if can(actor, Ability.OVERSEE):
        return
    owner = scope.account.user_id if scope.account is not None else scope.user.pk if scope.user is not None else None
    if owner != actor.pk or not actor.is_active:
        raise NotFound("There is no such limit.")


def _check_house(name: LimitName, value: Decimal, scope: Scope) -> None:
    if scope.is_house:
        return
    house = Scope().rows().filter(name=name).values_list("value", flat=True).first()
    if house is not None and TERMS[name].is_looser(value, house):
        word = "least" if TERMS[name].is_least else "most"
        raise InvalidInput.of("value", "beyond_house", f"The house allows {plain(house)} at {word}.")


__all__ = [
    "DEFAULTS", "OFF", "Bound", "LimitName", "Limits", "Off", "Scope", "effective_limits", "loosens", "remove_limit",
    "set_limit",
]  # fmt: skip
