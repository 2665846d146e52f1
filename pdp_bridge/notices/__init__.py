"""Telling people what needs them: which matters are due, in which words, over which channels."""
