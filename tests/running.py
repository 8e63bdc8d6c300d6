"""Runs the program that its arguments name, as `crossent run` does, without torch: for the table of test_program.py."""

import sys

from crossent.cli.arguments import CommandError
from crossent.cli.run import make_parser
from crossent.program import ProgramError, exit_status

try:
    sys.exit(exit_status(make_parser().read(sys.argv[1:]).program.run()))
except (CommandError, ProgramError) as error:
    print(error, file=sys.stderr)
    sys.exit(2)
