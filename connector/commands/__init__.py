"""What tills want done at Shopify: commands, and how each is asked for."""
