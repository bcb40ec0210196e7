"""Shopify's Admin side of the simulated shop: GraphQL, bulk operations, tokens and subscriptions."""
