#!/usr/bin/env python3
"""Writes trajectories.txt: 20 steps of PyTorch's optimizers and schedules, in float64.

    python3 tests/golden/trajectories.py        (needs torch; the tests need only trajectories.txt)

A line `optimizer NAME NUMBERS...` holds six parameters after each of 20 steps: a 2x2 weight matrix and a bias of two,
from START, with the gradient of step t given by `gradient`. What PyTorch calls weight decay falls on the weights only.
A line `schedule NAME NUMBERS...` holds the learning rates of 20 steps, 4 to an epoch.
"""

import math
import pathlib

import torch
from torch.optim import lr_scheduler as schedulers

torch.set_default_dtype(torch.float64)

STEPS, STEPS_PER_EPOCH = 20, 4
START = [0.5, -1.0, 1.5, -0.25, 0.75, -2.0]
out = []


def gradient(theta, t):
    """A quadratic that couples neighbors, and a force that changes with time."""
    return [(i + 1) / 3 * theta[i] + 0.25 * theta[(i + 1) % 6] + math.cos(t + 2 * i) for i in range(6)]


def numbers(values):
    return " ".join(f"{v:.15g}" for v in values)


def optimizer(name, make, weight_decay=0.0, **options):
    weights, biases = torch.tensor(START[:4]), torch.tensor(START[4:])
    groups = [{"params": [weights], "weight_decay": weight_decay}, {"params": [biases], "weight_decay": 0.0}]
    rule = make(groups, **options)
    path = []
    for t in range(STEPS):
        g = gradient(weights.tolist() + biases.tolist(), t)
        weights.grad, biases.grad = torch.tensor(g[:4]), torch.tensor(g[4:])
        rule.step()
        path += weights.tolist() + biases.tolist()
    out.append(f"optimizer {name} {numbers(path)}")


def schedule(name, rate, make, each_step):
    rule = torch.optim.SGD([torch.zeros(1)], lr=rate)
    scheduler = make(rule)
    rates = []
    for t in range(STEPS):
        rates.append(rule.param_groups[0]["lr"])
        rule.step()
        if each_step or (t + 1) % STEPS_PER_EPOCH == 0:
            scheduler.step()
    out.append(f"schedule {name} {numbers(rates)}")


SGD, Adam = torch.optim.SGD, torch.optim.Adam
optimizer("sgd", SGD, lr=0.1)
optimizer("sgd_penalty", SGD, lr=0.1, weight_decay=0.05)
# at a constant rate PyTorch's velocity is ours over the rate
optimizer("momentum", SGD, lr=0.05, momentum=0.9)
optimizer("momentum_penalty", SGD, lr=0.05, momentum=0.8, weight_decay=0.05)
optimizer("nesterov", SGD, lr=0.05, momentum=0.9, nesterov=True)
optimizer("adagrad", torch.optim.Adagrad, lr=0.1, initial_accumulator_value=1e-6, eps=0)
optimizer("rmsprop", torch.optim.RMSprop, lr=0.02, alpha=0.9, eps=1e-8)
optimizer("adam", Adam, lr=0.05)
optimizer("adam_options", Adam, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.05)
optimizer("adamw", torch.optim.AdamW, lr=0.05, weight_decay=0.01)
optimizer("adamw_options", torch.optim.AdamW, lr=0.1, betas=(0.5, 0.9), eps=1e-4, weight_decay=0.3)

schedule("step", 0.1, lambda o: schedulers.StepLR(o, step_size=2, gamma=0.3), each_step=False)
schedule("exponential", 0.1, lambda o: schedulers.ExponentialLR(o, gamma=0.8), each_step=False)
schedule("cosine", 0.1, lambda o: schedulers.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.01), each_step=True)
schedule("one_cycle", 0.1, lambda o: schedulers.OneCycleLR(o, max_lr=0.1, total_steps=STEPS), each_step=True)
schedule(
    "one_cycle_options",
    0.1,
    lambda o: schedulers.OneCycleLR(o, max_lr=0.3, total_steps=STEPS, pct_start=0.6, div_factor=3, final_div_factor=5),
    each_step=True,
)
schedule(
    "cosine_warm_up",
    0.1,
    lambda o: schedulers.ChainedScheduler(
        [
            schedulers.LinearLR(o, start_factor=1 / 5, total_iters=4),
            schedulers.CosineAnnealingLR(o, T_max=STEPS),
        ]
    ),
    each_step=True,
)

pathlib.Path(__file__).with_name("trajectories.txt").write_text("\n".join(out) + "\n")
