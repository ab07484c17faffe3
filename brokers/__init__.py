"""Who carries out: the port every venue speaks, broker accounts and the simulated exchange."""
