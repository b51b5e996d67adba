/* Between spectra and a spectrogram network: fills a network's input with magnitudes and reads its results,
 * magnitudes or masks, back.
 *
 * Two layouts are known, told apart by the shape of the graph's input:
 *   [batch, frames, channels, bins]   (Open-Unmix; results of several sources are
 *                                      [batch, sources, frames, channels, bins])
 *   [batch, channels, bins, frames]   (U-Nets; several sources lie one after the other as channels)
 * A network sees the lowest n_bins bins of the spectrum. Results have the layout of the input; bins that the
 * network does not give are zero when read back; of masks they have the highest one. Magnitudes may be
 * divided by the largest one of the excerpt ("peak").
 *
 * Networks that give masks may see mid (left + right)/2 and side (left − right)/2 for two channels, and may
 * see bins in bands (SgModelBands): a band's magnitude is √Σ|X|² over its bins, its mask that of each.
 *
 * A network on waveforms (facts: input and output "waveform", no STFT) takes [batch, channels, samples], a
 * fixed even number of samples, and gives [batch, sources·channels, samples]; of the functions below only the
 * first three are for it.
 *
 * Ownership: plain values. Threads: no shared state. Audio callback: never.
 */
#pragma once

#include "core/base/status.h"
#include "core/dsp/fft.h"
#include "core/nn/model-file.h"

typedef enum {
  SG_LAYOUT_FRAMES_CHANNELS_BINS,
  SG_LAYOUT_CHANNELS_BINS_FRAMES,
  SG_LAYOUT_CHANNELS_SAMPLES /* a waveform; nothing here but n_channels and n_window */
} SgTensorLayout;

typedef struct {
  SgTensorLayout layout;
  size_t n_channels;
  size_t n_spectrum_bins; /* N/2 + 1 of the spectra to fill from and read to; may be set to another length
                           * than the network was made for: what one side lacks is zero */
  size_t n_bins;          /* of those, what the network sees */
  size_t frame_multiple;  /* the number of frames must be a multiple of this */
  SgModelBands bands;     /* n_bands 0: none */
  size_t n_window;        /* samples that a network on waveforms takes at once */
  bool peak;              /* divide by the excerpt's largest magnitude */
  bool mid_side;          /* the two channels are mid and side */
  bool gives_masks;       /* results are masks, not magnitudes */
} SgFrontEnd;

/* The front end of a graph with these facts: from the shape of its first input and the results it must have.
 * Errors: SG_BAD_GRAPH (detail says what does not fit), SG_BAD_MODEL (an unknown word in the facts). */
SgStatus sg_front_end_of(const SgGraph *graph, const SgModelFacts *facts, SgFrontEnd *out_front_end,
                         SgError *error);

/* The shape of the graph's input for a batch of so many frames. */
SgShape sg_front_end_shape(const SgFrontEnd *front_end, size_t batch, size_t n_frames);
/* Floats of one example of one source in a tensor of that shape. */
size_t sg_front_end_floats(const SgFrontEnd *front_end, size_t n_frames);

/* Left and right to mid and side in place, spectra[2][n_frames][n_spectrum_bins], and back; nothing when the
 * network sees left and right. */
void sg_front_end_to_mid_side(const SgFrontEnd *front_end, SgComplex *spectra, size_t n_frames);
void sg_front_end_to_left_right(const SgFrontEnd *front_end, SgComplex *spectra, size_t n_frames);

/* The largest magnitude of spectra[n_channels][n_frames][n_spectrum_bins], or 1 when peak is off or all is
 * silent. */
float sg_front_end_peak(const SgFrontEnd *front_end, const SgComplex *spectra, size_t n_frames);

/* |spectra|/scale → out_tensor[sg_front_end_floats] of `n_frames_padded` ≥ n_frames frames, zeros behind. */
void sg_front_end_fill(const SgFrontEnd *front_end, const SgComplex *spectra, size_t n_frames,
                       size_t n_frames_padded, float scale, float *out_tensor);

/* The inverse: tensor · scale → out_magnitudes[n_channels][n_frames][n_spectrum_bins]. Of masks the scale is
 * 1. */
void sg_front_end_read(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded, float scale,
                       size_t n_frames, float *out_magnitudes);

/* One frame of one channel of that, as it is: out_values[n_spectrum_bins]. */
void sg_front_end_read_frame(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded,
                             size_t channel, size_t frame, float *out_values);
/* One value of it. */
float sg_front_end_value(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded,
                         size_t channel, size_t frame, size_t bin);

/* A source S against the mixture X: with a = √Σ|X|² over a band, p = Re Σ X̄S / a and r² = Σ|S|² − p², the
 * error of a mask m is Σ|mX − S|² = (m·a − p)² + r². Both as tensors of n_frames frames. */
void sg_front_end_project(const SgFrontEnd *front_end, const SgComplex *mixture, const SgComplex *source,
                          size_t n_frames, float *out_projections, float *out_residual_powers);

/* Real values in the spectra's order to a tensor, as fill does: values[n_channels][n_frames][n_spectrum_bins]
 * → out_tensor; for gradients, without bands. */
void sg_front_end_write(const SgFrontEnd *front_end, const float *values, size_t n_frames,
                        size_t n_frames_padded, float *out_tensor);
