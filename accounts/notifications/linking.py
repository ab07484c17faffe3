"""Linking a Telegram chat: the person sends the bot the one-time code that their profile page shows."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from accounts.notifications import places
from accounts.notifications.channels.telegram import Said, Telegram
from accounts.notifications.port import ChannelFault, Message
from arbion.lib.clock import SYSTEM, Clock

logger = logging.getLogger(__name__)

ROUNDS_MAX = 10


def listen(*, bot: Telegram | None = None, clock: Clock = SYSTEM) -> int:
    """Hear what was written to the bot, while somebody holds a code; answers how many chats were linked.

    Asking for what comes after an update is what tells Telegram that it was heard, so nothing has to be remembered
    here: after a crash the same words are heard again, and a code that was used is worth nothing.
    """
    bot = bot or Telegram()
    if not bot.is_ready() or not places.awaits_chat(at=clock.now()):
        return 0
    linked, heard_up_to = 0, 0
    try:
        for _ in range(ROUNDS_MAX):
            heard = bot.heard(after=heard_up_to)
            if not heard:
                break
            linked += sum(_take(said, bot, at=clock.now()) for said in heard)
            heard_up_to = max(said.number for said in heard)
    except ChannelFault as fault:
        logger.warning("the bot was not heard: %s", fault)
    return linked


def _take(said: Said, bot: Telegram, *, at: datetime) -> bool:
    """Link the chat if it said a code that is good, and answer in the chat either way."""
    command, _, code = said.text.strip().partition(" ")
    if not said.chat or command != "/start" or not code:
        return False
    try:
        person = places.redeem(code.strip(), chat=said.chat, label=said.name, at=at)
        words = "This chat now gets your notices." if person else "This code is no longer good. Ask for a new one."
    except places.TooManyPlaces as refusal:
        person, words = None, refusal.detail
    with suppress(ChannelFault):  # the profile page shows it too
        bot.send(_answer(said, words, at))
    return person is not None


def _answer(said: Said, words: str, at: datetime) -> Message:
    return Message(
        user_id=0, notification_id="", address=said.chat, title="Arbion", body=words, urgency="info", kind="account",
        link="", at=at,
    )  # fmt: skip
