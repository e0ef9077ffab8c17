"""examples/transfer.rs in PyTorch."""

import copy

import torch
from common import images, load, outputs, report, train
from torch import nn

(x, y), (few_x, few_y), (test_x, test_y) = [
    (images(x, 28, 28, 1), y[:, 0].long()) for x, y in [load("digits"), load("few"), load("test")]
]


def reader():
    trunk = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(),
    )
    return nn.Sequential(trunk, nn.Linear(64, 10))


def fit(model, parameters, rate, x, y, epochs, batch):
    optimizer = torch.optim.SGD(parameters, lr=rate, momentum=0.9)
    train(model, optimizer, nn.functional.cross_entropy, [x], y, epochs=epochs, batch=batch, cosine=True)
    return 100 * float((outputs(model, [test_x]).argmax(1) != test_y).float().mean())


def figures(_):
    old = reader()
    found = {"read as they are, wrong in %": fit(old, old.parameters(), 0.05, x, y, 10, 64)}
    for name in ["from the start", "frozen trunk", "trunk that learns on"]:
        model = reader()
        if name != "from the start":
            model[0] = copy.deepcopy(old[0])
        learning = model[1] if name == "frozen trunk" else model
        found[f"{name}, wrong in %"] = fit(model, learning.parameters(), 0.02, few_x, few_y, 40, 32)
    return found


report(figures)
