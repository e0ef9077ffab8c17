"""What the peers of the tasks share: the data that an example exports, the training loop, and the report of some seeds."""

import math
import os
import sys

import numpy
import torch
from torch import nn

torch.set_num_threads(1)


def he(layer):
    """Draws starting values as plywood does by default: weights of variance 2 / fan-in, and no biases."""
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)


if "--he" in sys.argv:
    sys.argv.remove("--he")
    nn.Linear.reset_parameters = nn.Conv2d.reset_parameters = he


def folder():
    """Returns the folder that `--export` of the example wrote to: the only argument."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} [--he] FOLDER, with the data that `cargo run --example … -- --export FOLDER` wrote")
    return sys.argv[1]


def load(name):
    """Returns the inputs and targets of a part of the data, a row for each example."""
    return [torch.from_numpy(numpy.load(os.path.join(folder(), f"{name}-{part}.npy"))) for part in "xy"]


def images(x, *sides):
    """Returns rows in the order height, width, channels as images in PyTorch's order."""
    return x.reshape(-1, *sides).permute(0, 3, 1, 2).contiguous()


def train(model, optimizer, loss, inputs, targets, epochs, batch=64, cosine=False, after_epoch=None, augment=None):
    """Trains on minibatches in random order; `after_epoch` returns True to stop, `augment` changes inputs and targets."""
    count = len(targets)
    steps = epochs * math.ceil(count / batch)
    step = 0
    rates = [group["lr"] for group in optimizer.param_groups]
    for epoch in range(epochs):
        model.train()
        for rows in torch.randperm(count).split(batch):
            if cosine:
                for group, rate in zip(optimizer.param_groups, rates):
                    group["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
            optimizer.zero_grad()
            drawn, answers = [x[rows] for x in inputs], targets[rows]
            if augment is not None:
                drawn, answers = augment(drawn, answers)
            loss(model(*drawn), answers).backward()
            optimizer.step()
            step += 1
        if after_epoch is not None:
            model.eval()
            with torch.no_grad():
                if after_epoch(epoch):
                    break
    model.eval()


def outputs(model, inputs, batch=500):
    """Returns the outputs for all examples."""
    with torch.no_grad():
        parts = [model(*part) for part in zip(*(x.split(batch) for x in inputs))]
    if isinstance(parts[0], tuple):
        return tuple(torch.cat(part) for part in zip(*parts))
    return torch.cat(parts)


def r2(prediction, target):
    """Returns the coefficient of determination."""
    return float(1 - ((target - prediction) ** 2).sum() / ((target - target.mean()) ** 2).sum())


def report(figures, seeds=3):
    """Prints the mean and the range of each figure over seeds; `figures` is a function of the seed to a dictionary."""
    found = {}
    for seed in range(1, seeds + 1):
        torch.manual_seed(seed)
        for name, value in figures(seed).items():
            found.setdefault(name, []).append(value)
            print(f"seed {seed}: {name} {value:.4g}", flush=True)
    for name, values in found.items():
        print(f"{name}: mean {sum(values) / len(values):.4g}, {min(values):.4g} to {max(values):.4g}")
