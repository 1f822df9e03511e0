"""What the commands that train have in common: the file of the run, Ctrl-C, progress."""

import contextlib
import shlex
import sys
import zipfile
from pathlib import Path

import click


class Stopped(click.ClickException):
    """Ends the program after Ctrl-C with a line of its own."""


def run_options(command):
    """`--save`, `--resume` and `--overwrite` for a command that trains."""
    options = (
        click.option(
            "--save", "path", default=None, metavar="FILE", help="Where to keep the run and the model (.keras)."
        ),
        click.option("--resume", is_flag=True, help="Go on with the run in --save that was stopped."),
        click.option("--overwrite", is_flag=True, help="Begin anew, though --save holds a finished model."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_save_path(path, resume=False, overwrite=False):
    """Refuses a place where the run cannot be kept, or gone on with, before any time is spent."""
    if resume and overwrite:
        raise click.UsageError("--resume goes on and --overwrite begins anew: give one of them.")
    if path is None:
        if resume:
            raise click.UsageError("--resume needs --save FILE: the file of the run that was stopped.")
        if overwrite:
            raise click.UsageError("--overwrite needs --save FILE: the file to replace.")
        return
    file = Path(path)
    if not path.endswith(".keras"):
        raise click.UsageError(f"--save expects a file that ends in .keras. Received: {path}")
    if not file.parent.is_dir():
        raise click.UsageError(f"--save: there is no folder {file.parent}.")
    is_new = not file.exists()
    if is_new and resume:
        raise click.UsageError(f"--resume: there is no file {path} to go on from.")
    try:
        file.open("ab").close()  # asking for permissions is not enough: some folders say yes and refuse
        if is_new:
            file.unlink()
    except OSError as error:
        raise click.UsageError(f"--save: {path} cannot be written ({error.strerror}).") from error
    if not is_new:
        check_run(path, resume, overwrite)


def check_run(path, resume, overwrite):
    """Refuses to replace what took time to train, and to go on with a run that was not stopped."""
    from kseq.tasks.checkpoints import is_unfinished

    unfinished = is_unfinished(path)
    if unfinished and not resume:
        raise click.UsageError(
            f"{path} holds a run that was stopped: add --resume to go on with it, or choose another file."
        )
    if resume and not unfinished:
        raise click.UsageError(
            f"--resume: {path} holds no run that was stopped; with --overwrite in its place it begins anew."
        )
    if not (unfinished or overwrite) and Path(path).stat().st_size:  # a file without content is no loss
        what = "holds a finished model" if zipfile.is_zipfile(path) else "is there already, and is no run of kseq"
        raise click.UsageError(f"{path} {what}: choose another file, or add --overwrite to begin anew.")


def fit(model, dataset, epochs, path, resume, **settings):
    """Trains in view of the user, between two blank lines; the run is kept in the file, if there is one.

    `settings` are further ones of `kseq.tasks.train`.
    """
    from kseq.tasks import train

    click.echo()
    with stoppable(path):
        train(
            model,
            dataset,
            epochs=epochs,
            verbose=progress(),
            checkpoint=path,
            resume=resume,
            overwrite=True,
            **settings,
        )
    click.echo()


@contextlib.contextmanager
def stoppable(path):
    """While this lasts, Ctrl-C says how a run that is kept in a file goes on."""
    try:
        yield
    except KeyboardInterrupt:
        from kseq.tasks.checkpoints import is_unfinished

        if sys.stdout.isatty():
            click.echo()  # the progress bar has left the cursor in its line
        if path is None or not is_unfinished(path):
            raise
        raise Stopped(f"stopped; the run is saved in {path}. To go on: {this_command()} --resume") from None


def this_command():
    """The command as the user gave it, but for `--resume` and `--overwrite`."""
    context = click.get_current_context()
    words = context.command_path.split()
    for option in context.command.params:
        given = context.get_parameter_source(option.name) is click.core.ParameterSource.COMMANDLINE
        if not given or option.name in ("resume", "overwrite"):
            continue
        value = context.params[option.name]
        if option.is_flag:
            words.append((option.opts if value else option.secondary_opts)[0])
        else:
            words += [option.opts[0], str(value)]
    return shlex.join(words)


def progress():
    """Keras's `verbose`: a bar on a terminal, a line per epoch in a file."""
    return 1 if sys.stdout.isatty() else 2
