"""What follows from a diagnosis, in words: which theorem speaks, and what may not be said."""

from collections.abc import Mapping
from typing import Any

from mmcl.stability import AGREED

AHEAD = 0.975  # share of random rotations that components have to beat


def advice(found: Mapping[str, Any]) -> list[str]:
    """What follows, in words: which theorem speaks about the data, and what it doesn't say."""
    said = []
    for each in found["modalities"]:
        if each["length_spread"] < 1e-3:
            off = each["uniformity"] - each["uniform"]
            words = "near" if off < 0.1 else "far from"
            said.append(
                f"{each['name']} lies on a sphere, {words} uniform ({off:+.2f} nats over it). The "
                "theorem for the sphere (Liu et al., 4.1) asks for uniform latents, and then "
                "identifies them up to one rotation, no further."
            )
        else:
            said.append(
                f"{each['name']} isn't of one length (spread {each['length_spread']:.0%}): the "
                "theorem for the sphere is about its directions alone."
            )
    shared = found["shared"]
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
    if not shared["exact"] + shared["coupled"]:
        said.append(
            "No direction of one modality says anything linear about the other. If it should: do "
            "rows still belong together (a header, another order, a row lost in one file)?"
        )
    if found["pairs"] and found["pairs"]["nats"] > 0.9 * found["pairs"]["ceiling"]:
        said.append(
            f"Among {found['pairs']['among']} pairs nearly every partner is found: the loss is "
            "saturated and can't tell what else is shared."
        )
    if found["pairs"] and found["pairs"]["found_centered"] > found["pairs"]["found"] + 0.02:
        said.append(
            f"A gap of {found['pairs']['gap']:.2f} stands between partners: centered, "
            f"{found['pairs']['found_centered']:.0%} of them are found first, and "
            f"{found['pairs']['found']:.0%} as they are. Center each modality before you compare."
        )
    for each, name in zip(found["components"], found["modalities"], strict=True):
        said.append(verdict(each, name["name"]))
    gain = found["across"]
    if gain["low"] > 0 and gain["ahead"] >= AHEAD:
        text = "match across modalities better than randomly turned axes"
    elif gain["high"] < 0 and gain["ahead"] <= 1 - AHEAD:
        text = "match across modalities worse than randomly turned axes"
    else:
        text = "match across modalities no better than randomly turned axes, as far as pairs tell"
    interval = f"{gain['difference']:+.3f}, {gain['low']:+.3f} to {gain['high']:+.3f}"
    ahead = f"ahead of {gain['ahead']:.0%} of them"
    said.append(f"Independent components {text} ({interval}; {ahead}).")
    if any(each["low"] < max(AGREED, each["chance"]) for each in found["components"]):
        said.append("Of axes that don't come back, another halving of the rows may say otherwise.")
    return said


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
