/* One part of a sound, the percussive or the harmonic, as a window of another length sees it, shown on the
 * song's own grid of frames and bins (two-stage HPSS: H. Tachibana, N. Ono and S. Sagayama, "Singing voice
 * enhancement in monaural music signals based on two-stage harmonic/percussive sound separation on multiple
 * resolution spectrograms", IEEE TASLP 22, 2014). A voice is percussive to a long window and harmonic to a
 * short one, which neither drums nor held notes are.
 *
 * Y is the transform with the other window, H and P its running medians along time and frequency; the part is
 * the inverse transform of P²/(P² + H²)·Y or H²/(P² + H²)·Y, transformed again with the song's window.
 *
 * Ownership: free with sg_component_free (NULL ignored). Threads: one object, one thread at a time. Audio
 * callback: no.
 */
#pragma once

#include <stddef.h>

#include "core/dsp/stft.h"

typedef enum { SG_COMPONENT_PERCUSSIVE, SG_COMPONENT_HARMONIC } SgComponentPart;

typedef struct {
  SgStftSize song, other;
  SgComponentPart part;
  size_t time_radius, frequency_radius; /* of the medians, in frames and bins of the other window */
  size_t max_frames;                    /* most song frames of one run */
} SgComponentSetup;

typedef struct SgComponent SgComponent;

SgComponent *sg_component_new(const SgComponentSetup *setup);
void sg_component_free(SgComponent *component);

/* Song frames that one frame's result may depend on, before and after it. */
size_t sg_component_reach(const SgComponentSetup *setup);

/* Magnitudes of the part in n_frames song frames, the first of which starts at samples[first], into
 * out_magnitude[n_frames][n_bins]; samples[n_samples] is one channel, and zero outside. */
void sg_component_run(SgComponent *component, const float *samples, ptrdiff_t n_samples, ptrdiff_t first,
                      size_t n_frames, float *out_magnitude);
