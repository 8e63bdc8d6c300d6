"""`python -m xent`: the command line."""

from .cli import main

raise SystemExit(main())
