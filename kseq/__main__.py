"""`python -m kseq` is the command line too."""

from kseq.cli import main

main()
