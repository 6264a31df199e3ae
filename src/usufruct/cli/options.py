"""Options that several commands take, each worded once."""

from pathlib import Path
from typing import Annotated

import typer

from usufruct.verdicts.question import Use

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Pictures, models, or folders of them.", show_default=False)
]
Intended = Annotated[Use, typer.Option("--use", help="What you intend.", show_default=False)]
Profile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file with facts about you; else usufruct.toml of this folder.")
]
NoProfile = Annotated[bool, typer.Option("--no-profile", help="Leave out the usufruct.toml of this folder.")]
FactWords = Annotated[
    list[str] | None,
    typer.Option("--fact", help="A fact about you, key=value; may be repeated.", metavar="KEY=VALUE"),
]
Loaders = Annotated[Path | None, typer.Option(metavar="FILE", help="A TOML file that describes more ComfyUI loaders.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per subject and nothing else.")]
