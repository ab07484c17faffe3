"""Who acts: intents, orders, fills, books, and the one road of an order."""
