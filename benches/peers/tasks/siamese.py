"""examples/siamese.rs in PyTorch."""

import torch
from common import load, outputs, report, train
from torch import nn


def pairs(name):
    x, alike = load(name)
    return [part.reshape(-1, 1, 28, 28) for part in x.split(28 * 28, 1)], alike[:, 0] > 0.5


(x, y), (validation_x, validation_y), (test_x, test_y) = pairs("train"), pairs("validation"), pairs("test")


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(8, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Flatten(), nn.Linear(16 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 16),
        )

    def forward(self, a, b):
        return self.shared(a), self.shared(b)


def distance(output):
    return ((output[0] - output[1]) ** 2).sum(1).clamp(min=1e-12).sqrt()


def loss(output, alike):
    distances = distance(output)
    return torch.where(alike, distances**2, (2 - distances).clamp(min=0) ** 2).mean() / 2


def figures(_):
    model = Siamese()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    best = {"loss": float("inf"), "state": None}

    def after_epoch(_):
        value = float(loss(model(*validation_x), validation_y))
        if value < best["loss"]:
            best.update(loss=value, state={name: tensor.clone() for name, tensor in model.state_dict().items()})

    train(model, optimizer, loss, x, y, epochs=6, after_epoch=after_epoch)
    model.load_state_dict(best["state"])
    chosen_on, distances = distance(outputs(model, validation_x)), distance(outputs(model, test_x))
    right = lambda distances, alike, threshold: float(((distances < threshold) == alike).float().mean())
    threshold = max((step / 20 for step in range(1, 40)), key=lambda t: right(chosen_on, validation_y, t))
    return {"pairs told apart in %": 100 * right(distances, test_y, threshold)}


report(figures)
