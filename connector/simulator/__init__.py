"""A Shopify shop of our own: its state, its trade, and webhooks delivered the way Shopify delivers them."""
