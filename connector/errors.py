"""The kinds of failure; anything that is none of these is suspect."""


class ConnectorError(Exception):
    """An error whose message is fit for the user: what was wrong, and what to do."""


class ConfigurationError(ConnectorError):
    """A setting, a server or a schema is not as it must be; starting makes no sense."""


class Transient(ConnectorError):
    """Heals by waiting: retried for as long as it takes, never dead-lettered for lasting long."""


class Permanent(ConnectorError):
    """Will never succeed as it stands: dead-lettered at once, with this message as the reason."""
