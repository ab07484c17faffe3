"""What can go wrong with a language model: for each a stable code, a sentence on what to do, and whether to repeat."""

from __future__ import annotations

from typing import ClassVar

from arbion.domain.errors import ArbionError


class ModelFault(ArbionError):
    """The language model did not answer."""

    code = "model_fault"
    http_status = 503
    title = "The language model did not answer"
    what_to_do: ClassVar[str] = "Try again; plain instructions work without it."
    is_worth_repeating: ClassVar[bool] = False

    # What is known of the exchange that ended so; set where it is raised or passes through.
    attempts: int = 0
    request_id: str = ""
    is_final: bool = False  # the provider itself says that asking again is of no use

    def __init__(self, message: str = "", **extra: object) -> None:
        super().__init__(message)
        self.extra = {"what_to_do": self.what_to_do, **extra}

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the provider wants to be asked again; None where it says none."""
        found = self.extra.get("retry_after")
        return float(found) if isinstance(found, int | float) else None


class NoKey(ModelFault):
    """There is no key for a language model."""

    code = "model_key_missing"
    title = "No key"
    what_to_do = "Add an OpenAI key under Language model in your profile, or go on without one."


class SwitchedOff(ModelFault):
    """The operator has switched this model off."""

    code = "model_switched_off"
    title = "Switched off"
    what_to_do = "Go on without it; plain instructions work."


class WrongKey(ModelFault):
    """The provider does not accept the key."""

    code = "model_key_refused"
    title = "The key is refused"
    what_to_do = "Check the key with its provider and save it again."


class NotAllowed(ModelFault):
    """The key may not use this model."""

    code = "model_not_allowed"
    title = "The key may not use this model"
    what_to_do = "Choose another model, or give the key's project access to this one."


class NoQuota(ModelFault):
    """The account with the provider has no credit left."""

    code = "model_quota_used"
    title = "No credit left"
    what_to_do = "Add credit at the provider. Until then Arbion reads your words itself."


class TooManyRequests(ModelFault):
    """The provider asks us to slow down."""

    code = "model_rate_limited"
    title = "Too many requests"
    what_to_do = "Wait a moment; it is asked again by itself."
    is_worth_repeating = True


class ModelMissing(ModelFault):
    """The provider does not have this model."""

    code = "model_missing"
    title = "No such model"
    what_to_do = "Choose a model that the provider lists."


class TooLong(ModelFault):
    """The conversation is longer than the model can read."""

    code = "model_context_full"
    title = "Too long"
    what_to_do = "Begin a new conversation."


class NotUnderstood(ModelFault):
    """The provider does not understand what is asked of it."""

    code = "model_request_refused"
    title = "The request is refused"
    what_to_do = "Check the model's settings; the setup check names what does not fit."


class Unreachable(ModelFault):
    """The provider cannot be reached."""

    code = "model_unreachable"
    title = "Cannot be reached"
    what_to_do = "Try again in a moment. If it stays so, the operator checks the network and the provider's address."
    is_worth_repeating = True


class TooSlow(ModelFault):
    """The provider took too long."""

    code = "model_timeout"
    title = "Too slow"
    what_to_do = "Try again in a moment."
    is_worth_repeating = True


class ProviderBroken(ModelFault):
    """The provider has a fault of its own."""

    code = "model_provider_fault"
    title = "The provider has a fault"
    what_to_do = "Try again in a moment."
    is_worth_repeating = True


class CutOff(ModelFault):
    """The answer broke off before its end, so nothing of it counts."""

    code = "model_answer_cut"
    title = "The answer broke off"
    what_to_do = "Ask again."
    is_worth_repeating = True


class Malformed(ModelFault):
    """The answer is not what was asked for."""

    code = "model_answer_malformed"
    title = "The answer cannot be read"
    what_to_do = "Ask again, or in other words."


class OverBudget(ModelFault):
    """The budget for the language model is used up."""

    code = "model_budget_used"
    http_status = 429
    title = "The budget is used up"
    what_to_do = "It is renewed at midnight UTC; plain instructions work without it."


class Resting(ModelFault):
    """The provider has failed several times in a row and is left alone for a moment."""

    code = "model_resting"
    title = "Left alone for a moment"
    what_to_do = "It is tried again by itself within a minute."


class Stopped(ModelFault):
    """The answer was stopped."""

    code = "model_stopped"
    http_status = 409
    title = "Stopped"
    what_to_do = "Nothing of it counts; ask again whenever you like."
