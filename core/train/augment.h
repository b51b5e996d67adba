/* What is done to the sound of a source in a training example, so that no two examples are alike.
 *
 * First everything is drawn, into a plan, always with the same number of draws, so that switching one change
 * off leaves the others as they were; then the plan is applied. The order of application: speed, circular
 * shift, equaliser, swap of channels, gain and polarity. All is off in a configuration of zeros.
 *
 * Shapes: planar, channels[n_channels][n]. Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/base/status.h"

typedef struct {
  double gain_min_db, gain_max_db; /* uniform in dB */
  double polarity_probability;     /* of turning the sign */
  double swap_probability;         /* of changing left for right */
  /* Circular shift of the excerpt by a multiple of shift_step (0: 1 sample) [Huang 2014: 10 000]. */
  double shift_probability;
  int64_t shift_step_samples;
  /* Faster and higher together, by a ratio whose logarithm is uniform between those of the limits. */
  double speed_probability, speed_min, speed_max;
  /* A low and a high shelf and two bells, each within ±eq_max_db, at drawn frequencies. */
  double eq_probability, eq_max_db;
} SgAugmentConfig;

enum { SG_AUGMENT_BIQUADS = 4 };

typedef struct {
  double gain_db;
  bool is_inverted, is_swapped;
  int64_t shift_samples;
  double speed; /* 1: as it is */
  double eq_gains_db[SG_AUGMENT_BIQUADS], eq_freqs_hz[SG_AUGMENT_BIQUADS];
  bool has_eq;
} SgAugmentPlan;

/* NULL when the values make sense, else the name of one that does not. */
const char *sg_augment_bad_value(const SgAugmentConfig *config);

/* For an excerpt of n_samples at rate_hz. */
void sg_augment_draw(const SgAugmentConfig *config, uint32_t rate_hz, int64_t n_samples, SgRandom *random,
                     SgAugmentPlan *out_plan);

/* Samples of the song that make n_samples of the excerpt: n_samples at speed 1, else round(n_samples·speed)
 * and some more that the resampler's ends want. */
int64_t sg_augment_input_length(const SgAugmentPlan *plan, int64_t n_samples);

/* in_channels[n_channels][input length] → out_channels[n_channels][n_samples], not overlapping. SG_NO_MEMORY.
 */
SgStatus sg_augment_apply(const SgAugmentPlan *plan, uint32_t rate_hz, uint32_t n_channels,
                          float *const *in_channels, int64_t n_samples, float *const *out_channels,
                          SgError *error);

/* For the record of a training run. */
SgJson *sg_augment_json(const SgAugmentConfig *config);
