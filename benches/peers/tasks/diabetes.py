"""examples/diabetes.rs in PyTorch, and a linear model of scikit-learn; the argument is `examples`, where the table is."""

import os

import pandas
import torch
from common import folder, r2, report, train
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from torch import nn

table = pandas.get_dummies(pandas.read_csv(os.path.join(folder(), "diabetes.csv")), columns=["sex"], dtype=float)
y = torch.tensor(table.pop("progression").to_numpy(), dtype=torch.float32)
x = torch.tensor(table.to_numpy(), dtype=torch.float32)


def network(x, y, held_out):
    scale = y.std(correction=0)
    model = nn.Sequential(nn.Linear(11, 8), nn.Tanh(), nn.Linear(8, 1))
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.02},
        {"params": [p for p in model.parameters() if p.ndim == 1]},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.003, momentum=0.9)
    targets = ((y - y.mean()) / scale)[:, None]
    train(model, optimizer, nn.functional.mse_loss, [x], targets, epochs=40, batch=16)
    with torch.no_grad():
        return model(held_out)[:, 0] * scale + y.mean()


def linear(x, y, held_out):
    return torch.from_numpy(LinearRegression().fit(x.numpy(), y.numpy()).predict(held_out.numpy()))


def figures(seed):
    found = {}
    for name, predict in [("PyTorch", network), ("LinearRegression", linear)]:
        prediction = torch.zeros_like(y)
        for rows, others in KFold(5, shuffle=True, random_state=seed).split(x):
            mean, deviation = x[rows].mean(0), x[rows].std(0, correction=0)
            standardized = (x - mean) / deviation
            prediction[others] = predict(standardized[rows], y[rows], standardized[others])
        found[f"{name}: R²"] = r2(prediction, y)
        found[f"{name}: absolute error"] = float((prediction - y).abs().mean())
    return found


report(figures)
