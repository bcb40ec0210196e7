"""Shopify's Admin GraphQL API: how we reach it, what we ask, and what its answers mean."""
