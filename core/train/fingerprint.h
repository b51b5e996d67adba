/* Fingerprints that tell whether two recordings are the same, whatever their format, level or (within limits)
 * start.
 *
 * After Haitsma and Kalker (A Highly Robust Audio Fingerprinting System, ISMIR 2002), with fewer and wider
 * bands: the energy of five bands around 200 … 3200 Hz over half a second, every eighth of a second; four
 * bits a step tell whether the difference of neighbouring bands (in dB) rises or falls. Silent steps count
 * for nothing. Two recordings are the same when, at some shift, they have at least 8 s of sound in common and
 * fewer than a fifth of the bits differ; short ones when they are equally long, not shifted, have 3 s of
 * sound, and fewer than a tenth differ.
 *
 * Ownership: free with sg_fingerprint_free (NULL ignored). Threads: one thread adds; after finish any number
 * compare. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct SgFingerprint SgFingerprint;

/* NULL when memory is out. */
SgFingerprint *sg_fingerprint_new(uint32_t rate_hz);
void sg_fingerprint_free(SgFingerprint *fingerprint);

/* Takes the next `n` samples, mono. False when memory is out. */
bool sg_fingerprint_add(SgFingerprint *fingerprint, const float *samples, int64_t n);

/* The share of differing bits at the best shift, 1 when there is not enough in common. */
double sg_fingerprint_difference(const SgFingerprint *a, const SgFingerprint *b);
bool sg_fingerprint_is_same(const SgFingerprint *a, const SgFingerprint *b);
