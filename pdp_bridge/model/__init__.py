"""Every noun that crosses an arrow of the pipeline: immutable, without input or output."""
