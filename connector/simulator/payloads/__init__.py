"""The bodies of webhooks, in the shape Shopify's REST resources have in version 2026-10."""
