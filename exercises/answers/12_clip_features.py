"""Chapter 12, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def gap(images, texts):
    image_center, text_center = (
        (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(axis=0)
        for rows in (images, texts)
    )
    return np.linalg.norm(image_center - text_center)
"""
RUBRIC = """
Full marks for normalizing rows before averaging, and for a distance rather than its square.
Ask when the loss doesn't see this number (a coordinate that does nothing else, and shifts of opposite sign), and why closing CLIP's gap costs nats all the same.
"""
