"""`python -m nstlearn` is the same as `nstlearn`."""

from nstlearn.cli import main

if __name__ == "__main__":
    main()
