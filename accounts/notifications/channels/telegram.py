"""Telegram: a bot of the operator's writes to chats that people have linked."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import ChannelName
from accounts.notifications.port import Channel, Lost, Message, Refused, Unavailable
from arbion.lib.transport import DOOR, AddressRefused, Answer, AnswerLost, Door, NotSent

logger = logging.getLogger(__name__)

SERVER = "https://api.telegram.org"
TEXT_MAX = 4000
UPDATES_MAX = 100
# What Telegram says when a chat will never take a message of this bot again.
DEAD = ("chat not found", "bot was blocked", "user is deactivated", "bot was kicked", "group chat was upgraded")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote to the bot."""

    number: int
    chat: str
    name: str
    text: str


class Telegram(Channel):
    """Plain text, so that nothing in a notice is read as markup. The address is the chat's number."""

    name = ChannelName.TELEGRAM

    def __init__(self, door: Door = DOOR, server: str = SERVER) -> None:
        self.door, self.server = door, server

    def is_ready(self) -> bool:
        """Whether the operator has given the bot's token."""
        return bool(settings.TELEGRAM_BOT_TOKEN)

    def send(self, message: Message) -> None:
        """Write one message into the chat."""
        words = "\n\n".join(part for part in (message.title, message.body, message.link) if part)
        body = {"chat_id": message.address, "text": words[:TEXT_MAX], "link_preview_options": {"is_disabled": True}}
        self._ask("sendMessage", body)

    def heard(self, *, after: int = 0) -> list[Said]:
        """What was written to the bot since the update of this number; asking also lets go of what came before."""
        body = {"offset": after + 1, "limit": UPDATES_MAX, "timeout": 0, "allowed_updates": ["message"]}
        found = self._ask("getUpdates", body)
        return [said for said in map(_read, found if isinstance(found, list) else []) if said is not None]

    def _ask(self, verb: str, body: dict[str, Any]) -> Any:
        try:
            answer = self.door.call("POST", f"{self.server}/bot{settings.TELEGRAM_BOT_TOKEN}/{verb}", json=body)
        except (AddressRefused, NotSent) as error:
            raise Unavailable(f"Telegram cannot be reached: {error}") from None
        except AnswerLost as error:
            raise Lost(f"Telegram: {error}") from None
        return _result(answer)


def _result(answer: Answer) -> Any:
    """What an answer means. Only what Telegram itself says in its own form counts as an answer."""
    try:
        said = json.loads(answer.body)
        is_well, words = said["ok"] is True, str(said.get("description", ""))[:120]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Lost(f"Telegram answers {answer.status}, which cannot be read") from None
    if is_well and answer.status == 200:
        return said.get("result")
    if answer.status == 429:
        wait = said.get("parameters", {}).get("retry_after") if isinstance(said.get("parameters"), dict) else None
        raise Unavailable("Telegram asks to wait", retry_after=min(wait, 3600) if isinstance(wait, int) else 0)
    if answer.status in {401, 404, 409}:
        # The bot's token is wrong or used elsewhere: no fault of the person's chat.
        raise Unavailable(f"Telegram does not accept the bot ({answer.status})")
    if answer.status in {400, 403}:
        raise Refused(f"Telegram: {words}", is_dead=any(word in words.lower() for word in DEAD))
    raise Lost(f"Telegram answers {answer.status}")


def _read(update: Any) -> Said | None:
    try:
        message = update["message"]
        chat, sender = message["chat"], message.get("from") or {}
        if chat.get("type") != "private":  # what is one's own is told to nobody else
            return Said(int(update["update_id"]), "", "", "")
        name = str(sender.get("username") or sender.get("first_name") or "Telegram")[:60]
        return Said(int(update["update_id"]), str(int(chat["id"])), name, str(message.get("text", ""))[:200])
    except (KeyError, TypeError, ValueError, AttributeError):
        number = update.get("update_id") if isinstance(update, dict) else None
        return Said(number, "", "", "") if isinstance(number, int) else None
