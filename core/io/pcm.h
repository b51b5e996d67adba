/* The decoded samples of one song, kept in scratch.
 *
 * Shape: n_samples × n_channels 32-bit floats, interleaved; full scale is ±1. "Sample" always means one
 * instant (all channels); positions and lengths are counted in samples of the song's own rate.
 *
 * Ownership: free with sg_pcm_free. Threads: after the last append any number of threads may read at once.
 * Audio callback: never. Errors: those of core/base/scratch.h.
 */
#pragma once

#include <stdint.h>

#include "core/base/status.h"

enum { SG_MAX_CHANNELS = 8 };

/* Nothing is recorded faster; a header that says so is wrong, and the transform's length grows with the rate.
 */
enum { SG_MAX_RATE_HZ = 768000 };

typedef struct SgPcm SgPcm;

/* How samples lie in scratch. Sound that comes from 16-bit integers fits into 16 bits exactly and takes half
 * the space and disk traffic; it is read as the same floats either way. */
typedef enum {
  SG_PCM_FLOAT,
  SG_PCM_16, /* every sample is a whole multiple of 2⁻¹⁵ in −1 … 1 − 2⁻¹⁵ */
} SgPcmStorage;

/* An empty song; `expected_samples` (0 when unknown) are reserved at once. `scratch_folder` NULL: the
 * default. */
SgStatus sg_pcm_new(uint32_t rate_hz, uint32_t n_channels, SgPcmStorage storage, int64_t expected_samples,
                    const char *scratch_folder, SgPcm **out_pcm, SgError *error);
void sg_pcm_free(SgPcm *pcm);

/* Adds `n` samples [n × n_channels] at the end. */
SgStatus sg_pcm_append(SgPcm *pcm, const float *interleaved, int64_t n, SgError *error);

uint32_t sg_pcm_rate(const SgPcm *pcm);
uint32_t sg_pcm_n_channels(const SgPcm *pcm);
int64_t sg_pcm_n_samples(const SgPcm *pcm);

/* Reads samples start…start+n−1 into out_channels[n_channels][n]; what lies outside the song is zero, so
 * `start` may be negative. */
SgStatus sg_pcm_read(const SgPcm *pcm, int64_t start, int64_t n, float *const *out_channels, SgError *error);
