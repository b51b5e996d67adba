/* Drums by non-negative matrix factorisation with the Kullback–Leibler divergence (D. Lee and H. S. Seung,
 * "Algorithms for non-negative matrix factorization", NIPS 2000; P. Smaragdis and J. Brown, WASPAA 2003).
 *
 * The magnitudes V (root mean power of the channels) of a window of frames are modelled as V ≈ A·B with
 * activations A [frame][component] and spectra B [component][bin]:
 *   A ← A ⊙ ((V/AB)·Bᵀ) / (1·Bᵀ),   B ← B ⊙ (Aᵀ·(V/AB)) / (Aᵀ·1).
 * A component is drums as far as its spectrum is smooth and its activation is not: with the medians
 * s = ‖med b‖²/‖b‖² along frequency and u = ‖med a‖²/‖a‖² along time, its share of drums is s²/(s² + u²).
 * With D the model of the drums and R that of the rest, drums = D²/(D² + R²),  harmonic = 1 − drums,  the
 * same for all channels.
 *
 * Every chunk factorises its own window (itself and `CONTEXT_FRAMES` on both sides) from the same start, so
 * its masks depend on nothing else.
 *
 * Sources: "drums", "harmonic". Knobs: "components" 4 … 64, normally 32; "iterations" 5 … 100, normally 30.
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_nmf_class;
