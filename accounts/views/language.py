"""The page of the language model: which key is used, whether it works, what was used today."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.api.authentication import signed_in
from accounts.forms import ModelKeyForm
from accounts.llm import checkup, keys, selectors
from accounts.llm.checkup import Step
from arbion.domain.errors import ArbionError


@login_required
@never_cache
@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
def language_model(request: HttpRequest) -> HttpResponse:
    """How it stands; a key that is posted is kept in the place of the one before."""
    if request.method != "POST":
        return _page(request, ModelKeyForm())
    form = ModelKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        keys.save(user=signed_in(request), key=form.cleaned_data["key"])
    except ArbionError as error:
        form.add_error("key", error.detail)
        return _page(request, form, status=422)
    messages.success(request, "Your key is kept, sealed. Check the setup to see whether it works.")
    return redirect("accounts_language_model")


@login_required
@never_cache
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask the provider, and show step by step what was found."""
    person = signed_in(request)
    try:
        steps = checkup.examine(person)
    except ArbionError as error:
        steps = [Step("Setup check", "warn", error.detail)]
    return _page(request, ModelKeyForm(), steps=steps)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """Ask once, then forget the key."""
    person = signed_in(request)
    if request.method != "POST":
        standing = selectors.standing(person)
        if standing.secret is None:
            return redirect("accounts_language_model")
        return render(request, "accounts/language_model_forget.html", {"standing": standing})
    if keys.forget(user=person):
        messages.success(request, "Your key is forgotten.")
    return redirect("accounts_language_model")


def _page(
    request: HttpRequest, form: ModelKeyForm, *, steps: list[Step] | None = None, status: int = 200
) -> HttpResponse:
    facts = {
        "section": "profile",
        "form": form,
        "standing": selectors.standing(signed_in(request)),
        "models": selectors.models(),
        "steps": steps,
    }
    return render(request, "accounts/language_model.html", facts, status=status)
