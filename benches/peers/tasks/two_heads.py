"""examples/two_heads.rs in PyTorch."""

import torch
from common import images, load, outputs, report, train
from torch import nn

(x, y), (test_x, test_y) = load("train"), load("test")
x, test_x = images(x, 28, 28, 1), images(test_x, 28, 28, 1)


class Slanted(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * 5 * 5, 64), nn.ReLU(),
        )
        self.digit, self.slant = nn.Linear(64, 10), nn.Linear(64, 1)

    def forward(self, x):
        x = self.trunk(x)
        return self.digit(x), self.slant(x)


def loss(output, target):
    digit, slant = output
    return nn.functional.cross_entropy(digit, target[:, 0].long()) + 2 * nn.functional.mse_loss(slant, target[:, 1:])


def figures(_):
    model = Slanted()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    train(model, optimizer, loss, [x], y, epochs=8, cosine=True)
    digit, slant = outputs(model, [test_x])
    return {
        "classes wrong in %": 100 * float((digit.argmax(1) != test_y[:, 0]).float().mean()),
        "absolute error of the slant": float((slant - test_y[:, 1:]).abs().mean()),
    }


report(figures)
