"""The import: Shopify's bulk files, read into a stage and merged from there through the version guard."""
