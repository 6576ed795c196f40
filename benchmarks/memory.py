"""Peak memory of one training step at the papers' batch size, each form in a process of its own."""

import json
import subprocess
import sys
from typing import Any

import torch

from benchmarks import step
from benchmarks._measure import ROOT, Sheet
from mmcl_experiments import provenance

SIZES = step.SIZES
FORMS = ("nothing", "ours", "cdist", "broadcast")
PROBE = "import sys; from benchmarks import memory; print(memory.peak(*sys.argv[1:]))"


def peak(form: str, space: str, size: str, device: str) -> float:
    """Run one step with a form of the loss; the process's peak memory in MiB, or the GPU's."""
    torch.set_num_threads(1)
    made = step.Step(json.loads(size), space, device)
    if form == "nothing":
        made.codes()
    else:
        made.whole(step.loss_of(form, space))()
    if device != "cpu":
        return torch.cuda.max_memory_allocated() / 2**20
    return provenance.peak_mib() or float("nan")


def run(size: dict[str, Any], device: str) -> Sheet:
    """Peak memory of each form, beyond what encoders and batches take without any loss."""
    sheet = Sheet("memory", size, device)
    rows = []
    for space in step.SPACES:
        found = {form: in_a_process(form, space, size, device) for form in FORMS}
        own = {form: max(found[form] - found["nothing"], 1.0) for form in FORMS[1:]}
        sheet.note(f"{space}.ours.mib", own["ours"])
        for form in ("cdist", "broadcast"):
            sheet.note(f"{space}.{form}", own[form] / own["ours"])
        texts = {form: f"{found[form] / 1024:.2f}" for form in FORMS}
        rows.append({"": f"step, {space}", "forward alone": texts.pop("nothing"), **texts})
    sheet.table("peaks", "Peak memory of a process that does one step, in GiB", rows)
    return sheet


def in_a_process(form: str, space: str, size: dict[str, Any], device: str) -> float:
    """`peak` in a fresh process, whose memory nothing else has touched."""
    command = [sys.executable, "-c", PROBE, form, space, json.dumps(size), device]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
