"""What is done when the journal was lost or restored: asked of the platform first, and nothing sent twice."""
