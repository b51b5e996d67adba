/* Losses on spectra: value and gradient with respect to the estimates.
 *
 * Arrays are plain and dense; n is the number of values of one source (frames × bins × channels × examples,
 * in any order), several sources lie one after the other, [n_sources][n]. Unless said otherwise the value is
 * the mean over all n_sources·n values, and the gradient is that of the value. It is written to out_gradient,
 * shaped as the estimates or masks, unless that is NULL. At a kink (|0|) the gradient is 0. Sums run in
 * double in a fixed order.
 *
 * Losses on waveforms are in losses-wave.h. Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stddef.h>

#include "core/dsp/fft.h"

/* mean (ŷ − y)² and mean |ŷ − y|. */
double sg_loss_mse(size_t n, const float *estimates, const float *targets, float *out_gradient);
double sg_loss_mae(size_t n, const float *estimates, const float *targets, float *out_gradient);

/* Generalised Kullback-Leibler divergence of magnitudes, mean of d(y+ε ‖ ŷ+ε) = (y+ε)·ln((y+ε)/(ŷ+ε)) − y +
 * ŷ; y and ŷ ≥ 0. ε > 0 bounds the gradient where an estimate vanishes. */
double sg_loss_kl(size_t n, const float *estimates, const float *targets, double epsilon,
                  float *out_gradient);

/* The discriminative loss [Huang 2014, eq. 9]: ½ Σ_k (‖ŷ_k − y_k‖² − γ Σ_{l≠k} ‖ŷ_k − y_l‖²) / n, a mean over
 * the n cells but a sum over the sources, estimates and targets [n_sources][n]. γ must stay well below 1. */
double sg_loss_discriminative(size_t n_sources, size_t n, const float *estimates, const float *targets,
                              double gamma, float *out_gradient);

/* Sources that shall differ: Σ_k ‖ŷ_k − y_k‖² − γ Σ_{k<l} ‖ŷ_k − ŷ_l‖², over n as above; after the drum
 * variant of the vector product networks [Fan 2017], which rewards the difference of its outputs. */
double sg_loss_difference(size_t n_sources, size_t n, const float *estimates, const float *targets,
                          double gamma, float *out_gradient);

/* Masked magnitudes: mean |M·X − Y|, masks and targets [n_sources][n], mixture [n] [Jansson 2017]. */
double sg_loss_masked_l1(size_t n_sources, size_t n, const float *masks, const float *mixture,
                         const float *targets, float *out_gradient);

/* Complex error: mean √(|mX − S|² + ε) with real masks m and targets S [n_sources][n], mixture X [n]; blind
 * neither to phase nor, as magnitudes are, to cancellation. */
double sg_loss_complex_l1(size_t n_sources, size_t n, const float *masks, const SgComplex *mixture,
                          const SgComplex *targets, double epsilon, float *out_gradient);

/* The same for masks that are shared by a band B of bins: mean √(Σ_B |mX − S|² + ε). With a = √Σ_B |X|²,
 * p = Re Σ_B X̄S / a and r² = Σ_B |S|² − p², the sum is (m·a − p)² + r²: three real numbers a band and source.
 */
double sg_loss_band_l1(size_t n_sources, size_t n, const float *masks, const float *amplitudes,
                       const float *projections, const float *residual_powers, double epsilon,
                       float *out_gradient);

/* The mean of the same without the root, over a: (Σ_B |mX − S|²)/(a + ε). Where a band may be one source or
 * another its best mask is the share to expect, the mean, where that of the root is the likelier of the two. */
double sg_loss_band_l2(size_t n_sources, size_t n, const float *masks, const float *amplitudes,
                       const float *projections, const float *residual_powers, double epsilon,
                       float *out_gradient);
