"""Okabe and Ito's palette, safe for color-blind readers."""

BLUE, ORANGE, GREEN, RED, PURPLE, GRAY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#767676",
)  # fmt: skip
