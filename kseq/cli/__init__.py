"""The command line: one module per group of commands; this one gathers them and ends the program.

Commands import what they need when they run: `kseq --help` must answer before TensorFlow could even start.
"""

import os
import sys

import click

from kseq.cli import assignments, generation, models, scale, tutorials, verbs
from kseq.cli.runs import Stopped

BAD_INPUT = 2  # the exit status for input that cannot be used
INTERRUPTED = 130  # the one that shells know for Ctrl-C


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="kseq", prog_name="kseq")
def commands():
    """Teach and learn sequence models: train, look inside, compare.

    Start with `kseq demo`.
    """


for command in (
    models.demo,
    models.train,
    verbs.predict,
    verbs.evaluate,
    generation.generate,
    models.datasets,
    scale.scale,
    assignments.assignment,
    tutorials.tutorials,
):
    commands.add_command(command)


def main(arguments=None):
    """Runs a command. What the user can mend is one line on standard error and exit status 2."""
    try:
        commands.main(args=arguments, prog_name="kseq", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(BAD_INPUT)
    except click.exceptions.Exit as request:
        sys.exit(request.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("kseq: stopped.", err=True)
        sys.exit(INTERRUPTED)
    except Stopped as stop:
        complain(stop.format_message(), INTERRUPTED)
    except click.ClickException as error:
        complain(error.format_message())
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError, ImportError) as error:
        if os.environ.get("KSEQ_DEBUG"):
            raise
        complain(str(error) or type(error).__name__)


def complain(message, status=BAD_INPUT):
    """Ends the program with one line on standard error."""
    click.echo("kseq: " + " ".join(message.split()), err=True)
    sys.exit(status)
