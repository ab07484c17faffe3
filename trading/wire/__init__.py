"""How the things of trading look on the wire: one set of names for REST and for the stream."""
