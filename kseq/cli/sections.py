"""`Sectioned`: a command with many options, whose help shows them under headings."""

import click


class Sectioned(click.Command):
    """A command whose `--help` groups the options.

    Args:
        sections: dictionary of heading -> names of parameters; what is in none of them comes last.
        examples: list of (command line, what it answers); they come first, since they are what people read.
    """

    def __init__(self, *arguments, sections, examples=(), **options):
        super().__init__(*arguments, **options)
        self.sections, self.examples = sections, examples

    def format_help(self, ctx, formatter):
        """Usage, text, examples, options under their headings."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line, answers in self.examples:
                    formatter.write_text(answers)
                    with formatter.indentation():
                        formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
        self.format_options(ctx, formatter)
        self.format_epilog(ctx, formatter)

    def format_options(self, ctx, formatter):
        """Each heading with its options, in the order of the headings."""
        options = {
            one.name: one.get_help_record(ctx)
            for one in self.get_params(ctx)
            if one.name != "help" and isinstance(one, click.Option)
        }
        options = {name: record for name, record in options.items() if record}
        for heading, names in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([options.pop(name) for name in names if name in options])
        if options:
            with formatter.section("Other options"):
                formatter.write_dl(list(options.values()))
