"""REST: one's own key for the language model, which is taken and never shown, and how the model stands."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import BySession, IsSignedIn
from accounts.llm import keys, selectors
from accounts.models import User
from arbion.lib.openapi import described


class CredentialSerializer(serializers.Serializer[Any]):
    """What may be told of a key."""

    is_saved = serializers.BooleanField(read_only=True)
    last_four = serializers.CharField(read_only=True, allow_blank=True)
    saved_at = serializers.DateTimeField(read_only=True, allow_null=True)
    provider = serializers.CharField(read_only=True)


class NewCredentialSerializer(serializers.Serializer[Any]):
    """A key to keep."""

    key = serializers.CharField(max_length=keys.LENGTH_MAX, write_only=True)


class TroubleSerializer(serializers.Serializer[Any]):
    """What went wrong last."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    detail = serializers.CharField(read_only=True, source="words")
    what_to_do = serializers.CharField(read_only=True)
    time = serializers.DateTimeField(read_only=True, source="at")


class RoleModelSerializer(serializers.Serializer[Any]):
    """The model of one role."""

    role = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    is_on = serializers.BooleanField(read_only=True)
    warning = serializers.CharField(read_only=True, allow_blank=True)


class StandingSerializer(serializers.Serializer[Any]):
    """How the language model stands for the person."""

    state = serializers.ChoiceField(choices=["none", "own", "house"], read_only=True)
    provider = serializers.CharField(read_only=True)
    tokens_today = serializers.IntegerField(read_only=True)
    tokens_max = serializers.IntegerField(read_only=True, allow_null=True)
    calls_today = serializers.IntegerField(read_only=True)
    trouble = TroubleSerializer(read_only=True, allow_null=True)
    breaker = serializers.ChoiceField(
        choices=["closed", "resting", "waiting", "trial"], read_only=True, allow_null=True,
        help_text="`closed`: asked as usual. Null where nobody is asked.",
    )  # fmt: skip
    breaker_until = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Until then it is left alone.")
    models = RoleModelSerializer(many=True, read_only=True)


class CredentialView(APIView):
    """`credentials/openai/`: programs may look; only the person at the web site saves and forgets."""

    def get_permissions(self) -> list[BasePermission]:
        """A leaked token must not be able to put another key in the place of the person's."""
        return [IsSignedIn()] if self.request.method in SAFE_METHODS else [BySession()]

    @described(responses=CredentialSerializer, operation_id="credentials_openai")
    def get(self, request: Request) -> Response:
        """Whether there is one, and how it ends."""
        return Response(_credential(signed_in(request)))

    @described(request=NewCredentialSerializer, responses=CredentialSerializer, operation_id="credentials_openai_save")
    def put(self, request: Request) -> Response:
        """Keep a key in the place of the one before."""
        form = NewCredentialSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        keys.save(user=signed_in(request), key=form.validated_data["key"])
        return Response(_credential(signed_in(request)))

    @described(responses={204: None}, operation_id="credentials_openai_forget")
    def delete(self, request: Request) -> Response:
        """Forget it; a second time is no error."""
        keys.forget(user=signed_in(request))
        return Response(status=204)


class LanguageModelView(APIView):
    """`me/language-model/`: which key is used, what of its share, which models, what went wrong last."""

    @described(responses=StandingSerializer, operation_id="me_language_model")
    def get(self, request: Request) -> Response:
        """How it stands."""
        standing = selectors.standing(signed_in(request))
        models = [
            {"role": model.role.value, "name": model.name, "is_on": model.is_on, "warning": warning}
            for model, warning in selectors.models()
        ]
        facts = {name: getattr(standing, name) for name in ("state", "provider", "tokens_today", "tokens_max")}
        facts |= {"calls_today": standing.calls_today, "trouble": standing.trouble, "models": models}
        facts |= {"breaker": standing.breaker or None, "breaker_until": standing.breaker_until}
        return Response(StandingSerializer(facts).data)


def _credential(user: User) -> dict[str, Any]:
    standing = selectors.standing(user)
    secret = standing.secret
    return {
        "is_saved": secret is not None,
        "last_four": secret.last_four if secret else "",
        "saved_at": secret.saved_at if secret else None,
        "provider": standing.provider,
    }


credential = CredentialView.as_view()
language_model = LanguageModelView.as_view()
