"""The way back to Shopify: what tills did, carried out once each."""
