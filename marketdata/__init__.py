"""What things cost: instruments, quotes, candles, sessions, indicators and the simulated market."""
