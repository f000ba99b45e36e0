"""``python -m psychometrics``: the command line."""

from psychometrics.cli import main

if __name__ == "__main__":
    main()
