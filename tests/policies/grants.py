"""What roles are granted, one action on one resource at a time, and how to take one away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from options import ROOT
from stack import Stack

LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
"""SAM attaches this to every role. It permits a function to write its logs."""
READING = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
"""What Lambda needs to read a queue or a stream for a function. No function does this itself."""


@dataclass(frozen=True)
class Grant:
    """One action on one resource, by one policy of one function's role."""

    function: str
    role: str
    policy: str
    """The name of an inline policy, or the ARN of one that is attached."""
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.function}: {self.action} on {self.resource}"

    @property
    def is_for_reading(self) -> bool:
        """Whether Lambda itself needs it, to read the function's source."""
        return self.action in READING

    @property
    def attached(self) -> bool:
        return self.policy.startswith("arn:")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def pairs(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Each action of a policy with each of the resources that it is allowed on."""
    found = []
    for statement in as_list(document["Statement"]):
        if statement["Effect"] != "Allow" or set(statement) - {
            "Sid",
            "Effect",
            "Action",
            "Resource",
        }:
            raise AssertionError(f"these tests do not know how to take this apart: {statement}")
        found += [
            (action, resource)
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        ]
    return found


def document(granted: list[tuple[str, str]]) -> str:
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in granted
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def inline(stack: Stack, role: str) -> dict[str, dict[str, Any]]:
    names = stack.iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {
        name: stack.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in names
    }


def attached(stack: Stack, role: str) -> dict[str, dict[str, Any]]:
    found = {}
    for policy in stack.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        if arn != LOGS:
            version = stack.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found[arn] = stack.iam.get_policy_version(PolicyArn=arn, VersionId=version)[
                "PolicyVersion"
            ]["Document"]
    return found


def of(stack: Stack, function: str) -> list[Grant]:
    """Everything that a function's role is granted, except logs."""
    role = stack.role(function)
    policies = {**inline(stack, role), **attached(stack, role)}
    return [
        Grant(function, role, name, *pair)
        for name, policy in policies.items()
        for pair in pairs(policy)
    ]


@contextmanager
def without(stack: Stack, grant: Grant) -> Iterator[None]:
    """Takes one grant away for a while. An attached policy is detached as a whole, so it must
    consist of this grant."""
    names = {"RoleName": grant.role}
    if grant.attached:
        (whole,) = attached(stack, grant.role).items()
        assert pairs(whole[1]) == [(grant.action, grant.resource)], (
            f"{grant.policy} grants more than one thing"
        )
        stack.iam.detach_role_policy(**names, PolicyArn=grant.policy)
        try:
            yield
        finally:
            stack.iam.attach_role_policy(**names, PolicyArn=grant.policy)
        return
    names["PolicyName"] = grant.policy
    before = pairs(stack.iam.get_role_policy(**names)["PolicyDocument"])
    left = [pair for pair in before if pair != (grant.action, grant.resource)]
    assert len(left) == len(before) - 1, f"granted twice: {grant}"
    if left:
        stack.iam.put_role_policy(**names, PolicyDocument=document(left))
    else:
        stack.iam.delete_role_policy(**names)
    try:
        yield
    finally:
        stack.iam.put_role_policy(**names, PolicyDocument=document(before))


# ---- template.yaml, as far as policies go


class Template(yaml.SafeLoader):
    """Reads the tags of CloudFormation as the values that follow them."""


def behind(loader: Template, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode), node
    return {tag: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", behind)


def resources() -> dict[str, dict[str, Any]]:
    return yaml.load((ROOT / "template.yaml").read_text(), Template)["Resources"]


def functions() -> dict[str, dict[str, Any]]:
    """The properties of the template's functions, by name: `users-get`."""
    all_of = [
        each["Properties"]
        for each in resources().values()
        if each["Type"] == "AWS::Serverless::Function"
    ]
    return {each["FunctionName"]["Sub"].split("}-", 1)[1]: each for each in all_of}


def written(properties: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The actions that a function's policies name, once for each resource.

    The first list holds here. The second one holds only under a condition.
    """
    here: list[str] = []
    elsewhere: list[str] = []
    for policy in properties.get("Policies", []):
        if "Ref" in policy:
            policy = resources()[policy["Ref"]]["Properties"]["PolicyDocument"]
        for statement in policy["Statement"]:
            actions = here
            if "If" in statement:
                actions, statement = elsewhere, statement["If"][1]
            for action in as_list(statement["Action"]):
                actions += [action] * len(as_list(statement["Resource"]))
    return sorted(here), sorted(elsewhere)
