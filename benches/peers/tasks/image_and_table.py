"""examples/image_and_table.rs in PyTorch."""

import torch
from common import load, outputs, r2, report, train
from torch import nn


def orders(name):
    x, y = load(name)
    return [x[:, : 28 * 28].reshape(-1, 1, 28, 28), x[:, 28 * 28 :]], y


(x, y), (test_x, test_y) = orders("train"), orders("test")


class Cost(nn.Module):
    def __init__(self):
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(8, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Flatten(), nn.Linear(16 * 7 * 7, 32), nn.ReLU(),
        )
        self.table = nn.Sequential(nn.Linear(3, 32), nn.ReLU())
        self.both = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, picture, table):
        return self.both(torch.cat([self.picture(picture), self.table(table)], 1))


def figures(_):
    found = {}
    for name, given in [("picture alone", [1, 0]), ("table alone", [0, 1]), ("both", [1, 1])]:
        inputs, test_inputs = [[part * use for part, use in zip(parts, given)] for parts in [x, test_x]]
        model = Cost()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        targets = (y - y.mean()) / y.std(correction=0)
        train(model, optimizer, nn.functional.mse_loss, inputs, targets, epochs=10, cosine=True)
        prediction = outputs(model, test_inputs) * y.std(correction=0) + y.mean()
        found[f"{name}: R²"] = r2(prediction, test_y)
        found[f"{name}: absolute error"] = float((prediction - test_y).abs().mean())
    return found


report(figures)
