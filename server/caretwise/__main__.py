"""`python -P -m caretwise serve`: the same as the console script, with the opened folder off the import path."""

from caretwise.cli import main

if __name__ == "__main__":
    main()
