#include "core/dsp/biquad.h"

#include <complex.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support.h"

static const double RATE_HZ = 44100.0;

/* |H(e^iω)| from the filter's own impulse response. */
static double
gain_db_at(const SgBiquad *filter, double freq_hz)
{
  enum { N = 1 << 16 };
  float *response = SG_NEW(float, N);
  response[0] = 1.0f;
  sg_biquad_filter(filter, response, N);
  double complex sum = 0.0;
  for (int i = 0; i < N; i++)
    sum += response[i] * cexp(-2.0 * M_PI * I * freq_hz / RATE_HZ * i);
  sg_free(response);
  return 20.0 * log10(cabs(sum) + 1e-12);
}

/* What each kind promises at its own frequency, far below and far above. */
static void
test_responses(void)
{
  static const struct {
    SgBiquadKind kind;
    double q, gain_db, low_db, centre_db, high_db;
  } cases[] = {
    { SG_BIQUAD_LOW_PASS, M_SQRT1_2, 0.0, 0.0, -3.0103, -200.0 },
    { SG_BIQUAD_HIGH_PASS, M_SQRT1_2, 0.0, -200.0, -3.0103, 0.0 },
    { SG_BIQUAD_BAND_PASS, 2.0, 0.0, -200.0, 0.0, -200.0 },
    { SG_BIQUAD_PEAK, 1.0, 6.0, 0.0, 6.0, 0.0 },
    { SG_BIQUAD_PEAK, 3.0, -9.0, 0.0, -9.0, 0.0 },
    { SG_BIQUAD_LOW_SHELF, M_SQRT1_2, 6.0, 6.0, 3.0, 0.0 },
    { SG_BIQUAD_HIGH_SHELF, M_SQRT1_2, -8.0, 0.0, -4.0, -8.0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgBiquad filter = sg_biquad(cases[i].kind, RATE_HZ, 1000.0, cases[i].q, cases[i].gain_db);
    g_assert_cmpfloat_with_epsilon(gain_db_at(&filter, 1000.0), cases[i].centre_db, 0.01);
    const double ends[2][2] = { { 5.0, cases[i].low_db }, { 21900.0, cases[i].high_db } };
    for (gsize j = 0; j < 2; j++)
      if (ends[j][1] < -100.0)
        g_assert_cmpfloat(gain_db_at(&filter, ends[j][0]), <, -40.0);
      else
        g_assert_cmpfloat_with_epsilon(gain_db_at(&filter, ends[j][0]), ends[j][1], 0.02);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/biquad/responses", test_responses);
  return g_test_run();
}
