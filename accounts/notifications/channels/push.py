"""Messages to browsers that have subscribed, through the push service of each browser's maker."""

from __future__ import annotations

import hashlib
import json

from accounts.models import ChannelName
from accounts.notifications.port import Channel, Lost, Message, Refused, Unavailable
from accounts.notifications.webpush import encoding, sealing, vapid
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.transport import DOOR, AddressRefused, Answer, AnswerLost, Door, NotSent

KEPT_SECONDS = 43_200
URGENCY = {"info": "low", "warning": "normal", "critical": "high"}
BODY_BYTES_MAX = 2_400


class Push(Channel):
    """One sealed message. The address is the subscription: endpoint and keys, as JSON."""

    name = ChannelName.PUSH

    def __init__(self, door: Door = DOOR, clock: Clock = SYSTEM) -> None:
        self.door, self.clock = door, clock

    def is_ready(self) -> bool:
        """Whether this installation has a key to sign with."""
        return vapid.is_ready()

    def send(self, message: Message) -> None:
        """Hand one message to the push service."""
        try:
            address = json.loads(message.address)
            endpoint = address["endpoint"]
            receiver = sealing.Receiver.read(p256dh=address["p256dh"], auth=address["auth"])
        except (ValueError, KeyError, TypeError):
            raise Refused("the subscription cannot be read", is_dead=True) from None
        headers = {
            "Authorization": vapid.authorization(endpoint, at=self.clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS),
            "Urgency": URGENCY.get(message.urgency, "normal"),
            # A service that still holds a message of this topic replaces it.
            "Topic": encoding.write(hashlib.sha256(message.notification_id.encode()).digest())[:32],
        }
        try:
            answer = self.door.call("POST", endpoint, headers=headers, data=sealing.seal(words_of(message), receiver))
        except AddressRefused:
            raise Refused("the subscription's address is not one that is called", is_dead=True) from None
        except NotSent as error:
            raise Unavailable(f"the push service cannot be reached: {error}") from None
        except AnswerLost as error:
            raise Lost(f"the push service: {error}") from None
        _judge(answer)


def words_of(message: Message) -> bytes:
    """What the browser shows: JSON, short enough for one record whatever its letters."""
    body = message.body.encode()[:BODY_BYTES_MAX].decode(errors="ignore")
    facts = {"id": message.notification_id, "title": message.title, "body": body, "link": message.link}
    return json.dumps(facts, ensure_ascii=False).encode()


def _judge(answer: Answer) -> None:
    """RFC 8030: 201 is taken; 404 and 410 say that the subscription is no more."""
    if answer.status in {200, 201, 202, 204}:
        return
    if answer.status in {404, 410}:
        raise Refused("the browser is no longer subscribed", is_dead=True)
    if answer.status == 429 or (answer.status == 503 and answer.retry_after):
        raise Unavailable(f"the push service answers {answer.status}", retry_after=answer.retry_after)
    if 400 <= answer.status < 500:
        raise Refused(f"the push service answers {answer.status}")
    raise Lost(f"the push service answers {answer.status}")
