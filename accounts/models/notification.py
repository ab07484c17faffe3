"""What people are told: the notices, how each is sent, and what each person chose."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.user import User


class Urgency(models.TextChoices):
    """How soon a person should know."""

    INFO = "info", "For information"
    WARNING = "warning", "Worth a look"
    CRITICAL = "critical", "Needs you now"


class ChannelName(models.TextChoices):
    """A way to reach a person."""

    INSIDE = "inside", "Inbox"
    EMAIL = "email", "E-mail"
    TELEGRAM = "telegram", "Telegram"
    PUSH = "push", "Browser"


class DeliveryStatus(models.TextChoices):
    """Where one message on one channel stands."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    REFUSED = "refused", "Refused"
    GIVEN_UP = "given_up", "Given up"
    UNKNOWN = "unknown", "Answer lost"


class Notification(models.Model):
    """One thing that one person is told, once: the same key never makes a second row of theirs."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    urgency = models.CharField(max_length=8, choices=Urgency)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=1000, blank=True)
    link = models.CharField(max_length=200, blank=True, help_text="A path of this site.")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "notice"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notification_once"),
            models.CheckConstraint(name="notification_urgency_known", condition=models.Q(urgency__in=Urgency.values)),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_of_person"),
            models.Index(fields=["user"], name="notification_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class Destination(models.Model):
    """Where a channel reaches a person beside their e-mail address: a chat, or a browser that is subscribed."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="destinations")
    channel = models.CharField(max_length=8, choices=ChannelName)
    label = models.CharField(max_length=80)
    sealed = models.TextField(help_text="The address, sealed: whoever knows it could write to the person.")
    digest = models.CharField(max_length=64, help_text="Of the address, to find it again.")
    created_at = models.DateTimeField()
    dead_at = models.DateTimeField(null=True, blank=True, help_text="When it said that it takes nothing any more.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "digest"], name="destination_once")]
        indexes = [models.Index(fields=["user", "channel"], name="destination_of_person")]

    def __str__(self) -> str:
        return self.label


class Delivery(models.Model):
    """One notice on one channel, to be sent at most once: written with the notice, sent after its commit."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=ChannelName)
    destination = models.ForeignKey(Destination, on_delete=models.SET_NULL, null=True, blank=True)
    status = models.CharField(max_length=8, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not before; while it is being sent, when that attempt counts as lost.")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(name="delivery_status_known", condition=models.Q(status__in=DeliveryStatus.values)),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=models.Q(status__in=["waiting", "sending"])),
        ]


class NotificationPreference(models.Model):
    """What a person chose; who has no row has the defaults."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="notification_preference")
    channels = models.JSONField(default=dict, help_text="For each urgency the channels beside the inbox.")
    muted = models.JSONField(default=list, help_text="Kinds that stay in the inbox unless they are critical.")
    time_zone = models.CharField(max_length=60)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)


class LinkCode(models.Model):
    """The one code with which a person may link a chat just now; only its digest is kept."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="link_code")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
