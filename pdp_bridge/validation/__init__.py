"""Every layer of validation; each judges the bytes that would be sent."""
