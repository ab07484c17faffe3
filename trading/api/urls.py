"""The REST addresses of trading."""

from __future__ import annotations

from django.urls import path

from trading.api import desk, ledger, orders, portfolio

urlpatterns = [
    path("accounts/", portfolio.account_list, name="api-accounts"),
    path("accounts/<uuid:account_id>/", portfolio.account_detail, name="api-account"),
    path("orders/", orders.order_list, name="api-orders"),
    path("orders/preview/", orders.preview, name="api-order-preview"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="api-order"),
    path("orders/<uuid:order_id>/cancel/", orders.cancel, name="api-order-cancel"),
    path("orders/<uuid:order_id>/events/", orders.events, name="api-order-events"),
    path("fills/", orders.fill_list, name="api-fills"),
    path("positions/", portfolio.position_list, name="api-positions"),
    path("portfolio/", portfolio.portfolio, name="api-portfolio"),
    path("portfolio/history/", portfolio.portfolio_history, name="api-portfolio-history"),
    path("ledger/", ledger.ledger, name="api-ledger"),
    path("desk/interpret/", desk.interpret, name="api-desk-interpret"),
    path("desk/execute/", desk.execute, name="api-desk-execute"),
]
