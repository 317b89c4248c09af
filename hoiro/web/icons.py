"""`make icons`: the icons of the page as an app, drawn from the mark and kept beside it."""

import io
from pathlib import Path

import typst
from PIL import Image

STATIC = Path(__file__).parent / "static" / "web"
# A telephone cuts its own shape out of the last one, of which the middle four fifths are safe.
ICONS = {"icon-192": (192, 22, 84), "icon-512": (512, 22, 84), "icon-maskable-512": (512, 0, 62)}
"""By name: size in pixels, roundness of its corners, and size of the mark, both in hundredths of it."""
PAGE = """
#let (size, corner, mark) = json(bytes(sys.inputs.icon))
#set page(width: size * 1pt, height: size * 1pt, margin: 0pt, fill: none)
#rect(width: 100%, height: 100%, radius: corner * 1%, fill: rgb("#f8f3e8"))
#place(center + horizon, image(bytes(sys.inputs.mark), format: "svg", width: mark * 1%))
"""


def main() -> None:
    """Write them all."""
    mark = (STATIC / "mark.svg").read_text()
    for name, icon in ICONS.items():
        inputs = {"icon": str(list(icon)), "mark": mark}
        drawn = typst.compile(PAGE.encode(), format="png", ppi=72.0, sys_inputs=inputs)
        flat = Image.open(io.BytesIO(drawn)).convert("RGBA").quantize(64, dither=Image.Dither.NONE)
        flat.save(STATIC / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
