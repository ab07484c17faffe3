"""Broker accounts in the room: read, but for the model that the exchange treats one by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from accounts import audit
from accounts.api.authentication import signed_in
from accounts.roles import Ability, can
from arbion.domain.enums import FillModel, LotMethod, Venue
from arbion.domain.errors import ArbionError
from arbion.room.frame import show
from brokers import accounts
from brokers.admin import BrokerAccountAdmin
from brokers.errors import VenueError
from brokers.models import BrokerAccount


class TreatmentForm(forms.Form):
    """How the simulated exchange treats an account."""

    fill_model = forms.ChoiceField(choices=FillModel, label="Model")
    margin = forms.BooleanField(required=False, label="May sell short, against cash as security")
    lot_method = forms.ChoiceField(choices=LotMethod, label="Lots that are closed first")


class AccountRoom(BrokerAccountAdmin):
    """People's accounts; their treatment can be changed."""

    change_form_template = "admin/room/account.html"

    def get_urls(self) -> list[Any]:
        """Django's addresses, and the treatment."""
        view = self.admin_site.admin_view(self.treatment)
        return [path("<int:pk>/treatment/", view, name="account_treatment"), *super().get_urls()]

    def treatment(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show and change how the exchange treats the account."""
        if not can(signed_in(request), Ability.EDIT_MARKET):
            raise PermissionDenied
        account = BrokerAccount.objects.select_related("user").filter(pk=pk, venue=Venue.SIMULATED).first()
        if account is None:
            raise Http404
        now = {"fill_model": account.fill_model, "margin": account.margin, "lot_method": account.lot_method}
        form = TreatmentForm(request.POST or None, initial=now)
        if request.method == "POST" and form.is_valid() and self._changed(request, account, form, now):
            return redirect("admin:brokers_brokeraccount_change", account.pk)
        return show(request, "treatment", "How the exchange treats the account", account=account, form=form)

    def _changed(self, request: HttpRequest, account: BrokerAccount, form: TreatmentForm, was: dict[str, Any]) -> bool:
        given = form.cleaned_data
        try:
            accounts.configure(
                account,
                fill_model=FillModel(given["fill_model"]),
                margin=given["margin"],
                lot_method=LotMethod(given["lot_method"]),
            )
        except (ArbionError, VenueError) as error:
            form.add_error(None, str(error))
            return False
        facts = {name: [str(was[name]), str(given[name])] for name in was if str(was[name]) != str(given[name])}
        subject = f"account:{account.public_id}"
        audit.record(actor=signed_in(request), action="account.treatment_changed", subject=subject, data=facts)
        messages.success(request, "Changed here and at the exchange; it holds for the next order.")
        return True
