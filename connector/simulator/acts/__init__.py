"""What merchants and buyers can do: one function per act, answering with the events Shopify would fire."""
