#!/usr/bin/env python3
"""Writes losses.txt: what PyTorch computes, in float64, for the losses that it shares with plywood.

    python3 tests/golden/losses.py        (needs torch; the tests need only losses.txt)

Twelve outputs: mostly four examples of three each. A case is a line `NAME NUMBERS...`: the outputs, the targets (a class
for each example, or a number for each output), the loss, its derivative with respect to each output.
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

weights = torch.tensor([0.5, 2.0, 1.25])
hard = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
counts = torch.tensor([[0.0, 1.0, 3.0], [2.0, 0.0, 5.0], [1.0, 7.0, 0.0], [0.0, 2.0, 1.0]])
# a map of 1×2 pixels for each of two examples; the last pixel does not count
maps = torch.tensor([[[2, 0]], [[1, 255]]])


def focal(y, t, gamma, **settings):
    """The focal loss of each row, by its formula."""
    l = F.cross_entropy(y, t, reduction="none", **settings)
    return (1 - torch.exp(-l)) ** gamma * l


def binary_focal(y, t):
    l = F.binary_cross_entropy_with_logits(y, t, reduction="none")
    alpha = 0.25 * t + 0.75 * (1 - t)
    return (alpha * (1 - torch.exp(-l)) ** 2 * l).mean()


def quantile(y, t):
    return torch.maximum(0.875 * (t - y), 0.125 * (y - t)).mean()


def each_image(loss):
    """The mean of the images' losses, each the mean over its pixels that count."""
    return lambda y, t: torch.stack([loss(y, t) for y, t in zip(y.reshape(2, 1, 2, 3), t)]).mean()


def channels_first(y):
    return y.permute(2, 0, 1).unsqueeze(0)


def pixels(y, t):
    return F.cross_entropy(channels_first(y), t.unsqueeze(0), ignore_index=255)


def weighted_focal_pixels(y, t):
    y, t = y.reshape(-1, 3), t.reshape(-1)
    y, t = y[t != 255], t[t != 255]
    return (weights[t] * focal(y, t, 2.0)).mean()


case("focal", lambda y, t: focal(y, t, 2.0).mean(), classes)
case("focal_below_1", lambda y, t: focal(y, t, 0.5).mean(), classes)
# PyTorch divides the sum by the weights' sum, plywood by the number of examples
case("class_weighted", lambda y, t: F.cross_entropy(y, t, weight=weights, reduction="sum") / EXAMPLES, classes)
case("pixels", each_image(pixels), maps)
case("weighted_focal_pixels", each_image(weighted_focal_pixels), maps)
case(
    "weighted_binary_cross_entropy",
    lambda y, t: F.binary_cross_entropy_with_logits(y, t, pos_weight=weights),
    answers,
)
case("binary_focal", binary_focal, hard)
case("mean_absolute_error", F.l1_loss, numbers)
case("quantile", quantile, numbers)
case("poisson", lambda y, t: F.poisson_nll_loss(y, t, log_input=True), counts)
case("kullback_leibler", lambda y, t: F.kl_div(F.log_softmax(y, 1), t, reduction="batchmean"), probabilities)


# the outputs of a pair of shapes: the first parts of all examples, then the second parts
def contrastive(y, t):
    a, b = y.reshape(2, 2, 3)
    squared = ((a - b) ** 2).sum(1)
    return torch.where(t == 1, squared / 2, F.relu(12.0 - squared.sqrt()) ** 2 / 2).mean()


def triplet(y, t):
    anchor, positive, negative = y.reshape(3, 2, 2)
    near, far = ((anchor - positive) ** 2).sum(1), ((anchor - negative) ** 2).sum(1)
    return F.relu(near - far + 30.0).mean()


def class_and_number(y, t):
    scores, value = y.reshape(-1)[:8].reshape(4, 2), y.reshape(-1)[8:]
    return F.cross_entropy(scores, t[:4].long()) + 0.25 * F.mse_loss(value, t[4:])


case("contrastive", contrastive, torch.tensor([1, 0]))
case("triplet", triplet, torch.tensor([]))
case("class_and_number", class_and_number, torch.tensor([1.0, 0.0, 0.0, 1.0, 0.5, -1.25, 3.0, 2.0]))

pathlib.Path(__file__).with_name("losses.txt").write_text("\n".join(out) + "\n")
