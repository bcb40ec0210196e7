"""`python -m connector.cli`, for those who start the command line as a module."""

from connector.cli.main import main

main()
