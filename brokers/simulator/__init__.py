"""The simulated exchange: a pure matching engine, its own custody book, and the port over both."""
