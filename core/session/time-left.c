#include "core/session/time-left.h"

double
sg_time_left_update(SgTimeLeft *self, double fraction, const char *stage, double now_s)
{
  if (self->stage == NULL || !g_str_equal(self->stage, stage))
    *self = (SgTimeLeft){ .started_s = now_s, .first_fraction = fraction, .stage = stage };
  double elapsed_s = now_s - self->started_s;
  double done = fraction - self->first_fraction;
  if (elapsed_s < 0.5 || done < 0.01)
    return -1.0;
  return elapsed_s * (1.0 - fraction) / done;
}
