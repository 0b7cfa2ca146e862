"""The commands of `cloud.py` and their arguments."""

from __future__ import annotations

import argparse

import apidocs
import options as settings


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cloud.py", description="Tuesday's cloud on a laptop.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--state",
        default=str(settings.LOCAL / "cloud"),
        metavar="DIR",
        help="folder of the cloud; another folder is another cloud (default: .local/cloud)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=text, description=text)

    command("setup", "install what is needed")
    settings.add_arguments(
        command("run", "start everything, serve until Ctrl-C, then stop everything")
    )
    up = command("up", "start everything in the background")
    settings.add_arguments(up)
    up.add_argument(
        "--json",
        action="store_true",
        help="print the description of the cloud: addresses and outputs",
    )
    command("down", "stop what `up` started, or what a killed `run` left")
    command("status", "print the description of the running cloud")
    command("mail", "print the mails that SES holds")
    command("logs", "print the logs of a function").add_argument(
        "function", help="for example users-get"
    )
    seeding = command("seed", "fill the running cloud; what is there already stays")
    for what, count in (("products", settings.PRODUCTS), ("users", 0), ("orders", 0)):
        seeding.add_argument(f"--{what}", type=int, default=count, help=f"default: {count}")
    admin = command(
        "admin",
        "make a person an administrator, of the running cloud or with --aws of a stack on AWS",
    )
    admin.add_argument("email")
    admin.add_argument("--revoke", action="store_true", help="take it away again")
    admin.add_argument(
        "--aws", action="store_true", help="on AWS, with the credentials of your environment"
    )
    admin.add_argument("--stack", default="tuesday")
    admin.add_argument("--region", default=settings.REGION)
    ops = command("ops", "run a command of tools/ops, such as redrive email; help lists them")
    ops.add_argument(
        "--stack", help="a stack on AWS, with your credentials, in place of the local cloud"
    )
    ops.add_argument("--region", default=settings.REGION)
    ops.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    command("build", "build the functions for this machine")
    command("lint", "check template.yaml and the nested stacks")
    aws = command("deploy", "build and deploy to AWS")
    aws.add_argument("--stack", default="tuesday")
    aws.add_argument("--region", default=settings.REGION)
    aws.add_argument(
        "parameters", nargs="*", metavar="Name=value", help="parameters of template.yaml"
    )
    page = command("docs", "show docs/openapi.json as a page until Ctrl-C")
    page.add_argument(
        "--docs-port",
        type=int,
        default=apidocs.PORT,
        metavar="PORT",
        help=f"default: {apidocs.PORT}",
    )
    command("clean", "stop everything and delete .local/")
    supervise = commands.add_parser("supervise")  # for `run` and `up` only
    supervise.add_argument("options")
    supervise.add_argument("ready", type=int)
    supervise.add_argument("--stay", action="store_true")
    return parser.parse_args()
