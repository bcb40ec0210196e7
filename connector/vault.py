"""Seals what is secret before it is stored: with CONNECTOR_SECRET_KEY, or a key file in the data folder."""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache, cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connector.errors import ConfigurationError
from connector.settings import Settings

KEY_FILE = "secret.key"
SHORTEST_PASSPHRASE = 16

# A passphrase must give the same key everywhere, so its salt cannot be random.
_SALT = b"shopify-connector vault 1"


class Vault:
    """Seals with the first key; unseals with any of them, so that keys can be changed one after another."""

    def __init__(self, config: Settings) -> None:
        self._given = config.secret_key.get_secret_value() if config.secret_key else ""
        self._file = config.data_dir / KEY_FILE

    def __repr__(self) -> str:
        return f"<Vault of {self.where}>"

    @property
    def where(self) -> str:
        """Where the keys come from, for a person."""
        return "CONNECTOR_SECRET_KEY" if self._given else str(self._file)

    def seal(self, content: bytes) -> bytes:
        """``content`` so that only the key's owner reads it; makes the key file where there is no key yet."""
        if not self._given and not self._file.exists():
            _make(self._file)
        return self._keys.encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        """What was sealed; raises ConfigurationError where it was by another key."""
        if not self._given and not self._file.exists():
            raise ConfigurationError(
                f"the stored credentials are sealed and {self._file} is not there: bring it back, or set "
                "CONNECTOR_SECRET_KEY as it was when the shop was added"
            )
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise ConfigurationError(
                "the stored credentials were sealed with another key: set CONNECTOR_SECRET_KEY as it was "
                f"when the shop was added (read now: {self.where}); several, comma-separated, for a rotation"
            ) from None

    @cached_property
    def _keys(self) -> MultiFernet:
        if self._given:
            words = [word.strip() for word in self._given.split(",") if word.strip()]
            if not words:
                raise ConfigurationError("CONNECTOR_SECRET_KEY holds no key")
            keys = [Fernet(_key_of(word)) for word in words]
            with contextlib.suppress(OSError, ValueError):  # sealed before the variable was set
                keys.append(Fernet(self._file.read_bytes().strip()))
            return MultiFernet(keys)
        try:
            return MultiFernet([Fernet(self._file.read_bytes().strip())])
        except OSError as error:
            raise ConfigurationError(f"the key file {self._file} cannot be read: {error.strerror}") from None
        except ValueError:
            raise ConfigurationError(
                f"the key file {self._file} holds no key: bring back the one it was"
            ) from None


@cache  # stretching is slow on purpose
def _key_of(word: str) -> bytes:
    """A Fernet key as it is; any other text, if long enough, stretched into one."""
    with contextlib.suppress(binascii.Error, ValueError):
        if len(word) == 44 and len(urlsafe_b64decode(word.encode())) == 32:
            return word.encode()
    if len(word) < SHORTEST_PASSPHRASE:
        raise ConfigurationError(
            f"CONNECTOR_SECRET_KEY is too short: use at least {SHORTEST_PASSPHRASE} characters, such as the "
            "output of `openssl rand -base64 32`"
        )
    stretched = hashlib.scrypt(word.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
    return urlsafe_b64encode(stretched)


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; of several processes at once the first one's stays."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # 0600 from the start
        try:
            with os.fdopen(descriptor, "wb") as fresh:
                fresh.write(Fernet.generate_key() + b"\n")
                fresh.flush()
                os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, file)
        finally:
            Path(name).unlink()
    except OSError as error:
        raise ConfigurationError(
            f"no key file can be written to {file.parent} ({error.strerror}): set CONNECTOR_SECRET_KEY, or "
            "another CONNECTOR_DATA_DIR"
        ) from None
