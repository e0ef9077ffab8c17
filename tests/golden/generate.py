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
import zlib

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
out = []


def last(t):
    """Channels last."""
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def numbers(t):
    """To 14 digits, for the file's sake: the tests compare 10. What a layer is given has 3 decimals and stays exact."""
    return " ".join(f"{v:.14g}" for v in t.detach().reshape(-1).tolist())


def short(t):
    return t.round(decimals=3)


def layout(p):
    """A parameter in plywood's layout, which its number of axes tells."""
    if p.dim() == 4:
        # (out, in, kh, kw) to (kh, kw, in, out); that of a transposed convolution, (in, out, kh, kw), becomes the
        # weight of the convolution that it is the adjoint of
        return p.permute(2, 3, 1, 0)
    if p.dim() == 3:
        return p.permute(1, 2, 0)  # layer norm of an image, (c, h, w) to (h, w, c)
    return p.t() if p.dim() == 2 else p


def case(name, module, shape, values=torch.randn):
    """One training step of `module` at a batch of `shape[0]`."""
    torch.manual_seed(zlib.crc32(name.encode()))  # its own, so that a new case leaves the others as they are
    for p in module.parameters():
        with torch.no_grad():
            p.copy_(short(torch.randn_like(p) * 0.5 + (1.0 if p.dim() == 1 and "norm" in name else 0.0)))
    x = short(values(*shape)).requires_grad_(True)
    params = list(module.parameters())
    buffers = [b for n, b in module.named_buffers() if "running" in n]
    for b in buffers:
        b.copy_(short(torch.rand_like(b) + 0.5))

    def flat(ts):
        return torch.cat([t.reshape(-1) for t in ts]) if ts else torch.zeros(0)

    out.append(f"case {name}")
    out.append(f"params {numbers(flat([layout(p) for p in params]))}")
    out.append(f"buffers {numbers(flat(buffers))}")
    out.append(f"x {numbers(last(x))}")
    module.train()
    y = module(x)
    dy = short(torch.randn_like(y))
    (y * dy).sum().backward()
    out.append(f"dy {numbers(last(dy))}")
    out.append(f"y {numbers(last(y))}")
    out.append(f"dx {numbers(last(x.grad))}")
    out.append(f"grads {numbers(flat([layout(p.grad) for p in params]))}")
    out.append(f"buffers_after {numbers(flat(buffers))}")
    module.eval()
    out.append(f"y_eval {numbers(last(module(x)))}")


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
conv("conv_depthwise_wide", (4, 3), 18, 18, 3, batch=1, padding=1, groups=18)
conv("conv_depthwise_dilation", (5, 4), 5, 5, 3, dilation=2, padding=2, groups=5)
conv("conv_depthwise_dilation_stride", (6, 7), 3, 6, 3, dilation=2, stride=2, padding=2, groups=3)
conv("conv_groups_dilation_stride", (6, 7), 4, 6, (3, 2), dilation=(2, 3), stride=2, padding=(2, 1), groups=2)
conv("conv_no_bias", (4, 4), 2, 3, 3, bias=False)
conv("conv_reflect", (5, 6), 2, 3, 3, padding=2, padding_mode="reflect")
conv("conv_reflect_stride2", (7, 6), 2, 3, 3, stride=2, padding=1, padding_mode="reflect")
conv("conv_reflect_dilation", (5, 4), 2, 3, 3, dilation=2, padding=2, padding_mode="reflect")
conv("conv_reflect_groups", (4, 5), 4, 6, (2, 3), padding=(1, 2), padding_mode="reflect", groups=2)
conv("conv_replicate", (4, 5), 2, 3, 3, padding=(1, 2), padding_mode="replicate")
conv("conv_replicate_stride2", (5, 4), 2, 3, 3, stride=2, padding=(2, 1), padding_mode="replicate")
conv("conv_replicate_dilation", (5, 4), 2, 3, 3, dilation=2, padding=2, padding_mode="replicate")
conv("conv_replicate_depthwise", (4, 3), 3, 3, 3, padding=1, padding_mode="replicate", groups=3)
conv("conv_replicate_over_image", (2, 2), 2, 3, 3, padding=3, padding_mode="replicate")
conv("conv_kernel_over_image", (2, 2), 2, 3, 5, padding=2)

# transposed convolutions
def conv_transpose(name, size, ci, co, k, batch=2, **options):
    case(name, nn.ConvTranspose2d(ci, co, k, **options), (batch, ci, *size))


conv_transpose("conv_transpose", (4, 3), 3, 2, 3)
conv_transpose("conv_transpose_stride2", (3, 4), 2, 5, 2, stride=2)
conv_transpose("conv_transpose_output_padding", (3, 4), 2, 3, 3, stride=2, padding=1, output_padding=1)
conv_transpose("conv_transpose_uneven", (3, 2), 2, 3, (3, 2), stride=(2, 3), padding=(1, 0))
conv_transpose("conv_transpose_dilation", (3, 4), 2, 3, 3, padding=1, dilation=2)
conv_transpose(
    "conv_transpose_dilation_stride", (3, 3), 2, 3, (2, 3), stride=(2, 1), dilation=(3, 2), output_padding=(1, 0)
)
conv_transpose("conv_transpose_no_bias", (3, 3), 2, 3, 3, padding=1, bias=False)

# pools; whole numbers far apart make every maximum unique
def distinct(*shape):
    n = torch.Size(shape).numel()
    return (torch.randperm(n).double() / n * 4 - 2).reshape(shape)


def max_pool(name, size, channels, k, **options):
    case(name, nn.MaxPool2d(k, **options), (2, channels, *size), distinct)


max_pool("max_pool", (4, 6), 3, 2)
max_pool("max_pool_drops_pixels", (5, 7), 3, 2)
max_pool("max_pool_overlap", (6, 7), 2, 3, stride=2, padding=1)
max_pool("max_pool_uneven", (5, 4), 2, (3, 2), stride=(2, 1), padding=(1, 0))
max_pool("max_pool_dilation", (7, 6), 2, (3, 2), stride=(1, 2), padding=(1, 0), dilation=(2, 3))
max_pool("max_pool_ceil", (5, 7), 3, 2, ceil_mode=True)
max_pool("max_pool_ceil_overlap", (6, 8), 2, 3, stride=2, ceil_mode=True)
max_pool("max_pool_ceil_pad", (6, 5), 2, 3, stride=2, padding=1, ceil_mode=True)


def avg_pool_bordered(k, stride, pad, mode):
    """A mean over copies of inputs beyond the border, of which PyTorch's own pool knows only zeros."""
    return Function(lambda x: F.avg_pool2d(F.pad(x, pad, mode=mode), k, stride))


case("avg_pool", nn.AvgPool2d(2), (2, 3, 4, 6))
case("avg_pool_overlap", nn.AvgPool2d(3, stride=2, padding=1), (2, 2, 6, 7))
case("avg_pool_uneven", nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 0)), (2, 2, 5, 4))
case("avg_pool_ceil_replicate", avg_pool_bordered(2, 2, (0, 1, 0, 1), "replicate"), (2, 3, 5, 7))
case("avg_pool_ceil_overlap_replicate", avg_pool_bordered(3, 2, (1, 2, 0, 1), "replicate"), (2, 2, 6, 6))
case("avg_pool_overlap_reflect", avg_pool_bordered(3, 2, (1, 1, 1, 1), "reflect"), (2, 2, 6, 7))
case("global_avg_pool", Function(lambda x: x.mean((2, 3))), (2, 3, 4, 5))
case("global_max_pool", Function(lambda x: x.amax((2, 3))), (2, 3, 4, 5), distinct)
case("upsample", nn.Upsample(scale_factor=2), (2, 3, 2, 3))
case("upsample_3", nn.Upsample(scale_factor=3), (2, 2, 1, 2))

# normalizations
case("batch_norm_image", nn.BatchNorm2d(3), (4, 3, 3, 2))
case("batch_norm_flat", nn.BatchNorm1d(5, eps=1e-3, momentum=0.25), (6, 5))
case("batch_norm_image_options", nn.BatchNorm2d(3, eps=1e-3, momentum=0.25), (2, 3, 2, 3))
case("layer_norm_flat", nn.LayerNorm(6), (3, 6))
case("layer_norm_image", nn.LayerNorm((2, 3, 4)), (3, 2, 3, 4))
case("layer_norm_eps", nn.LayerNorm(6, eps=1e-3), (3, 6))
case("group_norm", nn.GroupNorm(2, 6), (2, 6, 3, 2))
case("group_norm_eps", nn.GroupNorm(3, 6, eps=1e-3), (2, 6, 2, 2))
case("group_norm_flat", nn.GroupNorm(2, 8), (3, 8))
case("instance_norm", nn.InstanceNorm2d(3, affine=True), (2, 3, 2, 3))


def l2_normalize(eps=1e-12):
    """Division by the norm of all numbers of an example."""
    return Function(lambda x: F.normalize(x.flatten(1), eps=eps).reshape(x.shape))


case("l2_normalize_flat", l2_normalize(), (3, 6))
case("l2_normalize_image", l2_normalize(), (2, 3, 2, 4))
case("l2_normalize_eps", l2_normalize(eps=1.5), (4, 3))  # two examples are shorter

# dropout: which numbers it drops is each library's own choice, so that only p = 0 can be compared
case("dropout", nn.Dropout(0.0), (2, 6))
case("spatial_dropout", nn.Dropout2d(0.0), (2, 2, 2, 3))

# activations: both signs, away from kinks
def activation(name, f):
    x = torch.cat([torch.linspace(-5.1, -0.1, 10), torch.linspace(0.1, 6.3, 10)]).reshape(2, 10)
    case(name, Function(f), (2, 10), x.view)


activation("relu", F.relu)
activation("leaky_relu", lambda x: F.leaky_relu(x, 0.01))
activation("leaky_relu_slope", lambda x: F.leaky_relu(x, 0.2))
activation("elu", F.elu)
activation("elu_alpha", lambda x: F.elu(x, 0.5))
activation("gelu", F.gelu)
activation("silu", F.silu)
activation("softplus", F.softplus)
activation("sigmoid", torch.sigmoid)
activation("tanh", torch.tanh)
# by its formula: the gradient of F.hardsigmoid in float64 multiplies with 1/6 as a float32 (PyTorch 2.15)
activation("hard_sigmoid", lambda x: F.relu6(x + 3) / 6)
activation("hard_swish", F.hardswish)
activation("hard_tanh", F.hardtanh)

# other shapes, in the order of plywood's layout; a layer with weights after them tells the order
class Reshape(nn.Module):
    """To a vector of `shape` (n,), or to an image of `shape` (h, w, c)."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        y = last(x).reshape(-1, *self.shape)
        return y.permute(0, 3, 1, 2) if y.dim() == 4 else y


case("identity", nn.Identity(), (2, 2, 2, 3))
case("flatten", nn.Sequential(Reshape(12), nn.Linear(12, 4)), (2, 2, 2, 3))
case("reshape", nn.Sequential(Reshape(4, 3, 2), nn.Conv2d(2, 3, 2)), (2, 4, 2, 3))
case("unflatten", nn.Sequential(nn.Linear(5, 12), Reshape(3, 2, 2), nn.Conv2d(2, 3, 2)), (2, 5))

# single factors and chosen channels
class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.factor


case("scale", Scale(), (2, 2, 2, 3))


def select(*channels):
    return Function(lambda x: x.index_select(1, torch.tensor(channels)))


case("select", select(3, 0, 0, 2, 3), (2, 4, 2, 3))
case("select_flat", select(3, 0, 0, 2, 3), (2, 4))
case("select_conv_groups", nn.Sequential(select(0, 1, 1, 2), nn.Conv2d(4, 2, 2, groups=2)), (2, 3, 3, 3))

# compositions
class Residual(nn.Module):
    def __init__(self, body, shortcut=nn.Identity()):
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Concat(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def conv_norm(ci, co, k, **options):
    return nn.Sequential(nn.Conv2d(ci, co, k, bias=False, **options), nn.BatchNorm2d(co))


def conv_relu(ci, co, k, **options):
    return nn.Sequential(nn.Conv2d(ci, co, k, **options), nn.ReLU())


def conv_norm_relu():
    return nn.Sequential(conv_norm(2, 2, 3, padding=1), nn.ReLU())


case(
    "residual_block_norm",
    nn.Sequential(
        Residual(
            nn.Sequential(conv_norm(3, 4, 3, stride=2, padding=1), nn.ReLU(), conv_norm(4, 4, 3, padding=1)),
            conv_norm(3, 4, 1, stride=2),
        ),
        nn.ReLU(),
    ),
    (3, 3, 6, 5),
)
case("residual_identity", Residual(conv_relu(2, 2, 3, padding=1)), (2, 2, 3, 4))
case("residual_identity_flat", Residual(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 4))), (3, 4))
case("concat", Concat(conv_relu(2, 3, 3, padding=1), nn.Conv2d(2, 2, 1)), (2, 2, 3, 4))
case(
    "concat_3_branches",
    Concat(nn.Identity(), conv_relu(2, 3, 3, padding=1), nn.MaxPool2d(3, stride=1, padding=1)),
    (2, 2, 3, 4),
    distinct,
)
case("concat_flat", Concat(nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()), nn.Linear(4, 2)), (3, 4))
case("repeat", nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(3)]), (2, 4))
case("repeat_norm", nn.Sequential(conv_norm_relu(), conv_norm_relu()), (3, 2, 3, 3))
case("checkpoint_norm", conv_norm_relu(), (3, 2, 3, 3))
case("repeat_checkpoint_norm", nn.Sequential(Residual(conv_norm_relu()), Residual(conv_norm_relu())), (3, 2, 3, 3))

path = pathlib.Path(__file__).parent / "layers.txt"
path.write_text("\n".join(out) + "\n")
print(f"{path}: {sum(line.startswith('case') for line in out)} cases, PyTorch {torch.__version__}")
