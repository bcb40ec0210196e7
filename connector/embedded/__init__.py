"""Postgres and Redis as child processes: the servers a user who configured none gets."""

from connector.embedded.errors import AlreadyRunning, EmbeddedError
from connector.embedded.folder import default_data_dir, prepare_data_dir
from connector.embedded.instance import Servers, running
from connector.embedded.lock import Holder, holder

__all__ = [
    "AlreadyRunning",
    "EmbeddedError",
    "Holder",
    "Servers",
    "default_data_dir",
    "holder",
    "prepare_data_dir",
    "running",
]
