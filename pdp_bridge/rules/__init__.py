"""Every rule that can stop an invoice, official or ours: what it says, where it is written, what to do, an example."""
