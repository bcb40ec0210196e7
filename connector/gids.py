"""Shopify's global ids: gid://shopify/Type/number."""

from __future__ import annotations

import re

from connector.errors import Permanent

_LARGEST = 2**63 - 1


def gid_of(kind: str, number: int) -> str:
    """The id by which the Admin API names a thing."""
    return f"gid://shopify/{kind}/{number}"


def gid(value: str) -> int:
    """The number at the end of ``gid://shopify/Customer/1``; raises Permanent for anything else."""
    found = re.fullmatch(r"gid://shopify/\w+/(\d{1,19})", value)
    number = int(found[1]) if found else 0
    if not 1 <= number <= _LARGEST:
        raise Permanent("a gid is not of the form gid://shopify/Type/number")
    return number


def number(gid: str) -> int:
    """The number of a gid that the Admin API answered with, fast and on trust."""
    return int(gid[gid.rindex("/") + 1 :])


def gids(body: bytes, kind: str) -> list[int]:
    """The numbers of all gids of one type anywhere in a body, once each, in order."""
    found = re.findall(rb"gid:\\?/\\?/shopify\\?/%s\\?/(\d{1,19})(?!\d)" % kind.encode(), body)
    return list(dict.fromkeys(int(number) for number in found))
