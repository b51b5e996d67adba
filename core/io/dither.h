/* Rounding to the steps of an integer format, with triangular dither (TPDF; Lipshitz, Wannamaker and
 * Vanderkooy, J. AES 40(5), 1992): the error's mean and power then do not depend on the sound. Threads: one
 * state, one thread.
 */
#pragma once

#include <math.h>
#include <stdbool.h>

#include "core/base/random.h"

/* The nearest step of an integer format of n_bits, limited to its range. `dither` NULL: none. */
static inline int
sg_round_to_steps(float sample, int n_bits, SgRandom *dither)
{
  double full_scale = 1 << (n_bits - 1), exact = sample * full_scale, step = rint(exact);
  /* The generator moves on either way, so that noise does not depend on what came before. */
  double noise = 0.0;
  if (dither != NULL) {
    noise = sg_random_unit(dither);
    noise -= sg_random_unit(dither);
  }
  if (step != exact)
    step = rint(exact + noise);
  if (!(step < full_scale))
    step = full_scale - 1.0;
  if (!(step >= -full_scale))
    step = -full_scale;
  return (int)step;
}
