/* Reading a method's knobs: standard values where none are given, and the check that each is allowed.
 *
 * Threads: no shared state. Audio callback: no.
 */
#pragma once

#include "core/separate/method.h"

/* Most knobs that one method has. */
enum { SG_MAX_KNOBS = 16 };

/* Whether `value` is in the knob's range and on its steps. */
bool sg_knob_allows(const SgMethodKnob *knob, double value);

/* out_values[n_knobs] ← knobs[n_knobs], or the standard values when `knobs` is NULL. SG_BAD_ARGUMENT with the
 * knob's identifier as detail when a value is not allowed. */
SgStatus sg_knobs_read(const SgMethodKnob *described, size_t n_knobs, const double *knobs, double *out_values,
                       SgError *error);
