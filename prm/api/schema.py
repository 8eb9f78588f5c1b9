"""What the OpenAPI schema says beside the views: the key, the refusals every call can meet, how to read lists."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

REFUSAL = {
    "type": "object",
    "description": "Every refusal has this shape.",
    "required": ["detail", "code", "errors"],
    "properties": {
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "errors": {
            "type": "array",
            "description": "The inputs that break a rule; empty when it is not about one input.",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

EVERY_CALL = {
    "401": "The key is missing, unknown, expired or revoked.",
    "403": "The key lacks the scope; `detail` names it.",
    "429": "Too many calls. Wait as many seconds as `Retry-After` says.",
}
WITH_ADDRESS = {"404": "No such record for this key. Records of other workspaces answer the same."}
WITH_INPUT = {
    "400": "The body is not JSON.",
    "409": "The input is fine, but the present state does not allow it.",
    "413": "The body is too large.",
    "422": "The input breaks a rule; `errors` names every field.",
}
WITH_QUERY = {"422": "A parameter is unknown or not valid."}


@dataclass(frozen=True, slots=True)
class _Call:
    """As much of a request as a view needs to name its permission."""

    method: str


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is sent."""

    target_class = "prm.api.authority.KeyAuthentication"
    name = "key"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key of the workspace."}


class ApiSchema(AutoSchema):
    """Adds the scope that each operation asks for and the refusals that it can meet."""

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring of a view speaks of the resource, not of one operation: `extend_schema` says the latter."""
        return ""

    def _is_list_view(self, serializer: Any = None) -> bool:
        from prm.api.views import ListMixin

        return isinstance(self.view, ListMixin) and self.method == "GET"

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        view: Any = self.view
        scope = f"Scope: `{view.permission_for(_Call(method))}`"
        operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), scope]))
        refusals = EVERY_CALL | (WITH_ADDRESS if "{" in path else {}) | (WITH_QUERY if method == "GET" else WITH_INPUT)
        for status, text in refusals.items():
            operation["responses"].setdefault(status, _refusal(text))
        return operation


def describe(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add what stands once in the schema: the shape of a refusal."""
    result["components"]["schemas"]["Refusal"] = REFUSAL
    return result


def _refusal(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
