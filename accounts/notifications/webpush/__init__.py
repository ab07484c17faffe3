"""Push messages to browsers (RFC 8030): who we are to the service (RFC 8292), sealing for the browser (RFC 8291)."""
