"""What follows from a diagnosis, in words: which theorem speaks, and what may not be said."""

from collections.abc import Mapping
from typing import Any

from mmcl.metrics.stability import AGREED

AHEAD = 0.975  # share of random rotations that components have to beat


def advice(found: Mapping[str, Any]) -> list[str]:
    """What follows, in words: which theorem speaks about the data, and what it doesn't say."""
    said = [of_lengths(each) for each in found["modalities"]]
    said += of_directions(found["shared"]) + of_partners(found["pairs"])
    for each, name in zip(found["components"], found["modalities"], strict=True):
        said.append(verdict(each, name["name"]))
    said.append(of_components(found["across"]))
    if any(each["low"] < max(AGREED, each["chance"]) for each in found["components"]):
        said.append("Of axes that don't come back, another halving of the rows may say otherwise.")
    return said


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
    """Which theorem speaks of the directions that both modalities share."""
    said = []
    if shared["exact"]:
        said.append(
            f"{directions(shared['exact'])} so well in agreement that they pass for copied: of "
            "them block identification (Daunhawer et al., Theorem 1) speaks. A tight coupling "
            "looks the same."
        )
    if shared["coupled"]:
        said.append(
            f"{directions(shared['coupled'])} coupled and not copied: the setting of Liu et al."
        )
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


def of_components(gain: Mapping[str, Any]) -> str:
    """Whether components match across modalities better than randomly turned axes."""
    how = "no better than randomly turned axes, as far as pairs tell"
    if gain["low"] > 0 and gain["ahead"] >= AHEAD:
        how = "better than randomly turned axes"
    elif gain["high"] < 0 and gain["ahead"] <= 1 - AHEAD:
        how = "worse than randomly turned axes"
    interval = f"{gain['difference']:+.3f}, {gain['low']:+.3f} to {gain['high']:+.3f}"
    ahead = f"ahead of {gain['ahead']:.0%} of them"
    return f"Independent components match across modalities {how} ({interval}; {ahead})."


def directions(count: int) -> str:
    """So many directions are."""
    return "1 direction is" if count == 1 else f"{count} directions are"


def verdict(each: Mapping[str, Any], name: str) -> str:
    """What may be said of one modality's components."""
    text = f"{name}: {each['non_gaussian']} of {each['k']} components are non-Gaussian on new rows"
    if not each["non_gaussian"]:
        return text + ": no ICA can find axes here, any rotation is as good."
    if each["low"] < AGREED:
        return text + f", but halves disagree ({each['low']:.2f}): don't read single axes."
    if each["low"] < each["chance"]:
        return text + (
            f"; halves agree ({each['low']:.2f}), but of so few components they often do by chance "
            f"({each['chance']:.2f}): give more rows before you read single axes."
        )
    return text + f", and they come back ({each['agreement']:.2f}): their axes may be read."
