"""Who wants to trade without a person; the top layer of the house, whose place the import contracts hold."""
