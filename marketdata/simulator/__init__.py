"""The simulated market: the prices of the exchange that comes with the house."""
