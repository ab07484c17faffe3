"""The door to language models: whether this person has one, and the one that is asked."""

from __future__ import annotations

from typing import Protocol

from accounts.llm import provider
from accounts.models import User
from arbion.lib.clock import Clock
from arbion.lib.llm.port import ChatModel, Role

PURPOSE = "desk"


class ModelDoor(Protocol):
    """Whoever gives out models."""

    def __call__(self, user: User, role: Role, *, thread: str, clock: Clock) -> ChatModel:
        """A model that this person may ask in this role. Raises a ModelFault."""
        ...


def model_for(user: User, role: Role, *, thread: str, clock: Clock) -> ChatModel:
    """The model behind the person's own key or the house's. Raises a ModelFault."""
    return provider.chat_model(user, role, purpose=PURPOSE, thread=thread, clock=clock)


def is_there_for(user: User) -> bool:
    """Whether the person has a key, their own or the house's."""
    return provider.is_there_for(user)
