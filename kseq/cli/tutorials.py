"""`kseq tutorials`: lists the tutorials that come with kseq, and copies them to where a student can change them."""

import re
from pathlib import Path

import click


def tutorials_folder():
    """The folder of the tutorials: `kseq/_tutorials` when installed, `tutorials/` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_tutorials", package.parent / "tutorials"):
        if folder.is_dir():
            return folder
    raise click.ClickException("the tutorials are missing; is kseq installed completely?")


def title(file):
    """The title of a tutorial: its first heading (`# # Title`), else the first line of its docstring, else its name."""
    text = file.read_text(encoding="utf-8")
    found = re.search(r"^#\s+#\s+(\S.*)$", text, re.MULTILINE) or re.match(r'\s*r?"""\s*(\S.*?)\s*("""|$)', text, re.M)
    return found[1].strip() if found else file.stem.replace("_", " ")


@click.command()
@click.option("--copy", "target", metavar="FOLDER", help="Copy them there, over no file that is there.")
def tutorials(target):
    """List the tutorials, or copy them to a folder of yours."""
    folder = tutorials_folder()
    scripts = sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
    if not scripts:
        click.echo("This version of kseq brings no tutorials.")
    elif target is None:
        width = max(len(file.name) for file in scripts)
        for file in scripts:
            click.echo(f"{file.name:<{width}}  {title(file)}")
        click.echo("\nCopy them to a folder of yours: kseq tutorials --copy FOLDER")
    else:
        copied, kept = copy_files(folder, Path(target).expanduser())
        click.echo(f"Copied {copied} of {copied + len(kept)} files to {target}.")
        if kept:
            click.echo(f"Already there, not touched: {', '.join(kept)}")
        click.echo(f"Run one: python {Path(target) / scripts[0].name}")


def copy_files(source, target):
    """Copies scripts and their texts; gives how many, and the names of those that were there already."""
    target.mkdir(parents=True, exist_ok=True)
    copied, kept = 0, []
    for file in sorted([*source.glob("*.py"), *source.glob("*.md")]):
        if file.name == "__init__.py":
            continue
        try:
            with (target / file.name).open("xb") as copy:  # x: never over a file that is there
                copy.write(file.read_bytes())
            copied += 1
        except FileExistsError:
            kept.append(file.name)
    return copied, kept
