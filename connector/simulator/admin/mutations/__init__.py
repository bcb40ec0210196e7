"""What a till may have done: each mutation judged in Shopify's words, then done by an act."""
