"""`gitbot demo`: a local example repository, a configuration, a run: everything to see and try, no server."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from gitbot.errors import UsageError

DEFAULT = Path("gitbot-demo")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT)
def demo(folder: Path) -> int:
    """Make an example in FOLDER (./gitbot-demo), show what would change, then run."""
    from gitbot.cli.run import report_plan, report_run

    config = make_example(folder)
    _title(f"made {folder}: fleet.git, a bare Git repository, and gitbot.yaml, which says what to do with it")
    _title(f"gitbot plan -c {config}")
    report_plan(config)
    _title(f"gitbot run -c {config}")
    code = report_run(config)
    _title(f"again: gitbot run -c {config}")
    code = report_run(config) or code
    _title("what next")
    clone = folder / "clone"
    click.echo(
        f"  git -C {folder / 'fleet.git'} log -p           the commit, byte for byte\n"
        f"  edit a tag in {config}, then    gitbot plan -c {config}\n"
        f"  gitbot history -c {config}      what was pushed and when\n"
        f"  git clone {folder / 'fleet.git'} {clone} && cd {clone}, then    why a field is or is not changed:\n"
        f"    gitbot explain infrastructure/ingress.yaml:13 -c {Path('..', config.name)}"
    )
    return code


def make_example(folder: Path) -> Path:
    """Lay out the example and return the path of its configuration; raises UsageError when something is there already."""
    from gitbot.cli.run import now
    from gitbot.config.shipped import shipped
    from gitbot.git.repository import Identity
    from gitbot.git.seed import seed

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and not empty", hint="name another folder, or remove this one")
    source = shipped("demo")
    tree = source / "repository"
    files = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    author = Identity(name="A Person", email="person@example.com", when=int(now().timestamp()))
    seed(folder / "fleet.git", files, "Add the manifests\n", author)
    config = folder / "gitbot.yaml"
    shutil.copyfile(source / "gitbot.yaml", config)
    return config


def _title(text: str) -> None:
    click.echo(click.style(f"\n# {text}", bold=True))
