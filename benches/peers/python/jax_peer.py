"""JAX, everything compiled by jit: jax_peer.py <workloads> <threads>

XLA sizes its pool by the CPUs that it may use: run it under taskset.
"""

import os
import sys

THREADS = int(sys.argv[2])
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

from protocol import CONVOLUTIONS, measure, note, report, report_memory  # noqa: E402

rng = np.random.default_rng(7)


def normal(*shape, fan_in=1):
    return jnp.asarray((rng.standard_normal(shape) * fan_in**-0.5).astype(np.float32))


# Each network is a function of parameters, running statistics, input and whether it is trained, that returns the
# scores and the new statistics.


def dense_parameters(*sizes):
    return [
        {"w": normal(inputs, outputs, fan_in=inputs), "b": jnp.zeros(outputs)}
        for inputs, outputs in zip(sizes, sizes[1:])
    ]


def perceptron(layers, running, x, train):
    for i, layer in enumerate(layers):
        x = x @ layer["w"] + layer["b"]
        if i + 1 < len(layers):
            x = jax.nn.relu(x)
    return x, running


def convolve(x, w, stride=1, padding="SAME"):
    return lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def weights(kernel, inputs, outputs):
    return normal(kernel, kernel, inputs, outputs, fan_in=kernel * kernel * inputs)


def pool_by_window(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def pool_by_reshape(x):
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))


def lenet5_parameters():
    return {
        "w1": weights(5, 1, 6), "b1": jnp.zeros(6),
        "w2": weights(5, 6, 16), "b2": jnp.zeros(16),
        "dense": dense_parameters(400, 120, 84, 10),
    }


def lenet5(pool):
    def network(parameters, running, x, train):
        x = pool(jax.nn.relu(convolve(x, parameters["w1"]) + parameters["b1"]))
        x = pool(jax.nn.relu(convolve(x, parameters["w2"], padding="VALID") + parameters["b2"]))
        return perceptron(parameters["dense"], running, x.reshape(x.shape[0], -1), train)

    return network


def scale_and_shift(channels):
    return {"scale": jnp.ones(channels), "shift": jnp.zeros(channels)}


def statistics(channels):
    return {"mean": jnp.zeros(channels), "variance": jnp.ones(channels)}


def batch_norm(parameters, running, x, train):
    if train:
        mean = x.mean((0, 1, 2))
        variance = (x * x).mean((0, 1, 2)) - mean * mean
        running = {
            "mean": 0.9 * running["mean"] + 0.1 * mean,
            "variance": 0.9 * running["variance"] + 0.1 * variance,
        }
    else:
        mean, variance = running["mean"], running["variance"]
    scale = parameters["scale"] * lax.rsqrt(variance + 1e-5)
    return x * scale + (parameters["shift"] - mean * scale), running


def resnet20_parameters():
    parameters = {"w": weights(3, 3, 16), "norm": scale_and_shift(16), "dense": dense_parameters(64, 10), "blocks": []}
    running = {"norm": statistics(16), "blocks": []}
    inputs = 16
    for outputs in (16, 32, 64):
        for _ in range(3):
            block = {"w1": weights(3, inputs, outputs), "w2": weights(3, outputs, outputs)}
            norms = ["norm1", "norm2"]
            if inputs != outputs:
                block["w3"] = weights(1, inputs, outputs)
                norms.append("norm3")
            block |= {norm: scale_and_shift(outputs) for norm in norms}
            parameters["blocks"].append(block)
            running["blocks"].append({norm: statistics(outputs) for norm in norms})
            inputs = outputs
    return parameters, running


def resnet20(parameters, running, x, train):
    new = {"blocks": []}
    x, new["norm"] = batch_norm(parameters["norm"], running["norm"], convolve(x, parameters["w"]), train)
    x = jax.nn.relu(x)
    for block, old in zip(parameters["blocks"], running["blocks"]):
        stride = 2 if "w3" in block else 1
        moved = {}

        def norm(name, x):
            y, moved[name] = batch_norm(block[name], old[name], x, train)
            return y

        y = jax.nn.relu(norm("norm1", convolve(x, block["w1"], stride, [(1, 1), (1, 1)])))
        y = norm("norm2", convolve(y, block["w2"]))
        if "w3" in block:
            x = norm("norm3", convolve(x, block["w3"], stride, "VALID"))
        x = jax.nn.relu(y + x)
        new["blocks"].append(moved)
    return perceptron(parameters["dense"], None, x.mean((1, 2)), train)[0], new


def infer(workload, network, parameters, running, shape, unit):
    x = normal(*shape)
    # parameters as arguments, then as constants of the compiled program
    compiled = jax.jit(lambda p, r, x: network(p, r, x, False)[0]).lower(parameters, running, x).compile()
    measurement = measure(lambda: compiled(parameters, running, x).block_until_ready())
    report("jax", workload, THREADS, measurement, shape[0], unit)
    constant = jax.jit(lambda x: network(parameters, running, x, False)[0])
    measurement = measure(lambda: constant(x).block_until_ready())
    report("jax-constant", workload, THREADS, measurement, shape[0], unit)


def train(peer, workload, network, parameters, running, shape, unit):
    def loss(parameters, running, x, labels):
        scores, running = network(parameters, running, x, True)
        return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], 1).mean(), running

    def step(parameters, velocity, running, x, labels):
        gradient_of = jax.value_and_grad(loss, has_aux=True)
        (value, running), gradient = gradient_of(parameters, running, x, labels)
        velocity = jax.tree.map(lambda v, g: 0.9 * v + g, velocity, gradient)
        parameters = jax.tree.map(lambda p, v: p - 0.01 * v, parameters, velocity)
        return parameters, velocity, running, value

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    batches = [(normal(*shape), jnp.asarray(rng.integers(0, 10, shape[0]))) for _ in range(8)]
    # the step takes over what it is given, and the caller measures again
    copy = lambda tree: jax.tree.map(jnp.array, tree)  # noqa: E731
    state = [copy(parameters), jax.tree.map(jnp.zeros_like, parameters), copy(running)]
    steps, value = 0, None

    def call():
        nonlocal steps, value
        x, labels = batches[steps % 8]
        *state[:], value = compiled(*state, x, labels)
        steps += 1
        value.block_until_ready()

    measurement = measure(call)
    note(peer, workload, "steps", steps, "last loss", float(value))
    report(peer, workload, THREADS, measurement, shape[0], unit)


def convolutions():
    for inputs, outputs, side, batch in CONVOLUTIONS:
        name = f"{inputs}x{outputs}x{side}x{batch}"
        operations = 2 * 9 * inputs * outputs * side * side * batch
        x, w = normal(batch, side, side, inputs), weights(3, inputs, outputs)
        dy = normal(batch, side, side, outputs)
        forward = jax.jit(convolve)
        measurement = measure(lambda: forward(x, w).block_until_ready())
        report("jax", f"W7-fwd-{name}", THREADS, measurement, operations, "GFLOP/s")

        @jax.jit
        def both(x, w, dy):
            y, gradient = jax.vjp(convolve, x, w)
            return y, gradient(dy)

        measurement = measure(lambda: jax.block_until_ready(both(x, w, dy)))
        report("jax", f"W7-fb-{name}", THREADS, measurement, 3 * operations, "GFLOP/s")


for workload in sys.argv[1].split(","):
    match workload:
        case "W1":
            infer("W1", perceptron, dense_parameters(4, 16, 16, 2), {}, (1, 4), "ns")
        case "W2":
            infer("W2", perceptron, dense_parameters(784, 128, 64, 10), {}, (1, 784), "us")
        case "W3":
            train("jax", "W3", perceptron, dense_parameters(784, 256, 128, 10), {}, (64, 784), "samples/s")
        case "W4":
            for peer, pool in (("jax", pool_by_window), ("jax-reshape", pool_by_reshape)):
                train(peer, "W4", lenet5(pool), lenet5_parameters(), {}, (64, 28, 28, 1), "samples/s")
        case "W5":
            train("jax", "W5", resnet20, *resnet20_parameters(), (64, 32, 32, 3), "images/s")
            report_memory("jax", "W5", THREADS)
        case "W6":
            infer("W6-b1", resnet20, *resnet20_parameters(), (1, 32, 32, 3), "us")
            infer("W6-b64", resnet20, *resnet20_parameters(), (64, 32, 32, 3), "images/s")
        case "W7":
            convolutions()
        case _:
            note("jax skips", workload)
