"""How the Admin API's nodes are read: the same records as webhooks, from GraphQL's names and gids."""
