"""The operators' room: pages that look over all apps."""
