#!/usr/bin/env python3
"""Writes losses.txt: what PyTorch computes, in float64, for the losses that it shares with plywood.

    python3 tests/golden/losses.py        (needs torch; the tests need only losses.txt)

Four examples of three outputs each. A case is a line `NAME NUMBERS...`: the outputs, the targets (a class for each
example, or a number for each output), the loss, its derivative with respect to each output.
"""

import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
EXAMPLES, OUTPUTS = 4, 3
out = []


def case(name, loss, targets):
    torch.manual_seed(len(out))
    y = (3 * torch.randn(EXAMPLES, OUTPUTS)).round(decimals=3).requires_grad_(True)
    value = loss(y, targets)
    value.backward()
    parts = [y.reshape(-1), targets.reshape(-1).double(), value.reshape(1), y.grad.reshape(-1)]
    out.append(f"{name} " + " ".join(f"{v:.15g}" for v in torch.cat(parts).tolist()))


classes = torch.tensor([2, 0, 1, 2])
# exact in float32, as the targets are
numbers = torch.tensor([[0.5, -1.25, 3.0], [2.0, -0.75, 0.125], [1.0, 1.5, -4.0], [0.0, -2.5, 0.25]])
probabilities = torch.tensor([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0], [0.125, 0.75, 0.125], [0.0, 0.5, 0.5]])
answers = torch.tensor([[0.0, 1.0, 1.0], [0.25, 0.0, 1.0], [1.0, 0.5, 0.0], [0.0, 0.0, 1.0]])

case("softmax_cross_entropy", F.cross_entropy, classes)
case("smoothed_cross_entropy", lambda y, t: F.cross_entropy(y, t, label_smoothing=0.2), classes)
case("soft_cross_entropy", F.cross_entropy, probabilities)
case("mean_squared_error", F.mse_loss, numbers)
case("huber", lambda y, t: F.huber_loss(y, t, delta=1.5), numbers)
case("binary_cross_entropy", F.binary_cross_entropy_with_logits, answers)
# PyTorch takes the mean over classes, plywood the sum
case("hinge", lambda y, t: F.multi_margin_loss(y, t, margin=1.25) * OUTPUTS, classes)

pathlib.Path(__file__).with_name("losses.txt").write_text("\n".join(out) + "\n")
