"""Is it up, is it ready, and how does it do."""
