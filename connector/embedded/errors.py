"""What can go wrong with the embedded servers, said in words the user can act on."""


class EmbeddedError(RuntimeError):
    """The embedded servers cannot run; the message says what is wrong and what to do."""


class AlreadyRunning(EmbeddedError):
    """Another live process of ours owns this data folder."""
