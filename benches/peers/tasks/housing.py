"""examples/housing.rs in PyTorch, and two estimators of scikit-learn."""

import os

import pandas
import torch
from common import folder, outputs, r2, report, train
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from torch import nn

tables = [pandas.read_csv(os.path.join(folder(), f"{part}.csv")) for part in ["train", "test"]]
filling = tables[0].mean(numeric_only=True)
tables = [pandas.get_dummies(table.fillna(filling), columns=["ocean_proximity"], dtype=float) for table in tables]
targets = [torch.tensor(table.pop("median_house_value").to_numpy(), dtype=torch.float32) for table in tables]
inputs = [torch.tensor(table.to_numpy(), dtype=torch.float32) for table in tables]
x, validation_x, test_x = inputs[0][:-1000], inputs[0][-1000:], inputs[1]
y, validation_y, test_y = targets[0][:-1000], targets[0][-1000:], targets[1]
mean, deviation = x.mean(0), x.std(0, correction=0)
x, validation_x, test_x = [(part - mean) / deviation for part in [x, validation_x, test_x]]


def network():
    scale = y.std(correction=0)
    model = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    best = {"error": float("inf"), "epoch": 0, "state": None}

    def after_epoch(epoch):
        error = float((model(validation_x)[:, 0] * scale + y.mean() - validation_y).abs().mean())
        if error < best["error"]:
            state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
            best.update(error=error, epoch=epoch, state=state)
        return epoch - best["epoch"] >= 15

    targets = ((y - y.mean()) / scale)[:, None]
    train(model, optimizer, nn.functional.mse_loss, [x], targets, epochs=200, after_epoch=after_epoch)
    model.load_state_dict(best["state"])
    return outputs(model, [test_x])[:, 0] * scale + y.mean()


def figures(seed):
    predictions = {
        "PyTorch": network(),
        "Ridge": torch.from_numpy(Ridge().fit(x, y).predict(test_x.numpy())),
        "HistGradientBoostingRegressor": torch.from_numpy(
            HistGradientBoostingRegressor(random_state=seed).fit(x, y).predict(test_x.numpy())
        ),
    }
    found = {}
    for name, prediction in predictions.items():
        found[f"{name}: R²"] = r2(prediction, test_y)
        found[f"{name}: absolute error"] = float((prediction - test_y).abs().mean())
    return found


report(figures)
