#!/usr/bin/python3
"""Prints tests/golden/train.h: what PyTorch's optimisers, schedules and losses give.

Run with Debian's python3-torch: /usr/bin/python3 tests/bench/reference/train-golden.py > tests/golden/train.h
"""
import torch

torch.manual_seed(20240501)
N_WEIGHTS, N_STEPS = 6, 12


def c_number(x, digits):
    text = f"{x:.{digits}g}"
    return text if "." in text or "e" in text else text + ".0"


def table(name, values, dimensions, kind="float"):
    suffix, digits = ("f", 9) if kind == "float" else ("", 16)
    flat = [c_number(v, digits) + suffix for v in values.flatten().tolist()]
    print(f"static const {kind} {name}{dimensions} = {{")
    for i in range(0, len(flat), 8):
        print("  " + ", ".join(flat[i:i + 8]) + ",")
    print("};\n")


def optimisers():
    start = torch.randn(N_WEIGHTS)
    gradients = torch.randn(N_STEPS, N_WEIGHTS) * 3
    table("golden_start", start, "[GOLDEN_N_WEIGHTS]")
    table("golden_gradients", gradients, "[GOLDEN_N_STEPS * GOLDEN_N_WEIGHTS]")
    cases = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
        "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01),
        "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.98), eps=1e-6, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    }
    for name, make in cases.items():
        w = torch.nn.Parameter(start.clone())
        optimiser, path = make([w]), []
        for g in gradients:
            w.grad = g.clone()
            optimiser.step()
            path.append(w.detach().clone())
        table(f"golden_{name}", torch.stack(path), "[GOLDEN_N_STEPS * GOLDEN_N_WEIGHTS]")
    w = torch.nn.Parameter(start.clone())
    w.grad = gradients[0].clone()
    norm = torch.nn.utils.clip_grad_norm_([w], 1.5)
    table("golden_clipped", torch.cat([norm.reshape(1), w.grad]), "[1 + GOLDEN_N_WEIGHTS]")


def schedules():
    w = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([w], lr=0.3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 20, eta_min=0.02)
    rates = []
    for _ in range(21):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        cosine.step()
    table("golden_cosine", torch.tensor(rates, dtype=torch.float64), "[21]", "double")
    values = [5, 4, 4.1, 4.2, 3.9998, 3.9, 3.95, 3.96, 3.97, 3.98, 3.99, 3.0, 3.1, 3.1, 3.1, 3.1, 3.1, 3.1, 3.1, 3.1]
    optimiser = torch.optim.SGD([w], lr=0.3)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.3, patience=2, cooldown=2, min_lr=0.01)
    rates = []
    for v in values:
        plateau.step(v)
        rates.append(optimiser.param_groups[0]["lr"])
    table("golden_looks", torch.tensor(values, dtype=torch.float64), "[20]", "double")
    table("golden_plateau", torch.tensor(rates, dtype=torch.float64), "[20]", "double")


def si_sdr(estimate, target):
    alpha = (estimate * target).sum(-1, keepdim=True) / (target * target).sum(-1, keepdim=True)
    wanted = alpha * target
    return -10 * torch.log10((wanted ** 2).sum(-1) / ((wanted - estimate) ** 2).sum(-1))


def waves():
    """Masks [1 source][2 channels] through torch.istft, whose definition is ours where hop divides the length."""
    torch.set_default_dtype(torch.float64)
    n_fft, hop, n = 16, 4, 40
    window = torch.hann_window(n_fft)
    mixture = torch.randn(2, n)
    target = torch.randn(2, n) * 0.5 + 0.3 * mixture
    bins = torch.stft(mixture, n_fft, hop, window=window, center=True, pad_mode="constant", return_complex=True)
    masks = torch.rand(bins.shape)
    table("golden_wave_mixture", mixture, "[2 * 40]")
    table("golden_wave_target", target, "[2 * 40]")
    table("golden_wave_masks", masks.transpose(1, 2), "[2 * 11 * 9]")
    for name, loss in (("l1", lambda e: (e - target).abs().mean()), ("si_sdr", lambda e: si_sdr(e, target).mean())):
        m = masks.clone().requires_grad_()
        value = loss(torch.istft(m * bins, n_fft, hop, window=window, center=True, length=n))
        value.backward()
        table(f"golden_wave_{name}", torch.cat([value.detach().reshape(1), m.grad.transpose(1, 2).flatten()]),
              "[1 + 2 * 11 * 9]", "double")


print("/* Made by tests/bench/reference/train-golden.py with PyTorch " + torch.__version__ + "; do not edit. */")
print("#pragma once\n\nenum { GOLDEN_N_WEIGHTS = %d, GOLDEN_N_STEPS = %d };\n" % (N_WEIGHTS, N_STEPS))
print("/* Each optimiser from golden_start, fed with golden_gradients: the weights after every step. */")
optimisers()
print("/* CosineAnnealingLR from 0.3 to 0.02 in 20 steps; ReduceLROnPlateau over golden_looks. */")
schedules()
print("/* Masks through torch.istft (16/4): the loss, then its gradient; arrays [2 channels][11 frames][9 bins]. */")
waves()
