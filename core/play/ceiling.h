/* The soft ceiling over what goes to the device: nothing leaves above full scale.
 *
 * With the knee k = 10^(−1/20) (−1 dBFS), of a sample x
 *   y = x for |x| ≤ k,   y = sign(x) · (k + (1 − k) · tanh((|x| − k)/(1 − k))) above,
 * which has slope 1 at the knee and never reaches 1. While nothing is over full scale the ceiling is out of
 * the way and even samples above the knee pass as they are; it comes in before the first sample that is over
 * and goes a second after the last, both where the sound is below the knee, at which both curves are the
 * same: so neither is a step.
 *
 * Threads: one. Audio callback: allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SG_CEILING_KNEE 0.8912509f

typedef struct {
  bool bending;
  uint32_t n_since_over; /* frames */
} SgCeiling;

/* Bends `n` stereo frames in place; `n_hold` is how many frames it stays. Returns how many frames were over
 * full scale. */
size_t sg_ceiling_apply(SgCeiling *ceiling, float *stereo, size_t n, uint32_t n_hold);
