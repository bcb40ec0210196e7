"""What we know of Shopify's things: one family is how it is read (.py) and how it is kept (.sql)."""
