/* Changes speed and pitch of stereo sound, each by itself, streaming (Rubber Band, its phase vocoder with
 * transients kept, one thread, both channels together).
 *
 * `speed` s: n samples in become n/s samples out. `semitones` p: frequencies times 2^(p/12). The first
 * sg_stretch_n_run_in samples given are a run-in that the transform needs; what comes out first is the sound
 * of the sample after them, to within the transform's smear (measured: onsets up to 16 ms early at half
 * speed, 5 ms from speed 0.75 on).
 *
 * Ownership: free with sg_stretch_free (NULL ignored). Threads: one at a time. Audio callback: never, it
 * allocates. Errors: NULL when memory is out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SG_STRETCH_MIN_SPEED 0.5
#define SG_STRETCH_MAX_SPEED 1.5
#define SG_STRETCH_MAX_SEMITONES 12.0

/* The most samples that one call of sg_stretch_process takes. */
enum { SG_STRETCH_MAX_SAMPLES = 1024 };

typedef struct SgStretch SgStretch;

SgStretch *sg_stretch_new(uint32_t rate_hz, double speed, double semitones);
void sg_stretch_free(SgStretch *stretch);

uint32_t sg_stretch_n_run_in(const SgStretch *stretch);

/* Takes n ≤ SG_STRETCH_MAX_SAMPLES stereo samples [n × 2]; `final` with the last ones (n may be 0). */
void sg_stretch_process(SgStretch *stretch, const float *stereo, size_t n, bool final);
/* Gives up to `n` stereo samples and returns how many. */
size_t sg_stretch_retrieve(SgStretch *stretch, float *out_stereo, size_t n);
