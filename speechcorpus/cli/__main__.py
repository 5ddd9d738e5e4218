"""`python -m speechcorpus.cli`: the console script, for a process that starts others like it."""

from speechcorpus.cli import main

if __name__ == "__main__":
    main()
