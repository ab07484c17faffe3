"""The addresses of trading's pages."""

from __future__ import annotations

from django.urls import path

from trading.views import cash, desk, exports, halts, landing, orders, package, portfolio, risk, stops, ticket, trade

app_name = "trading"
urlpatterns = [
    path("", landing.landing, name="landing"),
    path("desk/", desk.desk, name="desk"),
    path("desk/say/", desk.say, name="desk_say"),
    path("desk/execute/", desk.execute, name="desk_execute"),
    path("desk/again/", desk.again, name="desk_again"),
    path("desk/dismiss/", desk.dismiss, name="desk_dismiss"),
    path("desk/holdings/", desk.holdings, name="desk_holdings"),
    path("desk/orders/", desk.working, name="desk_orders"),
    path("trade/", trade.home, name="trade_home"),
    path("trade/<str:symbol>/", trade.trade, name="trade"),
    path("trade/<str:symbol>/estimate/", ticket.estimate, name="ticket_estimate"),
    path("trade/<str:symbol>/position/", trade.position, name="trade_position"),
    path("trade/<str:symbol>/orders/", trade.working, name="trade_orders"),
    path("trade/<str:symbol>/fills/", trade.fills, name="trade_fills"),
    path("trade/<str:symbol>/stops/", stops.guards, name="trade_stops"),
    path("trade/<str:symbol>/stops/new/", stops.attach, name="stop_attach"),
    path("trade/<str:symbol>/stops/preview/", stops.preview, name="stop_preview"),
    path("trade/<str:symbol>/exercise/", trade.exercise, name="exercise"),
    path("trade/<str:symbol>/package/", package.package, name="package"),
    path("trade/<str:symbol>/package/estimate/", package.estimate, name="package_estimate"),
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("portfolio/positions/", portfolio.positions, name="portfolio_positions"),
    path("portfolio/allocation/", portfolio.allocation, name="portfolio_allocation"),
    path("portfolio/closed/", portfolio.closed, name="closed"),
    path("portfolio/export/", exports.table, name="export"),
    path("cash/", cash.cash, name="cash"),
    path("cash/deposit/", cash.deposit, name="cash_deposit"),
    path("cash/withdraw/", cash.withdraw, name="cash_withdraw"),
    path("cash/ledger/<int:number>/", cash.journal, name="journal"),
    path("cash/settings/", cash.settings, name="cash_settings"),
    path("cash/reset/", cash.reset, name="cash_reset"),
    path("risk/", risk.desk, name="risk"),
    path("risk/halt/", halts.halt, name="halt"),
    path("risk/halt/<uuid:receipt_id>/", halts.receipt, name="halt_receipt"),
    path("risk/halt/<uuid:receipt_id>/status/", halts.status, name="halt_status"),
    path("risk/halt/<uuid:receipt_id>/lift/", halts.lift, name="halt_lift"),
    path("risk/stops/", stops.mine, name="risk_stops"),
    path("risk/stops/<uuid:stop_id>/", stops.change, name="stop_change"),
    path("risk/stops/<uuid:stop_id>/cancel/", stops.take_away, name="stop_cancel"),
    path("risk/assessment/", risk.assessment, name="risk_assessment"),
    path("risk/decisions/", risk.verdicts, name="risk_decisions"),
    path("orders/", orders.orders, name="orders"),
    path("orders/export/", exports.orders, name="orders_csv"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/history/", orders.history, name="order_history"),
    path("orders/<uuid:order_id>/replace/", orders.replace, name="order_replace"),
    path("orders/<uuid:order_id>/cancel/", orders.cancel, name="order_cancel"),
]
