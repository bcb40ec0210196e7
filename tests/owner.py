"""The owner of a shop, who gives commands and reads what they say; no secret may ever be in it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Collection
from typing import Any, NamedTuple

import pytest

from connector.errors import ConnectorError


class Ended(NamedTuple):
    """How a command ended: its exit code, and all that it wrote."""

    code: int
    said: str


class Owner:
    """Gives commands in this process, by what the command line runs, and reads what they say."""

    def __init__(self, capsys: pytest.CaptureFixture[str], secrets: Collection[str]) -> None:
        self._capsys, self._secrets = capsys, secrets

    async def gives(self, command: Awaitable[Any]) -> Ended:
        """The end of a command, as `connector.cli.main` would have it."""
        self._capsys.readouterr()
        code, last = 0, ""
        try:
            failed = await command
        except ConnectorError as error:
            code, last = 1, f"connector: {error}"
        else:
            code = 1 if failed else 0
        said = "".join(self._capsys.readouterr()) + last
        assert not [secret for secret in self._secrets if secret in said]
        assert not re.search(r"shp[a-z]{2}_\w", said), "a token stands in it"
        return Ended(code, " ".join(said.split()))
