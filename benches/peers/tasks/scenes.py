"""examples/scenes.rs in PyTorch."""

import torch
from common import images, load, outputs, report, train
from torch import nn

(x, y), (test_x, test_y) = load("train"), load("test")
x, test_x = images(x, 32, 32, 1), images(test_x, 32, 32, 1)


def finder():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(),
        nn.Conv2d(24, 48, 3, padding=1), nn.ReLU(),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(48, 10),
    )


def figures(_):
    found = {}
    yes = y.sum(0)
    for name, weights in [("without weights", None), ("with weights", (len(y) - yes) / yes)]:
        model = finder()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        train(model, optimizer, nn.BCEWithLogitsLoss(pos_weight=weights), [x], y, epochs=8, cosine=True)
        answers, truth = outputs(model, [test_x]) > 0, test_y > 0.5
        found[f"{name}: answers wrong in %"] = 100 * float((answers != truth).float().mean())
        found[f"{name}: recall of 7 to 9 in %"] = 100 * float(answers[:, 7:][truth[:, 7:]].float().mean())
    return found


report(figures)
