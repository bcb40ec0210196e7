"""Bulk operations: what is refused, how they go on, and the files they leave."""
