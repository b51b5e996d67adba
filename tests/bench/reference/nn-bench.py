#!/usr/bin/env python3
"""Times in PyTorch the networks that nn-bench times in this engine, with the same sizes and threads.

Usage: /usr/bin/python3 nn-bench.py [THREADS…] [--runs=N] [--forward] [--song=S] [NET…]    (Debian's python3-torch)

With --song an Open-Unmix (hidden 256) takes a song of S seconds apart as its authors do, all of it at once, for
the memory: stemglass-cli is measured beside it by /usr/bin/time -v.

With more than one thread the OpenMP threads of PyTorch and the threads of OpenBLAS share the cores, so those of
OpenMP are told not to spin while they wait.
"""
import os
import resource
import sys
import time

THREADS = [int(a) for a in sys.argv[1:] if a.isdigit()] or [1, 2]
NETS = [a for a in sys.argv[1:] if a in ("umx", "cnn-unet")] or ["umx", "cnn-unet"]
N_RUNS = int(([a[7:] for a in sys.argv if a.startswith("--runs=")] or [5])[0])
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(max(THREADS))

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402


class Umx(nn.Module):
    def __init__(self, hidden=512, channels=2, bins=2049, bins_in=1487):
        super().__init__()
        self.bins_in, self.channels, self.bins = bins_in, channels, bins
        self.mean, self.scale = nn.Parameter(torch.zeros(bins_in)), nn.Parameter(torch.ones(bins_in))
        self.fc1, self.bn1 = nn.Linear(channels * bins_in, hidden, bias=False), nn.BatchNorm1d(hidden)
        self.lstm = nn.LSTM(hidden, hidden // 2, 3, bidirectional=True)
        self.fc2, self.bn2 = nn.Linear(2 * hidden, hidden, bias=False), nn.BatchNorm1d(hidden)
        self.fc3, self.bn3 = nn.Linear(hidden, channels * bins, bias=False), nn.BatchNorm1d(channels * bins)
        self.out_scale, self.out_mean = nn.Parameter(torch.ones(bins)), nn.Parameter(torch.ones(bins))

    def forward(self, x):  # [frames, batch, channels, bins], as the authors have it
        frames, batch = x.shape[:2]
        y = (x[..., : self.bins_in] + self.mean) * self.scale
        y = torch.tanh(self.bn1(self.fc1(y.reshape(frames * batch, -1))))
        y = y.reshape(frames, batch, -1)
        y = torch.cat([y, self.lstm(y)[0]], -1)
        y = F.relu(self.bn2(self.fc2(y.reshape(frames * batch, -1))))
        y = self.bn3(self.fc3(y)).reshape(frames, batch, self.channels, self.bins)
        return F.relu(y * self.out_scale + self.out_mean) * x


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [1, 16, 32, 64, 128, 256, 512]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, 2, 2) for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in sizes[1:])
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(sizes[i + 1] * (1 if i == 5 else 2), sizes[i], 5, 2, 2, 1) for i in range(6))
        self.up_norms = nn.ModuleList(nn.BatchNorm2d(sizes[i]) for i in range(6))

    def forward(self, x):
        skips, y = [], x
        for conv, norm in zip(self.down, self.norms):
            y = F.leaky_relu(norm(conv(y)), 0.2)
            skips.append(y)
        for i in range(5, 0, -1):
            y = F.relu(self.up_norms[i](self.up[i](y)))
            y = F.dropout(y, 0.5, self.training) if i > 2 else y
            y = torch.cat([y, skips[i - 1]], 1)
        return torch.sigmoid(self.up[0](y)) * x


def best(f):
    """Processor time with one thread, which other programs do not disturb, else time of the clock."""
    clock, times = time.process_time if torch.get_num_threads() == 1 else time.monotonic, []
    for _ in range(N_RUNS):
        start = clock()
        f()
        times.append(clock() - start)
    return min(times)


def step(net, x):
    net.zero_grad(set_to_none=False)
    y = net(x)
    y.backward(y.detach())


def gemm_rate():
    a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
    return 2e-9 * 1024**3 / best(lambda: a @ b)


def separate(seconds):
    """STFT, network, the mixture's phases, inverse STFT; noise for a song, its decoding left out."""
    song, window = torch.rand(2, 44100 * seconds) - 0.5, torch.hann_window(4096)
    net = Umx(hidden=256).eval()
    with torch.no_grad():
        spectra = torch.stft(song, 4096, 1024, window=window, return_complex=True)  # [2, bins, frames]
        magnitudes = spectra.abs()
        drums = net(magnitudes.permute(2, 0, 1)[:, None])[:, 0].permute(1, 2, 0)
        spectra *= drums / (magnitudes + 1e-10)
        return torch.istft(spectra, 4096, 1024, window=window, length=song.shape[1])


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    started_mb = peak_mb()
    print("PyTorch", torch.__version__, "mkldnn", torch.backends.mkldnn.is_available())
    song_s = [int(a[7:]) for a in sys.argv if a.startswith("--song=")]
    if song_s:
        torch.set_num_threads(max(THREADS))
        separate(song_s[0])
    make = {"umx": lambda: (Umx(), torch.rand(255, 16, 2, 2049)),
            "cnn-unet": lambda: (UNet(), torch.rand(8, 1, 512, 128))}
    nets = {name: make[name]() for name in NETS if not song_s}
    for threads in THREADS if nets else []:
        torch.set_num_threads(threads)
        print(f"{threads} threads: {torch.get_num_threads()} OpenMP, sgemm {gemm_rate():.0f} GFLOP/s")
        for name in NETS:
            net, x = nets[name]
            net.eval()
            with torch.no_grad():
                forward = best(lambda: net(x))
            print(f"{name:10s} {threads} threads  forward {1e3 * forward:8.1f} ms")
            if "--forward" in sys.argv:
                continue
            net.train()
            print(f"{name:10s} {threads} threads  step    {1e3 * best(lambda: step(net, x)):8.1f} ms")
    print(f"peak resident memory {peak_mb():.0f} MB, of that {started_mb:.0f} MB before the first network")


main()
