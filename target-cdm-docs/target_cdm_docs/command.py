"""What the command lines of the target and of the mapper share."""

from __future__ import annotations

import click


def with_binary_input(command: click.Command) -> click.Command:
    """Let ``--input`` open its file as bytes."""
    for option in command.params:
        if option.name == "file_input":
            option.type = click.File("rb")
    return command


def one_line(error: BaseException) -> str:
    """An error as a line for a person."""
    if isinstance(error, BrokenPipeError):
        return "whoever read the output went away"
    return " ".join(str(error).split())
