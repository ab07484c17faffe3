"""Which model serves a role: what an operator chose in the admin, else what the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.conf import settings

from accounts.models import LanguageModel
from arbion.domain.numbers import EXACT, MONEY_UNIT
from arbion.lib.llm.endpoint import Api, Endpoint
from arbion.lib.llm.openai_model import Choice
from arbion.lib.llm.port import Role, Usage

MILLION = Decimal(1_000_000)
# Names that older texts advise: when the vendor switches or switched them off, and what it suggests instead.
LEGACY = {
    "gpt-3.5-turbo": ("2026-10-23", "gpt-6-luna"),
    "gpt-4": ("2026-10-23", "gpt-5.5"),
    "gpt-4-turbo": ("2026-10-23", "gpt-5.5"),
    "gpt-4.1": ("2027-01-14", "gpt-6-luna"),
    "gpt-4.1-mini": ("2027-01-14", "gpt-6-luna"),
    "gpt-4.1-nano": ("2026-10-23", "gpt-6-luna"),
    "gpt-4o": ("2027-01-14", "gpt-6-luna"),
    "gpt-4o-mini": ("2027-01-14", "gpt-6-luna"),
    "gpt-4o-mini-transcribe": ("2027-02-26", "gpt-transcribe"),
    "gpt-4o-transcribe": ("2027-02-26", "gpt-transcribe"),
    "gpt-5": ("2026-12-11", "gpt-5.5"),
    "gpt-5-mini": ("2026-12-11", "gpt-6-luna"),
    "gpt-5-nano": ("2026-12-11", "gpt-6-luna"),
    "gpt-5.1": ("2027-04-01", "gpt-5.5"),
    "codex-mini-latest": ("2026-02-12", "gpt-5.5"),
    "o1": ("2026-10-23", "gpt-5.5"),
    "o1-preview": ("2025-07-28", "gpt-5.5"),
    "o3": ("2026-12-11", "gpt-5.5"),
    "o3-mini": ("2026-10-23", "gpt-5.5"),
    "o4-mini": ("2026-10-23", "gpt-5.5"),
    "whisper-1": ("2027-02-26", "gpt-transcribe"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The model that serves a role, and what it costs for a million tokens where that is known."""

    role: Role
    name: str
    api: Api
    effort: str = ""
    price_in: Decimal | None = None
    price_out: Decimal | None = None
    is_on: bool = True

    @property
    def choice(self) -> Choice:
        """As the client wants to know it."""
        return Choice(name=self.name, api=self.api, effort=self.effort)

    @property
    def has_price(self) -> bool:
        """Whether a call of it can be priced."""
        return self.price_in is not None and self.price_out is not None

    def price(self, usage: Usage) -> Decimal | None:
        """What so many tokens cost, rounded up; None where the price is unknown."""
        if self.price_in is None or self.price_out is None:
            return None
        read = EXACT.multiply(Decimal(usage.input), self.price_in)
        written = EXACT.multiply(Decimal(usage.output), self.price_out)
        cost = EXACT.divide(EXACT.add(read, written), MILLION)
        return cost.quantize(MONEY_UNIT, ROUND_CEILING, EXACT)


def served(role: Role) -> Served:
    """The model of a role."""
    row = LanguageModel.objects.filter(role=role.value).first()
    if row is None:
        effort = "high" if role is Role.REASONING else ""
        return Served(role=role, name=settings.OPENAI_MODELS[role.value], api=Api(settings.OPENAI_API), effort=effort)
    return Served(
        role=role,
        name=row.name,
        api=Api(row.api),
        effort=row.effort,
        price_in=row.price_in,
        price_out=row.price_out,
        is_on=row.is_on,
    )


def warning_of(name: str) -> str:
    """What to tell whoever uses a model that the vendor switches off; nothing of others."""
    if name not in LEGACY:
        return ""
    day, instead = LEGACY[name]
    return f"Its vendor switches {name} off on {day}: take {instead}, or another that the provider lists."


def endpoint(key: str) -> Endpoint:
    """The operator's provider, asked with this key."""
    return Endpoint(api_key=key, base_url=settings.OPENAI_BASE_URL)
