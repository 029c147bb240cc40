"""The sheet a diagram is drawn on: colours, type, size, and writing it to a file.

Colours are chosen for contrast on white and for colour-blind readers, and no
meaning rests on colour alone: see `lamps`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from signalctl.domain.errors import InputError
from signalctl.files.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#1B2024"
INK_2: Final = "#515B64"
AXIS: Final = "#7A848D"
GRID: Final = "#E3E6E9"
PAPER: Final = "#FFFFFF"
GREEN: Final = "#007A5A"
GREEN_TINT: Final = "#D5EBE4"
AMBER: Final = "#F0A800"
AMBER_EDGE: Final = "#7A5200"
RED: Final = "#C8321E"
BANDS: Final = {"outbound": "#2A6DB0", "inbound": "#7A6048"}

Dashes: TypeAlias = tuple[float, tuple[float, ...]]
"""matplotlib's (offset, on-off lengths); empty lengths are a solid line."""
SOLID: Final[Dashes] = (0.0, ())

POINTS_PER_INCH: Final = 72.0
FORMATS: Final = ("svg", "png", "pdf")

_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)


@contextmanager
def sheet(path: Path, width_in: float, height_in: float) -> Iterator[Figure]:
    """A white figure to draw on, written to `path` when the block ends well.

    The format follows the suffix (svg, png, pdf). The same drawing gives the same
    bytes; the file is written whole or not at all. Raises InputError for another
    suffix or a place that cannot be written.
    """
    file_format = picture_format(path)
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_settings()), warnings.catch_warnings():
        # Names may hold characters no installed font has: they show as boxes in png and
        # pdf, and in svg stay text for the reader's own fonts.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure = Figure(figsize=(width_in, height_in), facecolor=PAPER)
        FigureCanvasAgg(figure)
        yield figure
        matplotlib.rcParams["svg.fonttype"] = "path" if _every_glyph_known(figure) else "none"
        undated: dict[str, dict[str, Any]] = {
            "svg": {"Date": None},
            "png": {"Software": None},
            "pdf": {"CreationDate": None},
        }
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=file_format, dpi=160, metadata=undated[file_format])


def picture_format(path: Path) -> str:
    """The picture format a path's suffix asks for; raises InputError for any other."""
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise InputError(
            f"A picture cannot be written as {path.suffix or 'a file without suffix'}.",
            where=str(path),
            remedy=f"Use one of the suffixes {', '.join('.' + f for f in FORMATS)}.",
        )
    return suffix


def axes_at(
    figure: Figure, left_in: float, bottom_in: float, right_in: float, top_in: float
) -> Axes:
    """Axes with the given margins, in inches from the edges of the sheet."""
    width, height = (float(size) for size in figure.get_size_inches())
    return figure.add_axes(
        (
            left_in / width,
            bottom_in / height,
            (width - left_in - right_in) / width,
            (height - bottom_in - top_in) / height,
        )
    )


def shortened(text: str, most: int) -> str:
    """A long name with its middle left out, at most `most` characters."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = (most - 1 + 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def tick_every_s(second_pt: float, room_pt: float, least_s: int = 1) -> int:
    """Seconds between ticks that leaves `room_pt` points for each, `least_s` or more."""
    steps = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
    for step in steps:
        if step >= least_s and step * second_pt >= room_pt:
            return step
    return 3600 * math.ceil(room_pt / (3600 * second_pt))


def span_in_words(start_s: int, end_s: int, cycle_s: int) -> str:
    """A green as `12-47`; one over the end of the cycle as `80-15`."""
    return f"{start_s}-{end_s if end_s <= cycle_s else end_s - cycle_s}"


def _settings() -> Any:
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    families = [name for name in _FAMILIES if name in installed]
    return {
        "font.family": families or ["sans-serif"],
        "font.size": 8.0,
        "text.color": INK,
        "text.parse_math": False,
        "axes.edgecolor": AXIS,
        "axes.linewidth": 0.8,
        "hatch.linewidth": 0.6,
        "svg.hashsalt": "signalctl",
        "pdf.fonttype": 42,
        "path.simplify": False,
    }


def _every_glyph_known(figure: Figure) -> bool:
    """Whether the first font can draw all text, so that outlines are safe for svg."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.text import Text

    known = get_font(findfont(FontProperties())).get_charmap()
    return all(
        ord(letter) in known or letter == "\n"
        for text in figure.findobj(Text)
        if isinstance(text, Text)
        for letter in text.get_text()
    )
