"""Who we are: people, roles, API tokens and the audit log."""
