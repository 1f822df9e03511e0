"""`kseq assignment list`, `start` and `check`: exercises that mark themselves."""

import json
import sys

import click


@click.group()
def assignment():
    """Get an assignment, write its functions, have them checked."""


@assignment.command("list")
def list_assignments():
    """List the assignments."""
    from kseq.assignments import ASSIGNMENTS

    width = max(map(len, ASSIGNMENTS))
    for name, found in ASSIGNMENTS.items():
        click.echo(f"{name:<{width}}  {found.title}")
    click.echo("\nBegin one: kseq assignment start NAME")


@assignment.command()
@click.argument("name")
@click.option("--folder", default=".", show_default=True, help="Where to put the file.")
def start(name, folder):
    """Write the file of assignment NAME, for you to complete."""
    from kseq.assignments import start as write_starter
    from kseq.assignments.catalogue import ASSIGNMENTS, check_command

    file = write_starter(name, folder)
    functions = ASSIGNMENTS[name].exercises
    click.echo(f"Wrote {file}: {len(functions)} functions to write ({', '.join(one.name for one in functions)}).")
    click.echo(f"Open it in your editor. Check it as often as you like: {check_command(file)}")


@assignment.command()
@click.argument("file", required=False)
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Repeat the check that showed this seed.")
@click.option("--json", "as_json", is_flag=True, help="Points per function, for programs that collect them.")
def check(file, seed, as_json):
    """Check FILE; without FILE, the assignment in this folder.

    Exit status: 0 when all is right, 1 when something is not, 2 when there is nothing to check.
    """
    from kseq.assignments import check as run_check

    report = run_check(file, seed=seed)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a student's message may hold what this terminal cannot show
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else str(report))
    sys.exit(0 if report.passed else 1)
