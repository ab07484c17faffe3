"""What people are told of halts, orders, books and the stop monitor: once each, in the transaction of the event."""
