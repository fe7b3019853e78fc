"""The `gitbot` command: `python -m gitbot` and the installed script."""

import sys


def main() -> None:
    """Run the command line and exit with its code; `--version` alone imports nothing more."""
    if sys.argv[1:] == ["--version"]:
        from gitbot import __version__

        sys.stdout.write(f"gitbot {__version__}\n")
        return
    from gitbot.cli.main import run

    raise SystemExit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
