#include "smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "track.h"

bool
demo_smooth(double *curve, size_t n, double width_s)
{
  long half = lrint(0.5 * width_s * DEMO_RATE_HZ / DEMO_HOP);
  double *copy = malloc(n * sizeof *copy);
  double *window = malloc((size_t)(2 * half + 1) * sizeof *window);
  bool done = copy != NULL && window != NULL;
  if (done) {
    double sum = 0.0;
    for (long k = -half; k <= half; k++)
      sum += window[k + half] = 0.5 + 0.5 * cos(M_PI * (double)k / (double)(half + 1));
    memcpy(copy, curve, n * sizeof *copy);
    for (long i = 0; i < (long)n; i++) {
      double value = 0.0;
      for (long k = -half; k <= half; k++) {
        long at = i + k < 0 ? 0 : i + k >= (long)n ? (long)n - 1 : i + k;
        value += window[k + half] * copy[at];
      }
      curve[i] = value / sum;
    }
  }
  free(copy);
  free(window);
  return done;
}
