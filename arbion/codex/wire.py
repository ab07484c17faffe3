"""The task of the code assistant as REST and the command line tell it, and the body that asks for one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from arbion.codex.asking import INSTRUCTION_MAX
from arbion.codex.models import CodexTask
from arbion.codex.names import PATH_MAX
from arbion.lib.api import DecimalText
from trading.api.fields import KnownFieldsOnly, StrictBoolean, StrictText

PATHS_MAX = 100


class TaskBody(KnownFieldsOnly):
    """What to do, about which files of the workspace, and whether new files may be made."""

    instruction = StrictText(max_length=INSTRUCTION_MAX)
    files = serializers.ListField(
        child=StrictText(max_length=PATH_MAX, trim_whitespace=False), max_length=PATHS_MAX, allow_empty=True
    )
    may_create = StrictBoolean(required=False)


class NoBody(KnownFieldsOnly):
    """A request that says nothing but its address."""


class ChosenSerializer(serializers.Serializer[Any]):
    """A chosen file as it was when it was asked about."""

    path = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    is_masked = serializers.BooleanField(read_only=True, help_text="Secrets in it were masked; it may not be changed.")


class TaskSerializer(serializers.ModelSerializer[CodexTask]):
    """One task. `diff` is empty until it is answered, and where nothing should change."""

    asked_by = serializers.EmailField(source="person.email", read_only=True)
    decided_by = serializers.EmailField(source="decided_by.email", read_only=True, allow_null=True, default=None)
    files = ChosenSerializer(many=True, read_only=True)
    steps = serializers.ListField(child=serializers.CharField(), read_only=True)
    problem = serializers.SerializerMethodField()
    price = DecimalText(read_only=True, allow_null=True)
    thread = serializers.CharField(read_only=True, help_text="For `manage.py replay_conversation`.")

    class Meta:
        model = CodexTask
        fields = [
            "id", "status", "instruction", "files", "may_create", "analysis", "diff", "steps", "problem", "model",
            "tokens", "price", "thread", "asked_by", "asked_at", "answered_at", "decided_by", "decided_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_problem(self, task: CodexTask) -> dict[str, str] | None:
        """Why it failed; null where it did not."""
        return {"code": task.code, "detail": task.words} if task.code else None


class TaskLineSerializer(TaskSerializer):
    """A task in a list: without its long texts."""

    steps = None  # type: ignore[assignment]  # how the framework takes a declared field away

    class Meta(TaskSerializer.Meta):
        fields = [name for name in TaskSerializer.Meta.fields if name not in {"analysis", "diff", "steps"}]
        read_only_fields = fields
