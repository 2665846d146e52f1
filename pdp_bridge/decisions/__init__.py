"""What only a person decides about one invoice: a deposit is its own, it is sent again, it is corrected."""
