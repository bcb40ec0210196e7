"""Looks at everything that can be wrong on a user's machine, in order, and says how to mend it."""
