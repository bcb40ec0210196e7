"""What is sealed opens with the right key and with no other, and says which variable is meant."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from connector.errors import ConfigurationError
from connector.settings import Settings
from connector.vault import KEY_FILE, Vault

FIRST, SECOND = Fernet.generate_key().decode(), "a passphrase that is long enough"


def vault(folder: Path, key: str | None = None) -> Vault:
    return Vault(Settings(_env_file=None, data_dir=folder, secret_key=key))  # type: ignore[call-arg]


@pytest.mark.parametrize("key", [FIRST, SECOND, f"{FIRST}, {SECOND}", None])
def test_what_is_sealed_opens_in_another_process(tmp_path: Path, key: str | None) -> None:
    sealed = vault(tmp_path, key).seal(b"hush")
    assert b"hush" not in sealed
    assert vault(tmp_path, key).unseal(sealed) == b"hush"
    assert (tmp_path / KEY_FILE).exists() is (key is None)


def test_the_first_key_seals_and_all_unseal(tmp_path: Path) -> None:
    old = vault(tmp_path, FIRST).seal(b"hush")
    both = vault(tmp_path, f"{SECOND},{FIRST}")
    assert both.unseal(old) == b"hush"
    assert vault(tmp_path, SECOND).unseal(both.seal(b"hush")) == b"hush"


def test_a_variable_set_later_still_opens_what_the_key_file_sealed(tmp_path: Path) -> None:
    sealed = vault(tmp_path).seal(b"hush")
    assert vault(tmp_path, SECOND).unseal(sealed) == b"hush"


@pytest.mark.parametrize("given", ["short", "", " , "])
def test_another_key_is_a_clear_error(tmp_path: Path, given: str) -> None:
    sealed = vault(tmp_path, FIRST).seal(b"hush")
    with pytest.raises(ConfigurationError, match="CONNECTOR_SECRET_KEY") as wrong:
        vault(tmp_path, SECOND).unseal(sealed)
    assert SECOND not in str(wrong.value)
    with pytest.raises(ConfigurationError, match="CONNECTOR_SECRET_KEY"):
        vault(tmp_path, given).unseal(sealed)


def test_the_key_file_is_private_and_made_once_by_many(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.connector.test_vault import vault;"
        "sys.stdout.buffer.write(vault(Path(sys.argv[1])).seal(b'hush'))"
    )
    root = Path(__file__).parents[2]
    started: list[Any] = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=root, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for sealed, _ in [process.communicate(timeout=30) for process in started]:
        assert vault(tmp_path).unseal(sealed) == b"hush"
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_a_damaged_key_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"")
    with pytest.raises(ConfigurationError, match="holds no key"):
        vault(tmp_path).seal(b"hush")
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / KEY_FILE).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        vault(tmp_path).seal(b"hush")


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="set CONNECTOR_SECRET_KEY"):
        vault(tmp_path / "file" / "data").seal(b"hush")
