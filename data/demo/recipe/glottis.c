#include "glottis.h"

#include <math.h>
#include <stdlib.h>

#include "track.h"

enum { N_SHAPES = 12, N_LEVELS = 8, TABLE_SIZE = 2048, PULSE_SIZE = 8192, MAX_HARMONICS = 180 };

#define FIRST_RD 0.4
#define RD_STEP 0.2
#define CLOSING_PHASE 0.6 /* where every table has its excitation, so that shapes blend */
#define JITTER 0.0035
#define SHIMMER 0.03

static const int level_harmonics[N_LEVELS] = { 24, 32, 44, 60, 82, 108, 140, MAX_HARMONICS };

struct DemoGlottisTables {
  float samples[N_SHAPES][N_LEVELS][TABLE_SIZE + 1];
};

/* One pulse over a period of length 1: exp(alpha t) sin(omega t) until TE, then a return of constant TA. */
typedef struct {
  double te, ta, omega, alpha, epsilon;
} Pulse;

static double
open_phase(const Pulse *pulse, double t)
{
  return -exp(pulse->alpha * (t - pulse->te)) * sin(pulse->omega * t) / sin(pulse->omega * pulse->te);
}

static double
return_phase(const Pulse *pulse, double t)
{
  double rest = exp(-pulse->epsilon * (1.0 - pulse->te));
  return -(exp(-pulse->epsilon * (t - pulse->te)) - rest) / (pulse->epsilon * pulse->ta);
}

static double
pulse_value(const Pulse *pulse, double t)
{
  return t < pulse->te ? open_phase(pulse, t) : return_phase(pulse, t);
}

static double
net_flow(const Pulse *pulse)
{
  double sum = 0.0;
  for (int i = 0; i < PULSE_SIZE; i++)
    sum += pulse_value(pulse, (i + 0.5) / PULSE_SIZE);
  return sum / PULSE_SIZE;
}

/* Solves the two implicit equations of the model: the return ends at zero, and no flow is left over. */
static Pulse
pulse_of_rd(double rd)
{
  double ra = (4.8 * rd - 1.0) / 100.0;
  double rk = (22.4 + 11.8 * rd) / 100.0;
  double rg = 0.25 * rk * (0.5 + 1.2 * rk) / (0.11 * rd - ra * (0.5 + 1.2 * rk));
  double tp = 0.5 / rg;
  Pulse pulse = { .te = tp * (1.0 + rk), .ta = ra, .omega = M_PI / tp };
  pulse.epsilon = 1.0 / pulse.ta;
  for (int i = 0; i < 60; i++)
    pulse.epsilon = (1.0 - exp(-pulse.epsilon * (1.0 - pulse.te))) / pulse.ta;
  double low = -20.0;
  double high = 120.0;
  for (int i = 0; i < 50; i++) {
    pulse.alpha = 0.5 * (low + high);
    if (net_flow(&pulse) > 0.0) /* more growth makes the closing heavier */
      low = pulse.alpha;
    else
      high = pulse.alpha;
  }
  return pulse;
}

typedef struct {
  double cosine[MAX_HARMONICS + 1];
  double sine[MAX_HARMONICS + 1];
} Spectrum;

static void
analyse(const Pulse *pulse, Spectrum *spectrum)
{
  for (int k = 1; k <= MAX_HARMONICS; k++) {
    spectrum->cosine[k] = 0.0;
    spectrum->sine[k] = 0.0;
  }
  for (int i = 0; i < PULSE_SIZE; i++) {
    double t = (i + 0.5) / PULSE_SIZE;
    double value = pulse_value(pulse, t) * 2.0 / PULSE_SIZE;
    double angle = 2.0 * M_PI * (t - pulse->te + CLOSING_PHASE);
    double turn_re = cos(angle), turn_im = sin(angle);
    double re = 1.0, im = 0.0;
    for (int k = 1; k <= MAX_HARMONICS; k++) {
      double next = re * turn_re - im * turn_im;
      im = re * turn_im + im * turn_re;
      re = next;
      spectrum->cosine[k] += value * re;
      spectrum->sine[k] += value * im;
    }
  }
}

static void
synthesise(const Spectrum *spectrum, int n_harmonics, float *out)
{
  for (int i = 0; i <= TABLE_SIZE; i++) {
    double angle = 2.0 * M_PI * i / TABLE_SIZE;
    double turn_re = cos(angle), turn_im = sin(angle);
    double re = 1.0, im = 0.0, sum = 0.0;
    for (int k = 1; k <= n_harmonics; k++) {
      double next = re * turn_re - im * turn_im;
      im = re * turn_im + im * turn_re;
      re = next;
      sum += spectrum->cosine[k] * re + spectrum->sine[k] * im;
    }
    out[i] = (float)sum;
  }
}

DemoGlottisTables *
demo_glottis_tables_new(void)
{
  DemoGlottisTables *tables = calloc(1, sizeof *tables);
  if (tables == NULL)
    return NULL;
  for (int shape = 0; shape < N_SHAPES; shape++) {
    Pulse pulse = pulse_of_rd(FIRST_RD + RD_STEP * shape);
    Spectrum spectrum;
    analyse(&pulse, &spectrum);
    for (int level = 0; level < N_LEVELS; level++)
      synthesise(&spectrum, level_harmonics[level], tables->samples[shape][level]);
  }
  return tables;
}

void
demo_glottis_tables_free(DemoGlottisTables *tables)
{
  free(tables);
}

void
demo_glottis_init(DemoGlottis *glottis, const DemoGlottisTables *tables, uint64_t seed)
{
  *glottis = (DemoGlottis){ tables, { seed }, 0.0, 1.0, 1.0 };
}

static int
level_of_pitch(double pitch_hz)
{
  int level = 0;
  while (level + 1 < N_LEVELS && level_harmonics[level + 1] * pitch_hz < 20500.0)
    level++;
  return level;
}

double
demo_glottis_next(DemoGlottis *glottis, double pitch_hz, double rd, double *out_open)
{
  glottis->phase += pitch_hz * glottis->jitter / DEMO_RATE_HZ;
  if (glottis->phase >= 1.0) {
    glottis->phase -= 1.0;
    glottis->jitter = 1.0 + JITTER * demo_random_normal(&glottis->random);
    glottis->shimmer = 1.0 + SHIMMER * demo_random_normal(&glottis->random);
  }
  double shape = fmin(fmax((rd - FIRST_RD) / RD_STEP, 0.0), N_SHAPES - 1.001);
  int first = (int)shape;
  float blend = (float)(shape - first);
  int level = level_of_pitch(pitch_hz);
  double place = glottis->phase * TABLE_SIZE;
  int at = (int)place;
  float part = (float)(place - at);
  const float *a = glottis->tables->samples[first][level];
  const float *b = glottis->tables->samples[first + 1][level];
  float one = a[at] + part * (a[at + 1] - a[at]);
  float two = b[at] + part * (b[at + 1] - b[at]);
  double open = (glottis->phase - (CLOSING_PHASE - 0.5)) / 0.5;
  *out_open = open > 0.0 && open < 1.0 ? sin(M_PI * open) : 0.0;
  return glottis->shimmer * (double)(one + blend * (two - one));
}
