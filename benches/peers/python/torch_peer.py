"""PyTorch: torch_peer.py <workloads> <threads> [variants]

Variants: eager, script (TorchScript, frozen; inference only) and compile; eager-cl and compile-cl with channels last.
Without the third argument all that apply to a workload.
"""

import os
import sys

THREADS = int(sys.argv[2])
WANTED = sys.argv[3].split(",") if len(sys.argv) > 3 else None
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(THREADS)

import torch  # noqa: E402
import torch._inductor.config  # noqa: E402
import torch.nn.functional as functional  # noqa: E402
from torch import nn  # noqa: E402

from protocol import CONVOLUTIONS, measure, note, report, report_memory  # noqa: E402

torch.set_num_threads(THREADS)
torch.set_num_interop_threads(1)
torch.manual_seed(7)


def perceptron(*sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), *perceptron(400, 120, 84, 10),
    )


def normalized(inputs, outputs, kernel, stride):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = normalized(inputs, outputs, 3, stride)
        self.second = normalized(outputs, outputs, 3, 1)
        self.shortcut = nn.Identity() if inputs == outputs else normalized(inputs, outputs, 1, stride)

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = normalized(3, 16, 3, 1)
        blocks, inputs = [], 16
        for outputs in (16, 32, 64):
            for block in range(3):
                blocks.append(Block(inputs, outputs, 2 if outputs > 16 and block == 0 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(functional.relu(self.stem(x)))
        return self.dense(x.mean((2, 3)))


def variants(*possible):
    return [variant for variant in possible if WANTED is None or variant in WANTED]


def laid_out(thing, variant):
    if not variant.endswith("-cl"):
        return thing
    if isinstance(thing, nn.Module):
        return thing.to(memory_format=torch.channels_last)
    return thing.contiguous(memory_format=torch.channels_last)


def infer(workload, make, shape, unit, possible):
    for variant in variants(*possible):
        network = laid_out(make().eval(), variant)
        x = laid_out(torch.randn(shape), variant)
        # freezing lets the compiler fold batch normalization and pack the weights
        with torch.inference_mode(), torch._inductor.config.patch(freezing=True):
            if variant == "script":
                network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, x)))
            elif variant.startswith("compile"):
                torch._dynamo.reset()
                network = torch.compile(network)
            measurement = measure(lambda: network(x))
        report(f"torch-{variant}", workload, THREADS, measurement, shape[0], unit)


def train(workload, make, shape, unit, possible):
    for variant in variants(*possible):
        network = laid_out(make().train(), variant)
        batches = [(laid_out(torch.randn(shape), variant), torch.randint(0, 10, shape[:1])) for _ in range(8)]
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)

        def forward(x, labels):
            return functional.cross_entropy(network(x), labels)

        if variant.startswith("compile"):
            torch._dynamo.reset()
            forward = torch.compile(forward)
        steps, value = 0, None

        def call():
            nonlocal steps, value
            x, labels = batches[steps % 8]
            steps += 1
            optimizer.zero_grad(set_to_none=True)
            loss = forward(x, labels)
            loss.backward()
            optimizer.step()
            value = loss.item()

        measurement = measure(call)
        note(f"torch-{variant}", workload, "steps", steps, "last loss", value)
        report(f"torch-{variant}", workload, THREADS, measurement, shape[0], unit)
        # the peak is the process's: only where it ran one variant of one workload
        if workload == "W5" and WANTED is not None and len(WANTED) == 1:
            report_memory(f"torch-{variant}", workload, THREADS)


def convolutions():
    for inputs, outputs, side, batch in CONVOLUTIONS:
        name = f"{inputs}x{outputs}x{side}x{batch}"
        operations = 2 * 9 * inputs * outputs * side * side * batch
        for variant in variants("eager", "eager-cl"):
            layer = laid_out(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), variant)
            x = laid_out(torch.randn(batch, inputs, side, side), variant).requires_grad_()
            dy = laid_out(torch.randn(batch, outputs, side, side), variant)
            with torch.inference_mode():
                measurement = measure(lambda: layer(x))
            report(f"torch-{variant}", f"W7-fwd-{name}", THREADS, measurement, operations, "GFLOP/s")

            def both():
                layer.weight.grad = x.grad = None
                layer(x).backward(dy)

            measurement = measure(both)
            report(f"torch-{variant}", f"W7-fb-{name}", THREADS, measurement, 3 * operations, "GFLOP/s")


IMAGES = ["eager", "eager-cl", "compile", "compile-cl"]

for workload in sys.argv[1].split(","):
    match workload:
        case "W1":
            infer("W1", lambda: perceptron(4, 16, 16, 2), (1, 4), "ns", ["eager", "script", "compile"])
        case "W2":
            infer("W2", lambda: perceptron(784, 128, 64, 10), (1, 784), "us", ["eager", "script", "compile"])
        case "W3":
            train("W3", lambda: perceptron(784, 256, 128, 10), (64, 784), "samples/s", ["eager", "compile"])
        case "W4":
            train("W4", lenet5, (64, 1, 28, 28), "samples/s", IMAGES)
        case "W5":
            train("W5", ResNet20, (64, 3, 32, 32), "images/s", IMAGES)
        case "W6":
            infer("W6-b1", ResNet20, (1, 3, 32, 32), "us", ["script", *IMAGES])
            infer("W6-b64", ResNet20, (64, 3, 32, 32), "images/s", ["script", *IMAGES])
        case "W7":
            convolutions()
        case _:
            note("torch skips", workload)
