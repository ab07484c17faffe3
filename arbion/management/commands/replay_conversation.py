"""Prints a conversation with a language model from its records: nothing is asked of any provider, and nothing paid."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.llm.replay import NotAsRecorded, RecordedModel
from accounts.models import ModelCall
from arbion.lib.llm.faults import ModelFault
from arbion.lib.llm.port import Message, Speaker, Tool, ToolCall


class Command(BaseCommand):
    """`manage.py replay_conversation THREAD`."""

    help = "Run a recorded conversation with a language model again, at no cost, and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The thread."""
        parser.add_argument("thread", help="As the calls name it in the operators' room.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the recorded model what was asked then."""
        rows = list(ModelCall.objects.filter(thread=options["thread"]).order_by("pk"))
        if not rows:
            raise CommandError("No call is recorded under this thread.")
        model, said = RecordedModel(options["thread"]), 0
        for row in rows:
            messages = [_message(one) for one in row.messages]
            for message in messages[said:]:
                self._print(message)
            said = len(messages) + 1
            try:
                reply = model.ask(messages, tools=[Tool(**tool) for tool in row.tools])
            except ModelFault as fault:
                said -= 1
                self.stdout.write(f"  fault: {fault.code} ({fault.detail})")
            except NotAsRecorded as error:
                raise CommandError(str(error)) from error
            else:
                self._print(Message(speaker=Speaker.MODEL, text=reply.text, calls=reply.calls))
            self._about(row)
        model.finish()

    def _print(self, message: Message) -> None:
        if message.text:
            self.stdout.write(f"{message.speaker.value}: {message.text}")
        for call in message.calls:
            self.stdout.write(f"{message.speaker.value} calls {call.name} {call.arguments}")

    def _about(self, row: ModelCall) -> None:
        price = "price unknown" if row.price is None else f"{row.price:f} USD"
        tokens = f"{row.tokens_in} + {row.tokens_out} tokens"
        took = f"{row.latency_ms} ms, request {row.request_id or '-'}"
        self.stdout.write(f"  {row.model}, {row.verdict}, {tokens}, {price}, {took}")


def _message(said: dict[str, Any]) -> Message:
    return Message(
        speaker=Speaker(said["speaker"]),
        text=said["text"],
        calls=tuple(ToolCall(**call) for call in said["calls"]),
        call_id=said["call_id"],
    )
