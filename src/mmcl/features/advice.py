"""What follows from a diagnosis, in words, and what may not be said."""

from collections.abc import Mapping
from typing import Any

from mmcl.features.pairing import of_offset
from mmcl.features.verdicts import least_rows, of_axes

LIMITS = (
    "Axes that meet need not be factors of the world: both sides may have one habit.",
    "Where axes don't meet, there may be some: more rows, or other features, may show them.",
    "What isn't shared along straight lines may be shared along curved ones: nothing here sees it.",
    "Why rows are pairs, no report knows: a date or a place that both sides carry is shared, too.",
    "Rows are centered and not normalized. Where lengths differ, the other choice may differ.",
)


def advice(found: Mapping[str, Any]) -> list[str]:
    """What follows, in words: of the rows, the spaces, the directions, and the axes."""
    said = of_offset(found["offset"]) + [of_lengths(each) for each in found["modalities"]]
    said += of_directions(found["shared"]) + of_partners(found["pairs"])
    for each, name in zip(found["components"], found["modalities"], strict=True):
        said.append(of_tails(each, name["name"]))
    return said + of_axes(found) + [least_rows(found["grid"])]


def of_lengths(each: Mapping[str, Any]) -> str:
    """Whether one modality lies on a sphere, and what that allows."""
    if each["length_spread"] >= 1e-3:
        return (
            f"{each['name']} isn't of one length (spread {each['length_spread']:.0%}): the "
            "theorem for the sphere is about its directions alone."
        )
    off = each["uniformity"] - each["uniform"]
    return (
        f"{each['name']} lies on a sphere, {'near' if off < 0.1 else 'far from'} uniform "
        f"({off:+.2f} nats over it). The theorem for the sphere (Liu et al., 4.1) asks for uniform "
        "latents, and then identifies them up to one rotation, no further."
    )


def of_directions(shared: Mapping[str, Any]) -> list[str]:
    """What is said of the directions that both modalities share."""
    said, close = [], shared["exact"] - shared["copied"]
    if shared["copied"]:
        said.append(
            f"{directions(shared['copied'])} copied: both sides have 99 % of their variance in "
            "common. A coupling as tight as that looks the same."
        )
    if close > 0:
        said.append(
            f"{directions(close)} close: copied with some noise, or coupled tightly; no number "
            "here tells which."
        )
    if shared["coupled"]:
        said.append(f"{directions(shared['coupled'])} coupled and not copied.")
    nothing = (
        "No direction of one modality says anything linear about the other. If it should: do "
        "rows still belong together (a header, another order, a row lost in one file)?"
    )
    return said or [nothing]


def of_partners(pairs: Mapping[str, Any] | None) -> list[str]:
    """Whether finding partners is saturated, and whether a gap is in its way."""
    said = []
    if pairs and pairs["nats"] > 0.9 * pairs["ceiling"]:
        said.append(
            f"Among {pairs['among']} pairs nearly every partner is found: the loss is saturated "
            "and can't tell what else is shared."
        )
    if pairs and pairs["found_centered"] > pairs["found"] + 0.02:
        said.append(
            f"A gap of {pairs['gap']:.2f} stands between partners: centered, "
            f"{pairs['found_centered']:.0%} of them are found first, and {pairs['found']:.0%} as "
            "they are. Center each modality before you compare."
        )
    return said


def directions(count: int) -> str:
    """So many directions are."""
    return "1 direction is" if count == 1 else f"{count} directions are"


def of_tails(each: Mapping[str, Any], name: str) -> str:
    """How many components are non-Gaussian, beside random turns."""
    text = (
        f"{name}: {each['non_gaussian']} of {each['k']} components are non-Gaussian on new rows, "
        f"of turned axes {each['turned']:.1f}"
    )
    if not each["non_gaussian"]:
        return text + ": none was shown to be, which more rows might change."
    return text + f"; halves agree at {each['low']:.2f}, by chance up to {each['chance']:.2f}."
