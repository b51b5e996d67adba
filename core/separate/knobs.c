#include "core/separate/knobs.h"

#include <math.h>

/* A value that was typed or added up from steps is not on them to the last bit. */
static const double STEP_TOLERANCE = 1e-6;

bool
sg_knob_allows(const SgMethodKnob *knob, double value)
{
  if (!(value >= knob->minimum && value <= knob->maximum))
    return false;
  double step = knob->choices != NULL ? 1.0 : knob->step;
  if (step == 0.0)
    return true;
  double steps = (value - knob->minimum) / step;
  return fabs(steps - round(steps)) <= STEP_TOLERANCE;
}

SgStatus
sg_knobs_read(const SgMethodKnob *described, size_t n_knobs, const double *knobs, double *out_values,
              SgError *error)
{
  for (size_t i = 0; i < n_knobs; i++) {
    out_values[i] = knobs != NULL ? knobs[i] : described[i].standard;
    if (!sg_knob_allows(&described[i], out_values[i]))
      return sg_error_set(error, SG_BAD_ARGUMENT, NULL, described[i].id);
  }
  return SG_OK;
}
