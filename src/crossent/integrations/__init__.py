"""crossent inside of other trainers; each module needs the package that it is named after."""
