"""What talks, and what we know: webhooks in, Postgres rows out."""

__version__ = "0.1.0"
