"""The one road of an order: place, send, apply, cancel, collect, sweep, reconcile."""
