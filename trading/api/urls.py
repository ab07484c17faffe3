"""The REST addresses of trading."""

from __future__ import annotations

from django.urls import path

from trading.api import accounts, cash, desk, exports, groups, ledger, limits, orders, portfolio, positions, risk, stops

urlpatterns = [
    path("accounts/", accounts.account_list, name="api-accounts"),
    path("accounts/<uuid:account_id>/", accounts.account_detail, name="api-account"),
    path("accounts/<uuid:account_id>/reset/", accounts.reset, name="api-account-reset"),
    path("cash/deposit/", cash.deposit, name="api-cash-deposit"),
    path("cash/withdraw/", cash.withdraw, name="api-cash-withdraw"),
    path("cash/movements/", cash.movement_list, name="api-cash-movements"),
    path("orders/", orders.order_list, name="api-orders"),
    path("orders/preview/", orders.preview, name="api-order-preview"),
    path("orders/groups/", groups.place, name="api-order-groups"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="api-order"),
    path("orders/<uuid:order_id>/cancel/", orders.cancel, name="api-order-cancel"),
    path("orders/<uuid:order_id>/replace/", orders.replace, name="api-order-replace"),
    path("orders/<uuid:order_id>/events/", orders.events, name="api-order-events"),
    path("fills/", orders.fill_list, name="api-fills"),
    path("fills/export/", exports.fills, name="api-fills-export"),
    path("positions/", positions.position_list, name="api-positions"),
    path("positions/<str:symbol>/lots/", positions.lots, name="api-position-lots"),
    path("positions/<str:symbol>/exercise/", positions.exercise, name="api-position-exercise"),
    path("portfolio/", portfolio.portfolio, name="api-portfolio"),
    path("portfolio/history/", portfolio.portfolio_history, name="api-portfolio-history"),
    path("ledger/", ledger.ledger, name="api-ledger"),
    path("ledger/export/", exports.ledger, name="api-ledger-export"),
    path("tax/closed-lots/", exports.closed_lots, name="api-tax-closed-lots"),
    path("tax/dividends/", exports.dividends, name="api-tax-dividends"),
    path("risk/halt/", risk.impose, name="api-risk-halt"),
    path("risk/resume/", risk.lift, name="api-risk-resume"),
    path("risk/halts/", risk.halt_list, name="api-risk-halts"),
    path("risk/halts/<uuid:receipt_id>/", risk.halt_detail, name="api-risk-halt-receipt"),
    path("risk/limits/", limits.limit_list, name="api-risk-limits"),
    path("risk/limits/<str:name>/", limits.limit_detail, name="api-risk-limit"),
    path("risk/stops/", stops.stop_list, name="api-risk-stops"),
    path("risk/stops/<uuid:stop_id>/", stops.stop_detail, name="api-risk-stop"),
    path("desk/interpret/", desk.interpret, name="api-desk-interpret"),
    path("desk/execute/", desk.execute, name="api-desk-execute"),
]
