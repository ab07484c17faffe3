"""REST: who am I, and keys for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.views.decorators.cache import never_cache
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, limits, tokens
from accounts.adapters import note_failure
from accounts.api.authentication import signed_in
from accounts.api.permissions import BySession
from accounts.api.serializers import (
    CredentialsSerializer,
    IssuedSerializer,
    NewTokenSerializer,
    PersonSerializer,
    TokenRequestSerializer,
    TokenSerializer,
)
from accounts.errors import InvalidCredentials
from accounts.models import ApiToken, User
from accounts.services import has_confirmed_address, subject_of
from arbion.lib.openapi import described


class SignInView(APIView):
    """`POST auth/token/`: a token for e-mail address and password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @described(request=CredentialsSerializer, responses=IssuedSerializer, operation_id="auth_token", auth=[])
    def post(self, request: Request) -> Response:
        """Count the attempt, check the pair, make a token."""
        form = CredentialsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        pair = form.validated_data
        limits.check_sign_in(request._request, pair["email"])  # noqa: SLF001  DRF's only name for the request it wraps
        user = authenticate(request._request, email=pair["email"].strip(), password=pair["password"])  # noqa: SLF001
        if not isinstance(user, User) or not has_confirmed_address(user):
            note_failure(email=pair["email"], door="api")
            raise InvalidCredentials
        token, key = tokens.issue_at_sign_in(user=user, scope=pair["scope"])
        audit.record(actor=user, action="account.signed_in", subject=subject_of(user), data={"door": "api"})
        return Response({"token": key, "scope": token.scope, "expires_at": token.expires_at})


class MeView(APIView):
    """`GET me/`: the person behind the token or session."""

    @described(responses=PersonSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        """Who is asking."""
        return Response(PersonSerializer(signed_in(request)).data)


class TokensView(generics.ListAPIView[ApiToken]):
    """`tokens/`: one's own, newest first. By web session only: a leaked key must not be able to make or keep others."""

    permission_classes = (BySession,)
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> tokens.TokenRows:
        """The person's own."""
        return tokens.tokens_of(signed_in(self.request))

    @described(responses=TokenSerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of them."""
        return super().get(request, *args, **kwargs)

    @described(request=TokenRequestSerializer, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """Make one; the answer is the only time its key is shown."""
        form = TokenRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        person = signed_in(request)
        token, key = tokens.issue(user=person, actor=person, **form.validated_data)
        return Response({**TokenSerializer(token).data, "token": key}, status=201)


class TokenView(APIView):
    """`tokens/{id}/`: one of one's own."""

    permission_classes = (BySession,)

    @described(responses=TokenSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """What may be shown of it."""
        return Response(TokenSerializer(tokens.get_token(signed_in(request), public_id)).data)

    @described(responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Revoke it; a second time is no error."""
        person = signed_in(request)
        tokens.revoke(tokens.get_token(person, public_id), actor=person)
        return Response(status=204)


sign_in = never_cache(SignInView.as_view())
me = MeView.as_view()
token_list = TokensView.as_view()
token_detail = TokenView.as_view()
