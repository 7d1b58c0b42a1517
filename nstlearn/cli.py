"""The command line: `nstlearn paint PHOTO STYLE -o OUT`, `presets`, `gallery`, `fetch`, `doctor`.

The options of `paint` are the arguments of `stylize`, read from its signature with their defaults
and explanations, so that there is one place to change them.
"""

import inspect
import os
import sys
import typing
from collections.abc import Iterator

import click

import nstlearn
from nstlearn.color import WAYS
from nstlearn.devices import PRECISIONS
from nstlearn.doctor import doctor as check_computer
from nstlearn.errors import DivergedError, NSTError
from nstlearn.gallery import gallery as list_gallery
from nstlearn.images import check_output
from nstlearn.networks import NETWORKS, POOLINGS
from nstlearn.presets import ABOUT, PRESETS
from nstlearn.recipe import NORMALIZATIONS, STATISTICS
from nstlearn.stylize import stylize
from nstlearn.typed import Layers, Names, Numbers
from nstlearn.weights import fetch_vgg19, fetch_vgg19_torchvision

FETCHERS = {"vgg19": fetch_vgg19, "vgg19-torchvision": fetch_vgg19_torchvision}


TYPES = {
    "network": click.Choice(NETWORKS),
    "pooling": click.Choice(POOLINGS),
    "precision": click.Choice(["auto", *PRECISIONS]),
    "style_statistic": click.Choice(STATISTICS),
    "normalization": click.Choice(NORMALIZATIONS),
    "colors": click.Choice(list(WAYS)),
    "masks": Names(),
    "content_layers": Layers(),
    "style_layers": Layers(),
    "blend": Numbers(),
    "start": click.STRING,
    "content_first": click.FLOAT,
    "learning_rate": click.FLOAT,
    "device": click.STRING,
}
ARGUMENTS = ("content", "style", "on_step")  # not options: two are positional, one is for code


def use_preset(ctx: click.Context, param: click.Parameter, name: str) -> None:
    """What the preset sets takes the place of the defaults; options given take its place."""
    ctx.default_map = PRESETS[name]


def options() -> Iterator[click.Option]:
    """One option per keyword of `stylize`: type from the default, help from the annotation."""
    hints = typing.get_type_hints(stylize, include_extras=True)
    for name, parameter in inspect.signature(stylize).parameters.items():
        if name in ARGUMENTS:
            continue
        flag, default = name.replace("_", "-"), parameter.default
        spelled = f"--{flag}/--no-{flag}" if isinstance(default, bool) else f"--{flag}"
        shown = ",".join(default) if isinstance(default, tuple) else default is not None
        if name in PRESETS["default"]:
            shown = f"{PRESETS['default'][name]}, by --preset default"
        yield click.Option(
            [spelled],
            default=default,
            type=TYPES.get(name, type(default)),
            help=hints[name].__metadata__[0],
            show_default=shown,
        )


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nstlearn.__version__, package_name="nstlearn")
def cli() -> None:
    """Neural style transfer: paint a photograph in the manner of a painting."""


def _paint(content: str, style: tuple[str, ...], output: str, overwrite: bool, **settings) -> None:
    check_output(output, overwrite=overwrite)
    try:
        painting = stylize(content, list(style) if len(style) > 1 else style[0], **settings)
    except DivergedError as error:
        if error.best and error.best.history:
            path = error.best.save(output, overwrite=overwrite)
            click.echo(f"The best picture before that is in {path}.", err=True)
        raise
    path = painting.save(output, overwrite=overwrite)
    height, width = painting.image.shape[2:]
    click.echo(f"{path}: {width}x{height}, {painting.steps} steps in {painting.seconds:.1f} s")


cli.add_command(
    click.Command(
        "paint",
        callback=_paint,
        params=[
            click.Argument(["content"], metavar="PHOTO"),
            click.Argument(["style"], metavar="STYLE...", nargs=-1, required=True),
            click.Option(["-o", "--output"], required=True, help="the file to write, .png or .jpg"),
            click.Option(["--overwrite"], is_flag=True, help="replace the file if it exists"),
            click.Option(
                ["--preset"],
                type=click.Choice(list(PRESETS)),
                default="default",
                show_default=True,
                is_eager=True,
                expose_value=False,
                callback=use_preset,
                help="settings that go together: `nstlearn presets`. Other options change them",
            ),
            *options(),
        ],
        help="Paint PHOTO in the manner of STYLE (several: blended).\n\n"
        "Each is a file, an address or a name from `nstlearn gallery`. Ctrl+C ends early and keeps "
        "the best picture so far.",
    )
)


@cli.command()
def gallery() -> None:
    """List the pictures that can be named instead of a file."""
    click.echo(repr(list_gallery()))


@cli.command()
def presets() -> None:
    """List the presets: what each is for, and what it sets."""
    for name, settings in PRESETS.items():
        given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
        click.echo(f"{name}: {ABOUT[name]}\n    {given}")


@cli.command()
@click.argument("network", type=click.Choice(list(FETCHERS)))
def fetch(network: str) -> None:
    """Download the weights of NETWORK, once."""
    click.echo(FETCHERS[network]())


@cli.command()
def doctor() -> None:
    """Look at this computer: what is installed, which device, which weights, what to mend."""
    report = check_computer()
    click.echo(report)
    if not report.ok:
        sys.exit(1)


def main() -> None:
    """Run the command line; an error is a line or two on standard error, and a status above 0."""
    try:
        cli.main(prog_name="nstlearn", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "nstlearn"
        message = " ".join(error.format_message().split())  # click breaks some into lines
        fail(f"{message} See: {command} --help", 2)
    except (NSTError, click.ClickException) as error:
        fail(str(error))
    except (KeyboardInterrupt, click.Abort):
        fail("Stopped before there was a picture.", 130)
    except Exception as error:
        if os.environ.get("NSTLEARN_TRACEBACK"):
            raise
        fail(f"{type(error).__name__}: {error} (a bug: NSTLEARN_TRACEBACK=1 shows where)")


def fail(message: str, status: int = 1) -> None:
    """Say why on standard error, and leave with `status`."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(status)
