/* Losses on waveforms, through the inverse STFT to the masks.
 *
 * The estimate of a source is x̂ = S(M ⊙ X), S being core/dsp/stft's weighted overlap-add with its
 * normalisation: x̂[m] = (1/D[m]) Σ_t w[m−t·hop+N/2] · IDFT(M(t,·)X(t,·))[m−t·hop+N/2],   D[m] = Σ_t w². S is
 * linear, so with g[m] = ∂L/∂x̂[m] the gradient follows from its adjoint. The inverse real transform is x_t[n]
 * = (1/N) Σ_k c_k Re(B_k e^(2πikn/N)), c = 1 at k = 0 and N/2, else 2; hence ∂L/∂M(t,k) = Re( X̄(t,k) ·
 * (c_k/N) · STFT(g/D)(t,k) ), because the STFT multiplies by the same window w. It takes one STFT more a
 * signal.
 *
 * Losses over the signals (source, channel) that have a target other than silence:
 *   L1      mean |x̂ − s| over all samples of all signals (silent ones too)
 *   SI-SDR  −10·log10(‖αs‖²/‖αs − x̂‖²), α = ⟨x̂,s⟩/‖s‖² [Le Roux 2019], in dB, mean over the signals; a silent
 *           target has no SI-SDR and does not count.
 *
 * Shapes: mixture [n_channels][n_frames][n_bins], n_frames = sg_stft_n_frames(size, n_samples), the excerpt
 * being a song of its own; masks and gradient [n_sources][n_channels][n_frames][n_bins]; targets
 * [n_sources][n_channels][n_samples].
 * Ownership: free with sg_wave_loss_free (NULL ignored); the SgStft is borrowed. Threads: one object, one
 * thread. Audio callback: never.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/dsp/stft.h"

typedef enum { SG_WAVE_L1, SG_WAVE_SI_SDR } SgWaveMeasure;

typedef struct SgWaveLoss SgWaveLoss;

/* NULL when memory is out. */
SgWaveLoss *sg_wave_loss_new(const SgStft *stft, int64_t n_samples);
void sg_wave_loss_free(SgWaveLoss *loss);

/* The value; the gradient unless out_gradient is NULL. */
double sg_wave_loss(SgWaveLoss *loss, SgWaveMeasure measure, size_t n_sources, size_t n_channels,
                    const SgComplex *mixture, const float *masks, const float *targets, float *out_gradient);

/* −SI-SDR of one signal in dB and its gradient with respect to the estimate (may be NULL); 0 and a gradient
 * of 0 when the target is silent. Both energies get 10⁻¹² of the target's added, which limits it to ±120 dB.
 */
double sg_loss_si_sdr(int64_t n_samples, const float *estimate, const float *target, float *out_gradient);
