"""Makes the routes of an API that SAM describes as an OpenAPI body."""

from __future__ import annotations

import re
import uuid
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners


def correct_apis() -> None:
    """Lets CloudFormation's Api resource import its Body.

    SAM turns an HttpApi into an Api with a Body. MiniStack ignores the Body: the deploy succeeds
    and every route answers 404.
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    original_create, original_update = handler["create"], handler["update"]

    def create(
        logical_id: str, props: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        api_id, attributes = original_create(logical_id, named(props), stack_name)
        if props.get("Body"):
            import_body(api_id, props["Body"])
        return api_id, attributes

    def update(
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> tuple[str, dict[str, Any]]:
        api_id, attributes = original_update(
            physical_id, named(old), named(new), stack_name, logical_id=logical_id
        )
        if new.get("Body"):
            import_body(api_id, new["Body"])
        return api_id, attributes

    handler.update(create=create, update=update)


def import_body(api_id: str, body: dict[str, Any]) -> None:
    """Makes routes and integrations from an OpenAPI body."""
    apigateway._routes[api_id] = {}
    apigateway._integrations[api_id] = {}
    for path, operations in (body.get("paths") or {}).items():
        for verb, operation in operations.items():
            integration = (
                operation.get("x-amazon-apigateway-integration")
                if isinstance(operation, dict)
                else None
            )
            if integration:
                add_route(api_id, route_key(path, verb), integration)


def route_key(path: str, verb: str) -> str:
    """`GET /api/users/{id}`, or `$default` for the route that takes all other requests."""
    if path.lstrip("/") == "$default":
        return "$default"
    return f"{'ANY' if verb == 'x-amazon-apigateway-any-method' else verb.upper()} {path}"


def add_route(api_id: str, key: str, integration: dict[str, Any]) -> None:
    uri = integration.get("uri", "")
    function = re.search(r"functions/(.+)/invocations$", uri)
    integration_id, route_id = uuid.uuid4().hex[:8], uuid.uuid4().hex[:8]
    apigateway._integrations[api_id][integration_id] = {
        "integrationId": integration_id,
        **provisioners._apigw_v2_integration_props(
            {
                "IntegrationType": integration.get("type", "aws_proxy").upper(),
                "IntegrationUri": function.group(1) if function else uri,
                "IntegrationMethod": integration.get("httpMethod", "POST"),
                "PayloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
                "TimeoutInMillis": integration.get("timeoutInMillis", 30000),
            }
        ),
    }
    apigateway._routes[api_id][route_id] = {
        "routeId": route_id,
        **provisioners._apigw_v2_route_props(
            {"RouteKey": key, "Target": f"integrations/{integration_id}"}
        ),
    }


def named(props: dict[str, Any]) -> dict[str, Any]:
    """Adds the API's name to its properties: an API with a Body has it in the Body."""
    return {
        **props,
        "Name": props.get("Name") or (props.get("Body") or {}).get("info", {}).get("title"),
    }
