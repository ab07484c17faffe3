"""Periodic work on people's things, named by the roof's schedule."""

from __future__ import annotations

from celery import shared_task

from accounts import viewing
from accounts.llm import records
from accounts.notifications import linking, outbox


@shared_task(name="accounts.tasks.end_viewings", ignore_result=True)
def end_viewings() -> int:
    """End the looks whose time is up."""
    return viewing.end_overdue()


@shared_task(name="accounts.tasks.send_notices", ignore_result=True)
def send_notices() -> int:
    """Send the notices that are due."""
    return outbox.send_due()


@shared_task(name="accounts.tasks.link_chats", ignore_result=True)
def link_chats() -> int:
    """Link the chats whose people have sent the bot their code."""
    return linking.listen()


@shared_task(name="accounts.tasks.prune_notices", ignore_result=True)
def prune_notices() -> int:
    """Delete notices that are past keeping."""
    return outbox.prune()


@shared_task(name="accounts.tasks.prune_model_calls", ignore_result=True)
def prune_model_calls() -> int:
    """Delete calls of language models that are past keeping."""
    return records.prune()
