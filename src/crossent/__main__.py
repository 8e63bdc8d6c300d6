"""`python -m crossent`: the command line."""

import builtins

from .cli import main

status = main()
# `%run -m crossent …` of IPython would show the end of a process as an error.
if not hasattr(builtins, "__IPYTHON__"):
    raise SystemExit(status)
