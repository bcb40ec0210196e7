"""What each field of the schema answers with, one module per part of the shop."""
