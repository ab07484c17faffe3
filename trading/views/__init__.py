"""The pages: the desk, one symbol, the portfolio, the orders."""
