"""The desk with a language model: its toolbox over the person's own account, its answers as they grow, assistants."""
