"""People in the room: one person with all that is theirs, and what operators do to them, each asked for first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from accounts import password_links, services, viewing
from accounts.admin import PersonAdmin
from accounts.api.authentication import signed_in
from accounts.models import AuditEntry, User
from accounts.roles import ABILITIES, Ability
from accounts.services import subject_of
from arbion.domain.enums import OPEN, Role
from arbion.domain.errors import ArbionError, Conflict
from arbion.lib.clock import SYSTEM
from arbion.room.frame import show
from brokers.models import BrokerAccount
from trading import selectors
from trading.models import Order

ORDERS_SHOWN = 15
AUDIT_SHOWN = 15

# What each ability reads like.
ABILITY_WORDS = {
    Ability.TRADE: "trade on own accounts",
    Ability.OPERATE: "enter the operators' room",
    Ability.EDIT_MARKET: "edit instruments, hours and schedules; open and close the market",
    Ability.READ_AUDIT: "read the audit log",
    Ability.MANAGE_PEOPLE: "see people, switch ordinary ones off and on",
    Ability.VIEW_AS: "look as somebody of a lower role",
    Ability.MANAGE_ROLES: "give and take roles",
    Ability.OVERSEE: "halt everybody at once",
}


class NothingToSee(Conflict):
    """This person has not opened an account yet, so there is nothing that they see."""

    code = "nothing_to_see"


class WhyForm(forms.Form):
    """Why an operator looks as somebody."""

    reason = forms.CharField(max_length=viewing.REASON_MAX, label="Reason", help_text="Written into the audit log.")


class PersonRoom(PersonAdmin):
    """The list of people, and one person's page with their portfolio."""

    change_form_template = "admin/room/person.html"

    def get_urls(self) -> list[Any]:
        """Django's addresses, and one for each act."""
        acts: dict[str, Callable[..., HttpResponse]] = {
            "view-as": self.view_as,
            "password-link": self.password_link,
            "sign-out": self.sign_out,
            "deactivate": self.deactivate,
            "reactivate": self.reactivate,
        }
        mine = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(act), name=f"person_{name.replace('-', '_')}")
            for name, act in acts.items()
        ]
        return [*mine, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One person: who they are, what the role allows, accounts, orders, what was done to them."""
        person = self.get_object(request, object_id)
        facts: dict[str, Any] = {}
        if person is not None and self.has_view_permission(request, person):
            facts = {
                "title": person.email,
                "subtitle": None,
                **_portfolio(person),
                **_reach(signed_in(request), person),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **facts})

    # Acts ------------------------------------------------------------------------------------------------------------
    def view_as(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, then look at the product as this person."""
        actor, person = self._reached(request, pk)
        viewing.check(actor=actor, person=person)
        if not BrokerAccount.objects.filter(user=person, cursor__isnull=False).exists():
            raise NothingToSee
        form = WhyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                viewing.begin(request, actor=actor, person=person, reason=form.cleaned_data["reason"])
            except ArbionError as error:
                form.add_error("reason" if error.errors else None, error.detail)
            else:
                return redirect("/desk/")
        says = [
            "You see every page as they see it. Nothing can be changed, and their keys and sessions stay hidden.",
            "It ends when you stop it, and by itself after half an hour. Beginning and end are written down.",
        ]
        return self._ask(request, person, "Look as this person", "Look", says, form=form)

    def password_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a link to a new password; in embedded mode show it, this once."""
        actor, person = self._managed(request, pk)
        if request.method != "POST":
            says = [f"A link goes to {person.email}. The old password works until a new one is chosen."]
            return self._ask(request, person, "Send a link to a new password", "Send the link", says)
        link = password_links.send(request, user=person, actor=actor)
        if link:
            return self._ask(request, person, "A link to a new password", "", [], link=link)
        messages.success(request, f"A link was mailed to {person.email}.")
        return self._back(person)

    def sign_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End every session of the person."""
        actor, person = self._managed(request, pk)
        if request.method != "POST":
            says = ["Every browser they are signed in with is signed out. API tokens stay."]
            return self._ask(request, person, "Sign out everywhere", "Sign out", says)
        services.sign_out_everywhere(user=person, actor=actor)
        messages.success(request, f"{person.email} is signed out everywhere.")
        return self._back(person)

    def deactivate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch the person off."""
        actor, person = self._managed(request, pk)
        services.check_deactivation(user=person, actor=actor)
        working = Order.objects.filter(account__user=person, status__in=OPEN).count()
        stay = f"{working} open order{'' if working == 1 else 's'} stay{'s' if working == 1 else ''}"
        if request.method != "POST":
            says = [
                "Sessions and API tokens end now, and the password opens nothing.",
                f"{stay} at work until canceled: switching off cancels nothing.",
            ]
            return self._ask(request, person, "Switch this person off", "Switch off", says, is_danger=True)
        services.deactivate(user=person, actor=actor)
        messages.warning(request, f"{person.email} is switched off. {stay} at work until canceled.")
        return self._back(person)

    def reactivate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch the person on again."""
        actor, person = self._managed(request, pk)
        if request.method != "POST":
            says = ["They may sign in again with their password. Revoked tokens stay revoked."]
            return self._ask(request, person, "Switch this person on again", "Switch on", says)
        services.reactivate(user=person, actor=actor)
        messages.success(request, f"{person.email} may sign in again.")
        return self._back(person)

    # What they share -------------------------------------------------------------------------------------------------
    def _reached(self, request: HttpRequest, pk: int) -> tuple[User, User]:
        if not self.has_change_permission(request):
            raise PermissionDenied
        person = User.objects.filter(pk=pk).first()
        if person is None:
            raise Http404
        return signed_in(request), person

    def _managed(self, request: HttpRequest, pk: int) -> tuple[User, User]:
        actor, person = self._reached(request, pk)
        if not services.may_manage(actor, person):
            raise PermissionDenied
        return actor, person

    def _ask(
        self, request: HttpRequest, person: User, title: str, button: str, says: list[str], **facts: Any
    ) -> HttpResponse:
        return show(request, "person_ask", title, person=person, button=button, says=says, opts=self.opts, **facts)

    def _back(self, person: User) -> HttpResponse:
        return redirect("admin:accounts_user_change", person.pk)


def _portfolio(person: User) -> dict[str, Any]:
    """The person's accounts at the latest prices, and their newest orders."""
    now = SYSTEM.now()
    accounts = BrokerAccount.objects.filter(user=person, cursor__isnull=False).order_by("archived_at", "pk")
    return {
        "person": person,
        "portfolios": [selectors.portfolio(account, at=now) for account in accounts[:10]],
        "orders": selectors.orders(person)[:ORDERS_SHOWN],
        "order_count": selectors.orders(person).count(),
        "open_count": selectors.orders(person).filter(status__in=OPEN).count(),
        "abilities": [ABILITY_WORDS[one] for one in Ability if one in ABILITIES[Role(person.role)]],
        "audit": AuditEntry.objects.filter(subject=subject_of(person))
        .select_related("actor")
        .order_by("-pk")[:AUDIT_SHOWN],
    }


def _reach(actor: User, person: User) -> dict[str, bool]:
    """Which acts the operator is offered."""
    try:
        viewing.check(actor=actor, person=person)
        may_view = True
    except ArbionError:
        may_view = False
    return {"may_manage": services.may_manage(actor, person), "may_view": may_view}
