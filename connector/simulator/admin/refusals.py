"""The errors of GraphQL answers, as Shopify words and shapes them."""

from typing import Final

from graphql import GraphQLError

SCOPES_PAGE: Final = "https://shopify.dev/api/usage/access-scopes"
PROTECTED_PAGE: Final = "https://shopify.dev/docs/apps/launch/protected-customer-data"


def access_denied(field: str, scopes: tuple[str, ...]) -> GraphQLError:
    needed = " or ".join(f"`{scope}`" for scope in scopes) + f" access scope{'s' * (len(scopes) > 1)}."
    return GraphQLError(
        f"Access denied for {field} field. Required access: {needed}",
        extensions={"code": "ACCESS_DENIED", "documentation": SCOPES_PAGE, "requiredAccess": needed},
    )


def protected(kind: str) -> GraphQLError:
    return GraphQLError(
        f"This app is not approved to access the {kind} object. See {PROTECTED_PAGE} for more details.",
        extensions={"code": "ACCESS_DENIED"},
    )


def bad_request(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def not_found(gid: str) -> GraphQLError:
    return GraphQLError(f"Invalid id: {gid}", extensions={"code": "RESOURCE_NOT_FOUND"})


def malformed_id(text: str) -> GraphQLError:
    return GraphQLError(
        f"Invalid global id '{text}'",
        extensions={"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
    )
