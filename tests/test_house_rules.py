"""Rules of the house: statements prepare, views are documented, settings stand in the README."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from connector import migrate, postgres
from connector.errors import ConfigurationError
from connector.postgres import Pool, blocks
from connector.settings import Settings
from connector.status import REPORTS, VIEWS
from connector.topics import TOPICS
from workers.apply import STATEMENTS
from workers.sync.stage import Stage

ROOT = Path(__file__).parents[1]
#: What stands for the names that are filled in at run time.
PLACEHOLDERS = {
    "view": "orders",
    "name": "deliveries_20000101",
    "table": "orders",
    "columns": '"note" = $3',
    "column": "name",
    "daily": "deliveries",
    "dated": "triggered_on",
}
FILLED = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
SQL = sorted(
    file
    for folder in ("connector", "workers")
    for file in (ROOT / folder).rglob("*.sql")
    if "migrations" not in file.parts
)


@pytest.mark.parametrize("file", SQL, ids=lambda file: file.stem)
async def test_every_statement_prepares_against_the_schema(pool: Pool, file: Path) -> None:
    package = ".".join(file.relative_to(ROOT).parent.parts)
    async with pool.acquire() as connection:
        await connection.execute("create table connector.deliveries_20000101 (id int)")
        await connection.execute("create temporary table compared (id bigint, other bigint)")
        await Stage(0).create(pool)
        for name, statement in blocks(package, file.stem).items():
            filled = Stage(0).sql(FILLED.sub(lambda found: PLACEHOLDERS[found[1]], statement))
            if name == "add_day":
                continue  # a utility statement; keep_days runs it in its own test
            if re.sub(r"--.*", "", filled).rstrip().rstrip(";").count(";"):
                await connection.execute(filled)
            else:
                assert await connection.prepare(filled), name


async def test_every_view_and_column_is_documented(pool: Pool) -> None:
    bare = await pool.fetch(
        "select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
        "where n.nspname = 'pos' and c.relkind = 'v' and (obj_description(c.oid) is null "
        "or col_description(c.oid, a.attnum) is null)"
    )
    assert [tuple(row) for row in bare] == []
    found = await pool.fetch("select table_name from information_schema.views where table_schema = 'pos'")
    assert {row["table_name"] for row in found} == {*VIEWS, *REPORTS}


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"CONNECTOR_{name.upper()}" not in readme] == []


def test_every_statement_has_its_place() -> None:
    kept = {
        f"{file.stem}.{name}"
        for file in (ROOT / "connector/families").glob("*.sql")
        for name in blocks("connector.families", file.stem)
    }
    assert set(STATEMENTS) == kept
    assert {entry.family for entry in TOPICS.values()} <= {file.stem for file in SQL} | {"pickups", "returns"}


async def test_migrating_twice_and_from_several_hosts_at_once(dsn: str) -> None:
    pools = [await postgres.connect(dsn, size=1) for _ in range(4)]
    await pools[0].execute("drop schema connector cascade; drop schema pos cascade")
    ran = await asyncio.gather(*[migrate.migrate(pool) for pool in pools])
    assert sorted(map(len, ran)) == [0, 0, 0, len(migrate.migrations())]
    for pool in pools:
        await pool.close()


async def test_a_process_refuses_an_older_and_a_newer_schema(pool: Pool) -> None:
    await migrate.require_current(pool)
    await pool.execute("insert into connector.migrations (number, name) values (9999, 'later')")
    with pytest.raises(ConfigurationError, match="upgrade this program"):
        await migrate.require_current(pool)
    with pytest.raises(ConfigurationError, match="upgrade this program"):
        await migrate.migrate(pool)
    await pool.execute("delete from connector.migrations where number > 1")
    with pytest.raises(ConfigurationError, match="connector migrate"):
        await migrate.require_current(pool)
