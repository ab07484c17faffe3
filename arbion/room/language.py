"""How the providers of language models did in the last day, and what each role is served with."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.llm import budget, selectors
from arbion.lib.clock import SYSTEM
from arbion.room.frame import seen_with, show


@seen_with("accounts.view_modelcall")
@require_safe
def models_page(request: HttpRequest) -> HttpResponse:
    """Latency, errors, the breaker, the allowance, the budget and the models."""
    use = budget.used_by_house(SYSTEM.now())
    limit = f"{settings.MODEL_MONEY_A_DAY} USD" if settings.MODEL_MONEY_A_DAY else "no limit"
    return show(
        request,
        "language",
        "Language models",
        state=selectors.state_in_a_word(),
        breaker=selectors.house_breaker(),
        providers=selectors.health(),
        allowances=selectors.house_allowances(),
        models=selectors.models(),
        about=[
            ("Provider", settings.OPENAI_BASE_URL),
            ("House key", "is set" if settings.OPENAI_API_KEY else "none"),
            ("Tokens today, all people", f"{use.tokens:,} of {settings.MODEL_TOKENS_A_DAY_HOUSE:,}"),
            ("Tokens a day for one person", f"{settings.MODEL_TOKENS_A_DAY:,}"),
            ("Cost today, where prices are known", f"{use.money:.4f} USD of {limit}"),
        ],
    )
