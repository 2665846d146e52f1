"""The dry run of the whole chain: where every invoice would go now, and why."""
