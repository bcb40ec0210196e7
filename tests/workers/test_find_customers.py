"""Whoever stands at the till is found by phone, e-mail or name, however these are typed."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from connector import shops
from connector.families.phones import forms
from connector.postgres import Pool
from tests.conftest import SHOP
from tests.deliveries import envelope, stamp
from workers.batch import Batches

OTHER = "other-shop.myshopify.com"
GERMANY = {"id": 1, "country_code": "DE", "phone": None, "default": True}
ADA = {
    "id": 5, "first_name": "Zoë Ada", "last_name": "Müller-Weiß", "email": "Ada@Example.com",
    "phone": "+493012345678", "note": None, "updated_at": stamp(0),
    "default_address": GERMANY, "addresses": [GERMANY],
}  # fmt: skip
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)

_seconds = itertools.count(1)


async def tell(pool: Pool, payload: dict[str, Any], topic: str = "customers/update", **changed: Any) -> str:
    """A webhook later than all before it."""
    at = next(_seconds)
    told = {"updated_at": stamp(at)} | payload | {"updated_at": stamp(at)}
    (outcome,) = await Batches(pool).settle([envelope(topic, told, at=at + 0.5, **changed)])
    return outcome


async def found(pool: Pool, typed: str | None, shop: str = SHOP) -> list[tuple[int, str]]:
    rows = await pool.fetch("select customer_id, matched from pos.find_customers($1, $2)", shop, typed)
    return [(row["customer_id"], row["matched"]) for row in rows]


def people_type(number: PhoneNumber, parting: str) -> set[str]:
    """The ways in which people write a number down."""
    code, significant = str(number.country_code), phonenumbers.national_significant_number(number)
    trunk = phonenumbers.ndd_prefix_for_region(
        phonenumbers.region_code_for_country_code(number.country_code or 0), True
    )
    parted = parting.join(significant[at : at + 3] for at in range(0, len(significant), 3))
    written = {
        phonenumbers.format_number(number, form)
        for form in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
    }
    written |= {f"+{code}{parting}{parted}", f"00{code}{parting}{parted}", f"011 {code} {parted}", parted}
    written.add(f"{trunk or ''}{parted}")
    if trunk == "0":
        written.add(f"+{code} (0) {parted}")
    return {f" {each} " for each in written} | {code + significant}


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, PhoneNumber]:
    """A country, and a valid number of it."""
    region = draw(st.sampled_from(REGIONS))
    example = phonenumbers.example_number_for_type(region, draw(st.sampled_from(KINDS)))
    if example is None:
        example = phonenumbers.example_number(region)
    digits = list(str(example.national_number))
    for at in draw(st.lists(st.integers(len(digits) // 2, len(digits) - 1), max_size=4)):
        digits[at] = draw(st.sampled_from("0123456789"))
    other = PhoneNumber()
    other.merge_from(example)
    other.national_number = int("".join(digits))
    return region, other if phonenumbers.is_valid_number(other) else example


MANY = settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@MANY
@given(number=numbers(), parting=st.sampled_from(["", " ", "-", "/", ".", "\u00a0"]), own=st.booleans())
async def test_a_number_is_found_however_it_is_typed(
    pool: Pool, number: tuple[str, PhoneNumber], parting: str, own: bool
) -> None:
    region, read = number
    address = GERMANY | {"country_code": region}
    if own:
        told = ADA | {"phone": phonenumbers.format_number(read, PhoneNumberFormat.E164)}
    else:
        address["phone"] = phonenumbers.format_number(read, PhoneNumberFormat.NATIONAL)
        told = ADA | {"phone": None}
    await tell(pool, told | {"default_address": address})
    missed = [each for each in people_type(read, parting) if await found(pool, each) != [(5, "phone")]]
    assert missed == []


@given(st.text(max_size=40), st.sampled_from([None, "", "DE", "us", "ZZ", "Germany"]))
def test_what_is_no_number_is_no_error(number: str, country: str | None) -> None:
    assert all(
        form.lstrip("?").isascii() and form.lstrip("?").isdigit() for form in forms([(number, country)])
    )


async def test_a_number_without_a_country_is_one_of_the_shops(pool: Pool) -> None:
    location = {"id": 1, "name": "Store", "active": True, "country_code": "DE", "updated_at": stamp(0)}
    await Batches(pool).settle([envelope("locations/create", location, at=0.5)])
    await tell(pool, ADA | {"phone": None, "default_address": {"id": 1, "phone": "030 / 1234-567"}})
    for typed in (
        "0301234567",
        "30 1234567",
        "+49 30 1234567",
        "0049301234567",
        "٠٣٠ ١٢٣٤٥٦٧",
        "０３０１２３４５６７",
    ):
        assert await found(pool, typed) == [(5, "phone")], typed
    for typed in ("+33301234567", "301234", "030", "0", "?301234567"):
        assert await found(pool, typed) == [], typed


@pytest.mark.parametrize(
    "typed",
    ["zoe", "ZOË ADA", "Mueller", "mül", "MULLER", "Müller", "müller weiss", "Müller-Weiß, Zoë",
     "ada@example.com ", "zoe ada mull", "ADA@EXAMPLE.COM", "weiß"],
)  # fmt: skip
async def test_a_name_is_found_by_how_it_begins_and_an_address_whole(pool: Pool, typed: str) -> None:
    await tell(pool, ADA)
    way = "email" if "@" in typed else "name"
    wanted = [] if typed in ("Mueller", "weiß") else [(5, way)]
    assert await found(pool, typed) == wanted
    assert await found(pool, unicodedata.normalize("NFD", typed)) == wanted


@pytest.mark.parametrize(
    "typed", ["", " ", "%", "_", "@", "'", "-", "ada@", "m%", "nobody", None, "+", "0000"]
)
async def test_what_nobody_is_called_finds_nobody(pool: Pool, typed: str | None) -> None:
    await tell(pool, ADA)
    assert await found(pool, typed) == []


@MANY
@given(st.text("abcäöüéñçøłđæœßαβγδωάήабвгдежзийклмнёїєљџ", max_size=20))
async def test_a_name_in_capitals_or_with_its_accents_apart_is_the_same(pool: Pool, name: str) -> None:
    ways = [name, name.upper(), unicodedata.normalize("NFD", name), f"  {name}. "]
    folded = {await pool.fetchval("select connector.folded($1)", way) for way in ways}
    assert len(folded) == 1
    await tell(pool, ADA | {"last_name": name, "first_name": None})
    assert await found(pool, name.upper()) == ([(5, "name")] if folded != {""} else [])


async def test_only_this_shops_customers_are_found_and_so_many(pool: Pool) -> None:
    await shops.add(pool, OTHER)
    await tell(pool, ADA, shop=OTHER)
    for typed in ("+493012345678", "zoe", "ada@example.com"):
        assert await found(pool, typed) == []
        assert len(await found(pool, typed, OTHER)) == 1
    for number in range(10, 40):
        await tell(pool, ADA | {"id": number, "first_name": f"Ada {number}"})
    for typed in ("030 12345678", "mull", "ada@example.com"):
        assert len(await found(pool, typed)) == 20
        assert await pool.fetchval("select count(*) from pos.find_customers($1, $2, 3)", SHOP, typed) == 3


async def test_the_calling_codes_are_those_of_the_library(pool: Pool) -> None:
    rows = await pool.fetch("select country_code, calling_code from connector.calling_codes")
    wanted = {region: str(phonenumbers.country_code_for_region(region)) for region in REGIONS}
    assert {row["country_code"]: row["calling_code"] for row in rows} == wanted
