"""ONNX Runtime, inference only: onnxruntime_peer.py <workloads> <threads>

The graphs are written by hand, no exporter involved; ONNX Runtime folds batch normalization into the convolutions
itself. Inputs and outputs are bound, so that no call converts them.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from protocol import CONVOLUTIONS, measure, note, report

THREADS = int(sys.argv[2])
rng = np.random.default_rng(7)


class Graph:
    def __init__(self):
        self.nodes, self.tensors = [], []

    def tensor(self, *shape, positive=False):
        values = rng.standard_normal(shape) * 0.1
        if positive:
            values = np.abs(values) + 0.5
        name = f"tensor{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, kind, *inputs, **attributes):
        output = f"node{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def dense(self, x, inputs, outputs):
        return self.node("Gemm", x, self.tensor(outputs, inputs), self.tensor(outputs), transB=1)

    def convolution(self, x, inputs, outputs, kernel, stride):
        return self.node(
            "Conv", x, self.tensor(outputs, inputs, kernel, kernel),
            kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4,
        )

    def normalized(self, x, inputs, outputs, kernel, stride):
        x = self.convolution(x, inputs, outputs, kernel, stride)
        scale, shift, mean = self.tensor(outputs, positive=True), self.tensor(outputs), self.tensor(outputs)
        return self.node("BatchNormalization", x, scale, shift, mean, self.tensor(outputs, positive=True))

    def session(self, input_shape, output_shape):
        """A session whose output is that of the last node."""
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(
            self.nodes, "graph",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, output_shape)],
            self.tensors,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def perceptron(*sizes):
    graph, x = Graph(), "x"
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        x = graph.dense(x, inputs, outputs)
        if i + 2 < len(sizes):
            x = graph.node("Relu", x)
    return graph.session([1, sizes[0]], [1, sizes[-1]])


def resnet20(batch):
    graph = Graph()
    x = graph.node("Relu", graph.normalized("x", 3, 16, 3, 1))
    inputs = 16
    for outputs in (16, 32, 64):
        for block in range(3):
            stride = 2 if outputs > 16 and block == 0 else 1
            y = graph.node("Relu", graph.normalized(x, inputs, outputs, 3, stride))
            y = graph.normalized(y, outputs, outputs, 3, 1)
            shortcut = x if inputs == outputs else graph.normalized(x, inputs, outputs, 1, stride)
            x = graph.node("Relu", graph.node("Add", y, shortcut))
            inputs = outputs
    x = graph.node("Flatten", graph.node("GlobalAveragePool", x))
    graph.dense(x, 64, 10)
    return graph.session([batch, 3, 32, 32], [batch, 10])


def convolution(inputs, outputs, side, batch):
    graph = Graph()
    graph.convolution("x", inputs, outputs, 3, 1)
    return graph.session([batch, inputs, side, side], [batch, outputs, side, side])


def run(workload, session, shape, unit, amount=None):
    binding = session.io_binding()
    binding.bind_cpu_input("x", rng.standard_normal(shape).astype(np.float32))
    binding.bind_output("y", "cpu")
    measurement = measure(lambda: session.run_with_iobinding(binding))
    report("onnxruntime", workload, THREADS, measurement, amount or shape[0], unit)


for workload in sys.argv[1].split(","):
    match workload:
        case "W1":
            run("W1", perceptron(4, 16, 16, 2), (1, 4), "ns")
        case "W2":
            run("W2", perceptron(784, 128, 64, 10), (1, 784), "us")
        case "W6":
            run("W6-b1", resnet20(1), (1, 3, 32, 32), "us")
            run("W6-b64", resnet20(64), (64, 3, 32, 32), "images/s")
        case "W7":
            for inputs, outputs, side, batch in CONVOLUTIONS:
                operations = 2 * 9 * inputs * outputs * side * side * batch
                session = convolution(inputs, outputs, side, batch)
                name = f"W7-fwd-{inputs}x{outputs}x{side}x{batch}"
                run(name, session, (batch, inputs, side, side), "GFLOP/s", operations)
        case _:
            note("onnxruntime skips", workload)
