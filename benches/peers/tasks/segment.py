"""examples/segment.rs in PyTorch."""

import torch
from common import images, load, outputs, report, train
from torch import nn

CLASSES = 11
(x, y), (test_x, test_y) = load("train"), load("test")
x, test_x = images(x, 32, 64, 1), images(test_x, 32, 64, 1)
y, test_y = y.long().reshape(-1, 32, 64), test_y.long().reshape(-1, 32, 64)


class Beside(nn.Module):
    """The input beside what layers make of it."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return torch.cat([x, self.layers(x)], 1)


def conv(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]


def unet():
    inner = Beside(nn.MaxPool2d(2), *conv(32, 48), *conv(48, 48), nn.Upsample(scale_factor=2))
    middle = Beside(nn.MaxPool2d(2), *conv(16, 32), inner, *conv(32 + 48, 32), nn.Upsample(scale_factor=2))
    outer = Beside(nn.MaxPool2d(2), *conv(8, 16), middle, *conv(16 + 32, 16), nn.Upsample(scale_factor=2))
    return nn.Sequential(*conv(1, 8), outer, *conv(8 + 16, 16), nn.Conv2d(16, CLASSES, 1))


def shift(inputs, maps):
    """Moves each scene and its map by up to 3 pixels, and fills with paper."""
    (x,) = inputs
    padded, wide = nn.functional.pad(x, [3] * 4), nn.functional.pad(maps, [3] * 4)
    places = torch.randint(7, (len(x), 2)).tolist()
    x = torch.stack([scene[:, top : top + 32, left : left + 64] for scene, (top, left) in zip(padded, places)])
    maps = torch.stack([scene[top : top + 32, left : left + 64] for scene, (top, left) in zip(wide, places)])
    return [x], maps


def figures(_):
    model = unet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    train(model, optimizer, nn.functional.cross_entropy, [x], y, epochs=6, batch=16, augment=shift)
    found = outputs(model, [test_x]).argmax(1)
    overlaps = [((found == c) & (test_y == c)).sum() / ((found == c) | (test_y == c)).sum() for c in range(CLASSES)]
    return {
        "pixels right in %": 100 * float((found == test_y).float().mean()),
        "mean IoU in %": 100 * float(sum(overlaps) / CLASSES),
    }


report(figures)
