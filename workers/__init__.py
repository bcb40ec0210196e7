"""What works, and when: jobs out of Redis, changes into Postgres."""
