"""The form of an assistant: how it is called, how it speaks, what it is to mind, what it may look at and spend."""

from __future__ import annotations

from django import forms

from trading.interpreter.model import schemas
from trading.models import Assistant, AssistantRole

TOOL_WORDS = {
    "execute_trade": "Propose orders",
    "manage_portfolio": "Propose cancels, changes and closes",
    "set_alerts": "Propose alerts",
    "analyze_market": "Analyse an instrument",
    "get_quotes": "Look up prices",
    "get_candles": "Read candles",
    "get_indicators": "Compute indicators",
    "get_option_chain": "Read option chains",
    "get_positions": "See positions",
    "get_orders": "See open orders",
    "get_portfolio": "See the portfolio",
    "get_risk": "See risk limits",
    "search_instruments": "Search instruments",
    "remember": "Remember lines",
}
FIELDS = ("name", "personality", "instructions", "tools", "role", "tokens_a_day_max")


class AssistantForm(forms.Form):
    """One assistant."""

    name = forms.CharField(label="Name", max_length=40, error_messages={"required": "Give it a name."})
    personality = forms.CharField(
        label="Manner", max_length=300, required=False, help_text="How it speaks, for example: short and dry."
    )
    instructions = forms.CharField(
        label="What to mind",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="It never trades on this: an order needs your words in the conversation, and your confirmation.",
    )
    role = forms.ChoiceField(label="Model", choices=AssistantRole.choices)
    tokens_a_day_max = forms.IntegerField(
        label="Tokens a day",
        min_value=1000,
        max_value=10_000_000,
        help_text="When they are used up it rests until midnight UTC.",
    )
    tools = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(name, TOOL_WORDS[name]) for name in schemas.NAMES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @classmethod
    def of(cls, assistant: Assistant | None) -> AssistantForm:
        """The form as the assistant stands, or as a new one begins."""
        if assistant is None:
            usual = {"role": AssistantRole.ANALYSIS, "tokens_a_day_max": 100_000, "tools": list(schemas.NAMES)}
            return cls(initial=usual)
        return cls(initial={name: getattr(assistant, name) for name in FIELDS})

    def put_into(self, assistant: Assistant) -> Assistant:
        """The assistant with what the form says; it is kept by whoever asked."""
        for name in FIELDS:
            setattr(assistant, name, self.cleaned_data[name])
        return assistant
