"""The command's Admin side as another process reaches it."""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.simulator.test_simulate import running


def ask(url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data=data, headers=headers), timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def origin(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    words = process.stdout.readline().split()
    assert "subscribes;" in words, words
    return words[words.index("at") + 1].rstrip(",")


def test_its_app_may_what_was_said(tmp_path: Path) -> None:
    token = f"shppa_{5:032x}"
    options = ["--port", "0", "--products", "2", "--rate", "0", "--target", "", "--state-dir", str(tmp_path)]
    options += ["--api-password", token, "--scopes", "read_products, read_locations"]
    with running(*options, secret="one") as process:
        url = origin(process)
        path = f"{url}/admin/api/2026-10/graphql.json"
        installation = "currentAppInstallation { accessScopes { handle } }"
        query = {"query": f"{{ {installation} locations(first: 9) {{ nodes {{ id }} }} }}"}
        status, told = ask(path, query, **{"X-Shopify-Access-Token": token})
        assert status == 200 and len(told["data"]["locations"]["nodes"]) == 3
        scopes = [scope["handle"] for scope in told["data"]["currentAppInstallation"]["accessScopes"]]
        assert scopes == ["read_products", "read_locations"]
        assert ask(path, query, **{"X-Shopify-Access-Token": "shpat_other"})[0] == 401
        plain, full = ask(f"{url}/simulator/truth")[1], ask(f"{url}/simulator/truth?admin=1")[1]
        assert full.keys() - plain.keys() == {"collection_products", "pickups", "returns"}
        _, stats = ask(f"{url}/simulator/stats")
        assert stats["deliveries"]["sent"] == 0 and stats["deliveries"]["unwanted"] == stats["events"]
