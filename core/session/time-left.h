/* An estimate of the time that a job still takes, from how far it has come. */
#pragma once

#include <glib.h>

typedef struct {
  double started_s; /* of the stage; 0 before the first update */
  double first_fraction;
  const char *stage;
} SgTimeLeft;

/* `now_s` from a monotonic clock. Returns the seconds left, or −1 while it is too early to say (less than
 * half a second or 1 % into the stage). */
double sg_time_left_update(SgTimeLeft *self, double fraction, const char *stage, double now_s);
