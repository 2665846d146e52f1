"""The durable record of what was pulled, made, sent, answered and seen."""
