#!/usr/bin/env python3
"""Writes tests/golden/nn/*.safetensors: small layers and networks run forward and backward by PyTorch.

Usage: /usr/bin/python3 nn-golden.py FOLDER          (Debian's python3-torch)

Each file holds a graph in our JSON (metadata "graph") or the name of a network of core/nn/zoo with its sizes
("zoo", "settings"), "training" = "yes" or "no", the inputs ("in.NAME"), the
weights and states by their names, the result ("out"), the gradient put into it ("gradient.out") and what came
back: "gradient.in.NAME", "gradient.WEIGHT", and the states afterwards ("after.STATE").
"""
import json
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)


def write(path, tensors, metadata):
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.detach().contiguous().float().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def draw(net, seed):
    """Other weights than those that layers begin with, so that none is 0 or 1 throughout."""
    torch.manual_seed(sum(map(ord, seed)))
    for key, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            noise = torch.rand_like(value) - 0.5
            value.copy_(1.0 + 0.5 * noise if value.ndim < 2 and ("weight" in key or "var" in key) else noise)


def record(path, net, run, inputs, metadata, training):
    """Runs and writes the file."""
    net.train(training)
    tensors = {"in." + k: torch.rand(v) * 2 - 1 for k, v in inputs.items()}
    for key, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            tensors[key] = value.clone()
    values = {k: tensors["in." + k].clone().requires_grad_() for k in inputs}
    out = run(net, **values)
    gradient = torch.rand_like(out) * 2 - 1
    out.backward(gradient)
    tensors["out"] = out
    tensors["gradient.out"] = gradient
    for key, value in values.items():
        tensors["gradient.in." + key] = value.grad
    for key, value in net.named_parameters():
        tensors["gradient." + key] = value.grad
    for key, value in net.named_buffers():
        if value.dtype.is_floating_point:
            tensors["after." + key] = value
    write(path, tensors, {**metadata, "training": "yes" if training else "no"})


def make(folder, name, nodes, modules, run, inputs, training=True):
    """`modules` maps node names to modules, `run` computes the result from them and the inputs."""
    net = nn.ModuleDict(modules)
    draw(net, name)
    graph = {"nodes": [{"name": k, "op": "input", "shape": [-1] * len(v)} for k, v in inputs.items()] + nodes,
             "outputs": [nodes[-1]["name"]]}
    record(f"{folder}/{name}.safetensors", net, run, inputs, {"graph": json.dumps(graph)}, training)


def one(folder, name, op, attributes, module, shape, training=True, prepare=None):
    """A single module called "node"."""
    def run(net, x):
        y = net["node"](x)
        return y[0] if isinstance(y, tuple) else y

    node = {"name": "node", "op": op, "inputs": ["x"], **attributes}
    make(folder, name, [node], {"node": module}, run, {"x": shape}, training)


def function(folder, name, op, attributes, f, shape):
    make(folder, name, [{"name": "node", "op": op, "inputs": ["x"], **attributes}], {}, lambda net, x: f(x),
         {"x": shape})


def recurrent(folder):
    one(folder, "lstm", "lstm", {"units": 5, "layers": 2, "bidirectional": True},
        nn.LSTM(4, 5, 2, bidirectional=True, batch_first=True), (3, 7, 4))
    one(folder, "lstm-time-first", "lstm", {"units": 6, "time_first": True}, nn.LSTM(4, 6), (5, 3, 4))
    one(folder, "gru", "gru", {"units": 5, "layers": 2, "bidirectional": True},
        nn.GRU(4, 5, 2, bidirectional=True, batch_first=True), (3, 7, 4))
    one(folder, "gru-no-bias", "gru", {"units": 5, "bias": False, "time_first": True}, nn.GRU(4, 5, bias=False),
        (6, 2, 4))
    one(folder, "rnn", "rnn", {"units": 5, "layers": 3}, nn.RNN(4, 5, 3, batch_first=True), (3, 6, 4))
    one(folder, "rnn-relu", "rnn", {"units": 5, "relu": True, "bidirectional": True},
        nn.RNN(4, 5, nonlinearity="relu", bidirectional=True, batch_first=True), (2, 5, 4))


def convolutions(folder):
    one(folder, "conv-1d", "conv_1d", {"units": 6, "kernel": 5, "stride": 2, "padding": 3, "dilation": 2, "groups": 2},
        nn.Conv1d(4, 6, 5, 2, 3, 2, 2), (2, 4, 19))
    one(folder, "conv-2d", "conv_2d",
        {"units": 6, "kernel": [3, 5], "stride": [2, 1], "padding": [1, 2], "dilation": [2, 1]},
        nn.Conv2d(3, 6, (3, 5), (2, 1), (1, 2), (2, 1)), (2, 3, 9, 8))
    one(folder, "conv-transpose-1d", "conv_transpose_1d",
        {"units": 6, "kernel": 5, "stride": 3, "padding": 2, "output_padding": 1, "groups": 2, "dilation": 2},
        nn.ConvTranspose1d(4, 6, 5, 3, 2, 1, 2, dilation=2), (2, 4, 7))
    one(folder, "conv-transpose-2d", "conv_transpose_2d",
        {"units": 4, "kernel": [5, 3], "stride": 2, "padding": [2, 1], "output_padding": [1, 0]},
        nn.ConvTranspose2d(3, 4, (5, 3), 2, (2, 1), (1, 0)), (2, 3, 5, 4))


def norms(folder):
    one(folder, "batch-norm", "batch_norm", {"epsilon": 1e-3, "momentum": 0.2}, nn.BatchNorm2d(3, 1e-3, 0.2), (4, 3, 5, 2))
    one(folder, "batch-norm-evaluation", "batch_norm", {}, nn.BatchNorm1d(5), (6, 5), training=False)
    one(folder, "layer-norm", "layer_norm", {"n_axes": 2}, nn.LayerNorm((4, 5)), (3, 4, 5))
    one(folder, "group-norm", "group_norm", {"groups": 3}, nn.GroupNorm(3, 6), (2, 6, 7))


def functions(folder):
    function(folder, "gelu", "gelu", {}, lambda x: F.gelu(x), (3, 7))
    function(folder, "gelu-tanh", "gelu_tanh", {}, lambda x: F.gelu(x, approximate="tanh"), (3, 7))
    function(folder, "softplus", "softplus", {}, F.softplus, (3, 7))
    function(folder, "elu", "elu", {"alpha": 1.5}, lambda x: F.elu(x, 1.5), (3, 7))
    function(folder, "softmax", "softmax", {"axis": 1}, lambda x: F.softmax(x, 1), (2, 5, 3))
    function(folder, "upsample-linear", "upsample_2d", {"factor": [2, 3], "linear": True},
             lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear", align_corners=False), (1, 2, 4, 3))
    function(folder, "upsample-nearest", "upsample_1d", {"factor": 3},
             lambda x: F.interpolate(x, scale_factor=3), (1, 2, 4))


def networks(folder):
    make(folder, "net-recurrent",
         [{"name": "fc1", "op": "dense", "inputs": ["x"], "units": 6, "bias": False},
          {"name": "bn1", "op": "batch_norm", "inputs": ["fc1"], "axis": 2},
          {"name": "act", "op": "tanh", "inputs": ["bn1"]},
          {"name": "lstm", "op": "lstm", "inputs": ["act"], "units": 3, "bidirectional": True},
          {"name": "skip", "op": "concat", "inputs": ["act", "lstm"], "axis": 2},
          {"name": "fc2", "op": "dense", "inputs": ["skip"], "units": 8},
          {"name": "gain", "op": "relu", "inputs": ["fc2"]},
          {"name": "end", "op": "mul", "inputs": ["gain", "x"]}],
         {"fc1": nn.Linear(8, 6, bias=False), "bn1": nn.BatchNorm1d(6), "fc2": nn.Linear(12, 8),
          "lstm": nn.LSTM(6, 3, bidirectional=True, batch_first=True)}, run_recurrent, {"x": (3, 5, 8)})
    conv = {"kernel": 5, "stride": 2, "padding": 2}
    make(folder, "net-unet",
         [{"name": "c1", "op": "conv_2d", "inputs": ["x"], "units": 3, "bias": False, **conv},
          {"name": "n1", "op": "batch_norm", "inputs": ["c1"]},
          {"name": "a1", "op": "leaky_relu", "inputs": ["n1"], "slope": 0.2},
          {"name": "c2", "op": "conv_2d", "inputs": ["a1"], "units": 4, **conv},
          {"name": "d2", "op": "conv_transpose_2d", "inputs": ["c2"], "units": 3, "output_padding": 1, **conv},
          {"name": "r2", "op": "relu", "inputs": ["d2"]},
          {"name": "s", "op": "concat", "inputs": ["r2", "a1"], "axis": 1},
          {"name": "d1", "op": "conv_transpose_2d", "inputs": ["s"], "units": 1, "output_padding": 1, **conv},
          {"name": "m", "op": "sigmoid", "inputs": ["d1"]},
          {"name": "end", "op": "mul", "inputs": ["m", "x"]}],
         {"c1": nn.Conv2d(1, 3, 5, 2, 2, bias=False), "n1": nn.BatchNorm2d(3), "c2": nn.Conv2d(3, 4, 5, 2, 2),
          "d2": nn.ConvTranspose2d(4, 3, 5, 2, 2, 1), "d1": nn.ConvTranspose2d(6, 1, 5, 2, 2, 1)}, run_unet,
         {"x": (2, 1, 16, 12)})


def run_recurrent(net, x):
    y = torch.tanh(net["bn1"](net["fc1"](x).transpose(1, 2)).transpose(1, 2))
    return torch.relu(net["fc2"](torch.cat([y, net["lstm"](y)[0]], 2))) * x


def run_unet(net, x):
    a = F.leaky_relu(net["n1"](net["c1"](x)), 0.2)
    d = torch.relu(net["d2"](net["c2"](a)))
    return torch.sigmoid(net["d1"](torch.cat([d, a], 1))) * x


class Umx(nn.Module):
    """Open-Unmix as its authors have it (sigsep/open-unmix-pytorch, model.py), batch first."""

    def __init__(self, hidden, bins, bins_in, layers, channels=2):
        super().__init__()
        self.bins, self.bins_in, self.channels = bins, bins_in, channels
        self.input_mean, self.input_scale = nn.Parameter(torch.zeros(bins_in)), nn.Parameter(torch.ones(bins_in))
        self.fc1, self.bn1 = nn.Linear(channels * bins_in, hidden, bias=False), nn.BatchNorm1d(hidden)
        self.lstm = nn.LSTM(hidden, hidden // 2, layers, bidirectional=True, batch_first=True)
        self.fc2, self.bn2 = nn.Linear(2 * hidden, hidden, bias=False), nn.BatchNorm1d(hidden)
        self.fc3, self.bn3 = nn.Linear(hidden, channels * bins, bias=False), nn.BatchNorm1d(channels * bins)
        self.output_scale, self.output_mean = nn.Parameter(torch.ones(bins)), nn.Parameter(torch.ones(bins))

    def forward(self, mixture):
        batch, frames = mixture.shape[:2]
        x = (mixture[..., : self.bins_in] + self.input_mean) * self.input_scale
        x = torch.tanh(self.bn1(self.fc1(x.reshape(batch * frames, -1)))).reshape(batch, frames, -1)
        x = torch.cat([x, self.lstm(x)[0]], -1)
        x = F.relu(self.bn2(self.fc2(x.reshape(batch * frames, -1))))
        x = self.bn3(self.fc3(x)).reshape(batch, frames, self.channels, self.bins)
        return F.relu(x * self.output_scale + self.output_mean) * mixture


class UNet(nn.Module):
    """Jansson et al. 2017; layers are called as the nodes of core/nn/zoo/cnn-unet.c."""

    def __init__(self, channels, sources, width, depth):
        super().__init__()
        self.channels, self.sources, self.depth = channels, sources, depth
        sizes = [channels] + [width << i for i in range(depth)]
        for i in range(1, depth + 1):
            first = sources * channels if i == 1 else sizes[i - 1]
            self.add_module(f"conv{i}", nn.Conv2d(sizes[i - 1], sizes[i], 5, 2, 2))
            self.add_module(f"norm{i}", nn.BatchNorm2d(sizes[i]))
            self.add_module(f"deconv{i}", nn.ConvTranspose2d(sizes[i] * (1 if i == depth else 2), first, 5, 2, 2, 1))
            if i > 1:
                self.add_module(f"denorm{i}", nn.BatchNorm2d(sizes[i - 1]))

    def forward(self, mixture):
        layer, skips, x = dict(self.named_children()), {}, mixture
        for i in range(1, self.depth + 1):
            x = skips[i] = F.leaky_relu(layer[f"norm{i}"](layer[f"conv{i}"](x)), 0.2)
        for i in range(self.depth, 1, -1):
            x = F.relu(layer[f"denorm{i}"](layer[f"deconv{i}"](x)))
            x = F.dropout(x, 0.5, self.training) if self.depth - i < 3 else x
            x = torch.cat([x, skips[i - 1]], 1)
        return torch.sigmoid(self.deconv1(x)) * mixture.repeat(1, self.sources, 1, 1)


def zoo(folder):
    def whole(name, net, settings, shape):
        draw(net, name)
        record(f"{folder}/{name}.safetensors", net, lambda n, mixture: n(mixture), {"mixture": shape},
               {"zoo": name, "settings": settings}, False)

    # Without training: dropout draws, and a norm of the batch makes the gradient of what is added before it a
    # zero that is only noise.
    whole("zoo-umx", Umx(12, 17, 11, 3), "2 17 11 12 3", (3, 6, 2, 17))
    whole("zoo-cnn-unet", UNet(2, 3, 2, 4), "2 3 2 4", (2, 2, 32, 16))


if __name__ == "__main__":
    for part in (recurrent, convolutions, norms, functions, networks, zoo):
        part(sys.argv[1])
