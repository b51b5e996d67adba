#!/usr/bin/python3
"""Writes tests/golden/wiener-em.f32, the figures that tests/core/mask/wiener-test.c compares with.

Usage: wiener-golden.py FOLDER OUT. FOLDER holds what Open-Unmix's own Separator gave at drawn weights:
umx_{vocals,drums}.safetensors (weights) and umx_niter{0,1,2}.io.safetensors (`input` [2, n], `output`
[vocals, drums, residual; 2; n]). The networks are evaluated here with PyTorch, the EM of REFERENCE (Open-Unmix,
"Wiener EM") with numpy in double precision; the waveforms are compared with the Separator's, and a few bins of
the spectra are written:

  int32 n_frames, n_bins, n_channels (2), n_sources (3), then float32
  mixture[channel][frame][bin] as (re, im), gains[frame][source][channel][bin]  (residual: 1 - the others),
  estimates[iterations 1, 2][frame][source][channel][bin] as (re, im).

The bin where |mixture| is largest is among them, so that the scale max(1, max|x|/10) is that of all bins.
"""
import json
import struct
import sys

import numpy as np
import torch

N_FFT, HOP, MAX_BIN, EPS = 4096, 1024, 1487, 1e-10


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "I64": np.int64}
    return {name: torch.from_numpy(np.frombuffer(
        data[8 + size + at["data_offsets"][0]:8 + size + at["data_offsets"][1]],
        types[at["dtype"]]).reshape(at["shape"]).copy()) for name, at in header.items()}


def batch_norm(x, w, name):
    scale = w[name + ".weight"] / torch.sqrt(w[name + ".running_var"] + 1e-5)
    return (x - w[name + ".running_mean"]) * scale + w[name + ".bias"]


def gains(magnitude, w):
    """magnitude [frame, channel, bin] -> the network's mask of the same shape."""
    n_frames, n_channels, n_bins = magnitude.shape
    x = (magnitude[..., :MAX_BIN] + w["input_mean"]) * w["input_scale"]
    x = torch.tanh(batch_norm(x.reshape(n_frames, -1) @ w["fc1.weight"].T, w, "bn1"))
    hidden = x.shape[-1]
    lstm = torch.nn.LSTM(hidden, hidden // 2, num_layers=3, bidirectional=True)
    lstm.load_state_dict({k[5:]: v for k, v in w.items() if k.startswith("lstm.")})
    x = torch.cat([x, lstm(x[:, None])[0][:, 0]], -1)
    x = torch.relu(batch_norm(x @ w["fc2.weight"].T, w, "bn2"))
    x = batch_norm(x @ w["fc3.weight"].T, w, "bn3").reshape(n_frames, n_channels, n_bins)
    return torch.relu(x * w["output_scale"] + w["output_mean"])


def wiener_em(mixture, estimates, iterations):
    """mixture [frame, bin, channel], estimates [frame, bin, channel, source], complex double."""
    scale = max(1.0, np.abs(mixture).max() / 10.0)
    x, y = mixture / scale, estimates / scale
    for _ in range(iterations):
        v = (np.abs(y) ** 2).mean(2)
        R = np.einsum("tkcj,tkdj->kcdj", y, y.conj()) / (EPS + v.sum(0))[:, None, None]
        C = np.einsum("tkj,kcdj->tkcd", v, R) + np.sqrt(EPS) * np.eye(x.shape[2])
        z = np.linalg.solve(C, x[..., None])[..., 0]
        y = v[:, :, None] * np.einsum("kcdj,tkd->tkcj", R, z)
    return y * scale


def main(folder, out):
    window = torch.hann_window(N_FFT)
    io = [load(f"{folder}/umx_niter{i}.io.safetensors") for i in range(3)]
    n = io[0]["input"].shape[-1]
    spectrum = torch.stft(io[0]["input"], N_FFT, HOP, window=window, center=True, pad_mode="reflect",
                          return_complex=True)  # [channel, bin, frame]
    magnitude = spectrum.abs().permute(2, 0, 1)
    with torch.no_grad():
        g = torch.stack([gains(magnitude, load(f"{folder}/umx_{name}.safetensors"))
                         for name in ("vocals", "drums")], 1)  # [frame, source, channel, bin]
    g = torch.cat([g, 1.0 - g.sum(1, keepdim=True)], 1).numpy().astype(np.float32)
    x = spectrum.permute(2, 1, 0).numpy().astype(np.complex128)  # [frame, bin, channel]
    first = g.transpose(0, 3, 2, 1).astype(np.float64) * x[..., None]
    # The Separator's arc tangent leaves 1 in the mixture's cells that are exactly zero; to compare its waveforms
    # the same is done here. The spectra that are written come from the mixture as it is.
    patched = np.where(x == 0, 1.0, x)
    patched_first = first.copy()
    patched_first[..., 2] = patched - first[..., :2].sum(-1)
    results = []
    for i in range(3):
        results.append(wiener_em(x, first, i))
        y = wiener_em(patched, patched_first, i)
        wave = torch.istft(torch.from_numpy(y.transpose(3, 2, 1, 0).reshape(6, N_FFT // 2 + 1, -1).copy()),
                           N_FFT, HOP, window=window.double(), center=True, length=n).reshape(3, 2, n).numpy()
        wanted = io[i]["output"].numpy()
        print(f"{i} iterations: largest difference {np.abs(wave - wanted).max():.2e}, relative to the largest "
              f"sample {np.abs(wave - wanted).max() / np.abs(wanted).max():.2e}, in energy "
              f"{np.sqrt(((wave - wanted) ** 2).sum() / (wanted ** 2).sum()):.2e}")
    loudest = int(np.abs(x).max((0, 2)).argmax())
    bins = sorted({0, 1, 3, 10, 20, 37, 60, 100, 200, 400, 800, 1200, 1486, 1700, 2048, loudest})
    parts = [x[:, bins].transpose(2, 0, 1), *(y[:, bins].transpose(0, 3, 2, 1) for y in results[1:])]
    parts = [np.stack([p.real, p.imag], -1).astype("<f4").tobytes() for p in parts]
    with open(out, "wb") as file:
        file.write(struct.pack("<4i", x.shape[0], len(bins), 2, 3))
        file.write(parts[0] + g[..., bins].astype("<f4").tobytes() + parts[1] + parts[2])


main(*sys.argv[1:])
