#!/usr/bin/env python3
"""Writes layers.txt: what PyTorch computes, in float64, for the layers that it shares with plywood.

    python3 tests/golden/generate.py        (needs torch; the tests need only layers.txt)

Everything is written in plywood's layout: images row-major with channels last, filters
[kernel row][kernel column][input channel][output channel], dense weights [input][output]. A case is a line
`case NAME` and then a line `FIELD NUMBERS...` for each of

    params buffers x dy          what the layer is given
    y dx grads                   one training step: output, and gradients of sum(y * dy)
    buffers_after y_eval         running statistics after it, and the output in evaluation mode with them
"""

import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261123)
out = []


def last(t):
    """Channels last."""
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def numbers(t):
    return " ".join(repr(float(v)) for v in t.detach().reshape(-1))


def layout(name, p, module):
    """A parameter in plywood's layout."""
    if p.dim() == 4 and isinstance(module, nn.ConvTranspose2d):
        return p.permute(2, 3, 1, 0)  # (in, out, kh, kw): the weights of the convolution that it is the adjoint of
    if p.dim() == 4:
        return p.permute(2, 3, 1, 0)  # (out, in, kh, kw) to (kh, kw, in, out)
    if p.dim() == 2:
        return p.t()
    if p.dim() == 3 and name in ("weight", "bias") and isinstance(module, nn.LayerNorm):
        return p.permute(1, 2, 0)  # (c, h, w) to (h, w, c)
    return p


def case(name, module, shape, x=None):
    """One training step of `module` at a batch of `shape[0]`."""
    for p in module.parameters():
        with torch.no_grad():
            p.copy_(torch.randn_like(p) * 0.5 + (1.0 if p.dim() == 1 and "norm" in name else 0.0))
    x = torch.randn(*shape) if x is None else x
    x.requires_grad_(True)
    params = list(module.named_parameters())
    buffers = [b for n, b in module.named_buffers() if "running" in n]
    for b in buffers:
        b.copy_(torch.rand_like(b) + 0.5)

    def flat(ts):
        return torch.cat([t.reshape(-1) for t in ts]) if ts else torch.zeros(0)

    out.append(f"case {name}")
    laid = [layout(n.split(".")[-1], p, owner(module, n)) for n, p in params]
    out.append(f"params {numbers(flat(laid))}")
    out.append(f"buffers {numbers(flat(buffers))}")
    out.append(f"x {numbers(last(x))}")
    module.train()
    y = module(x)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    grads = [layout(n.split(".")[-1], p.grad, owner(module, n)) for n, p in params]
    out.append(f"dy {numbers(last(dy))}")
    out.append(f"y {numbers(last(y))}")
    out.append(f"dx {numbers(last(x.grad))}")
    out.append(f"grads {numbers(flat(grads))}")
    out.append(f"buffers_after {numbers(flat(buffers))}")
    module.eval()
    out.append(f"y_eval {numbers(last(module(x)))}")


def owner(module, parameter):
    for part in parameter.split(".")[:-1]:
        module = getattr(module, part)
    return module


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


# dense
case("dense", nn.Linear(5, 7), (3, 5))
case("dense_no_bias", nn.Linear(4, 19, bias=False), (2, 4))

# convolutions
def conv(name, size, ci, co, k, batch=2, **options):
    case(name, nn.Conv2d(ci, co, k, **options), (batch, ci, *size))


conv("conv_valid", (5, 6), 3, 4, 3)
conv("conv_same", (5, 4), 2, 5, 3, padding="same")
conv("conv_same_even", (5, 4), 2, 3, (2, 4), padding="same")
conv("conv_1x1", (3, 4), 5, 18, 1)
conv("conv_5x5_pad2", (6, 7), 1, 6, 5, padding=2)
conv("conv_stride2", (7, 6), 3, 4, 3, stride=2, padding=1)
conv("conv_stride2_1x1", (6, 5), 3, 4, 1, stride=2)
conv("conv_stride_uneven", (7, 8), 2, 3, (3, 2), stride=(2, 3), padding=(1, 0))
conv("conv_dilation", (7, 8), 2, 3, 3, dilation=2, padding=2)
conv("conv_dilation_stride", (8, 9), 2, 3, (3, 2), dilation=(2, 3), stride=2, padding=(2, 1))
conv("conv_groups", (5, 5), 4, 6, 3, padding=1, groups=2)
conv("conv_depthwise", (5, 4), 5, 5, 3, padding=1, groups=5)
conv("conv_depthwise_multiplier", (5, 4), 3, 6, 3, stride=2, padding=1, groups=3)
conv("conv_no_bias", (4, 4), 2, 3, 3, bias=False)
conv("conv_reflect", (5, 6), 2, 3, 3, padding=2, padding_mode="reflect")
conv("conv_replicate", (4, 5), 2, 3, 3, padding=(1, 2), padding_mode="replicate")
conv("conv_kernel_over_image", (2, 2), 2, 3, 5, padding=2)

# transposed convolutions
def conv_transpose(name, size, ci, co, k, batch=2, **options):
    case(name, nn.ConvTranspose2d(ci, co, k, **options), (batch, ci, *size))


conv_transpose("conv_transpose", (4, 3), 3, 2, 3)
conv_transpose("conv_transpose_stride2", (3, 4), 2, 5, 2, stride=2)
conv_transpose("conv_transpose_output_padding", (3, 4), 2, 3, 3, stride=2, padding=1, output_padding=1)
conv_transpose("conv_transpose_no_bias", (3, 3), 2, 3, 3, padding=1, bias=False)

# pools; whole numbers far apart make every maximum unique
def distinct(*shape):
    n = torch.Size(shape).numel()
    return (torch.randperm(n).double() / n * 4 - 2).reshape(shape)


case("max_pool", nn.MaxPool2d(2), (2, 3, 4, 6), distinct(2, 3, 4, 6))
case("max_pool_drops_pixels", nn.MaxPool2d(2), (2, 3, 5, 7), distinct(2, 3, 5, 7))
case("max_pool_overlap", nn.MaxPool2d(3, stride=2, padding=1), (2, 2, 6, 7), distinct(2, 2, 6, 7))
case("max_pool_ceil", nn.MaxPool2d(2, ceil_mode=True), (2, 3, 5, 7), distinct(2, 3, 5, 7))
case("avg_pool", nn.AvgPool2d(2), (2, 3, 4, 6))
case("avg_pool_overlap", nn.AvgPool2d(3, stride=2, padding=1), (2, 2, 6, 7))
case("global_avg_pool", Function(lambda x: x.mean((2, 3))), (2, 3, 4, 5))
case("global_max_pool", Function(lambda x: x.amax((2, 3))), (2, 3, 4, 5), distinct(2, 3, 4, 5))
case("upsample", nn.Upsample(scale_factor=2), (2, 3, 2, 3))

# normalisations
case("batch_norm_image", nn.BatchNorm2d(3), (4, 3, 3, 2))
case("batch_norm_flat", nn.BatchNorm1d(5, eps=1e-3, momentum=0.25), (6, 5))
case("layer_norm_flat", nn.LayerNorm(6), (3, 6))
case("layer_norm_image", nn.LayerNorm((2, 3, 4)), (3, 2, 3, 4))
case("group_norm", nn.GroupNorm(2, 6), (2, 6, 3, 2))

# activations: both signs, away from kinks
def activation(name, f):
    x = torch.cat([torch.linspace(-5.1, -0.1, 10), torch.linspace(0.1, 6.3, 10)]).reshape(2, 10)
    case(name, Function(f), (2, 10), x)


activation("relu", F.relu)
activation("leaky_relu", lambda x: F.leaky_relu(x, 0.01))
activation("elu", F.elu)
activation("gelu", F.gelu)
activation("silu", F.silu)
activation("softplus", F.softplus)
activation("sigmoid", torch.sigmoid)
activation("tanh", torch.tanh)
# by its formula: the gradient of F.hardsigmoid in float64 multiplies with 1/6 as a float32 (PyTorch 2.15)
activation("hard_sigmoid", lambda x: F.relu6(x + 3) / 6)
activation("hard_swish", F.hardswish)
activation("hard_tanh", F.hardtanh)

# compositions
class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(4)
        self.conv3 = nn.Conv2d(3, 4, 1, stride=2, bias=False)
        self.norm3 = nn.BatchNorm2d(4)

    def forward(self, x):
        f = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(f + self.norm3(self.conv3(x)))


case("residual_block_norm", Residual(), (3, 3, 6, 5))

path = pathlib.Path(__file__).parent / "layers.txt"
path.write_text("\n".join(out) + "\n")
print(f"{path}: {sum(line.startswith('case') for line in out)} cases, PyTorch {torch.__version__}")
