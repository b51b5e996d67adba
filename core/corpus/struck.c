#include "core/corpus/struck.h"

#include <math.h>

#include "core/base/memory.h"

static const double HIGHEST_HZ = 16000.0, LONGEST_S = 2.5, RELEASE_S = 0.15, PEAK = 0.35;

/* A free bar: 1, 2.756, 5.404, … [Fletcher and Rossing 1998]; an undercut one is tuned to two octaves
 * and more. */
static const double free_bar[] = { 1.0, 2.756, 5.404, 8.933, 13.34 }, tuned_bar[] = { 1.0, 3.98, 9.9, 17.0 };

typedef struct {
  const char *name;
  const double *ratios; /* NULL: harmonics, or drawn where `is_bell` */
  int n_modes;
  bool is_bell;
  double shortest_s, longest_s; /* decay of the first mode */
  double most_noise, longest_noise_s;
} Kind;

static const Kind kinds[] = {
  { "wooden bars", tuned_bar, 4, false, 0.04, 0.35, 1.0, 0.004 },
  { "metal bars", free_bar, 5, false, 0.2, 1.2, 0.5, 0.003 },
  { "bells", NULL, 9, true, 0.15, 1.2, 0.5, 0.01 },
  { "short strings", NULL, 10, false, 0.04, 0.4, 1.0, 0.01 },
  { "blown noise", NULL, 3, false, 0.01, 0.04, 0.0, 0.0 },
};

enum { N_KINDS = sizeof kinds / sizeof *kinds, BLOWN = N_KINDS - 1 };

SgStruck
sg_struck_draw(SgRandom *random)
{
  const uint64_t number = sg_random_below(random, N_KINDS);
  const Kind *kind = &kinds[number];
  SgStruck struck = { .name = kind->name,
                      .n_modes = kind->n_modes,
                      .noise = sg_random_between(random, 0.0, kind->most_noise),
                      .noise_s = sg_random_between(random, 0.0005, fmax(0.0005, kind->longest_noise_s)),
                      .octave = (int)sg_random_below(random, 3) - (number == BLOWN ? 1 : 0),
                      .pan = sg_random_between(random, -0.7, 0.7),
                      .echo_s = sg_random_unit(random) < 0.25 ? sg_random_between(random, 0.12, 0.4) : 0.0 };
  if (number == BLOWN) { /* noise alone, long enough to ring the modes all along */
    struck.noise = 40.0;
    struck.noise_s = sg_random_between_log(random, 0.02, 0.25);
  }
  const double decay_s = sg_random_between_log(random, kind->shortest_s, kind->longest_s);
  const double damping = sg_random_between(random, 0.3, 1.2), slope = sg_random_between(random, 0.2, 1.4);
  for (int m = 0; m < kind->n_modes; m++) {
    double drawn = m == 0 ? 1.0 : struck.ratios[m - 1] * sg_random_between(random, 1.12, 1.9);
    struck.ratios[m] = kind->ratios != NULL ? kind->ratios[m] : kind->is_bell ? drawn : m + 1.0;
    struck.decays_s[m] = decay_s * pow(struck.ratios[m], -damping);
    struck.levels[m] = pow(struck.ratios[m], -slope) * sg_random_between(random, 0.3, 1.0);
  }
  return struck;
}

/* What strikes: a click, and noise that dies away. */
static void
excite(const SgStruck *struck, SgRandom *random, float *out_x, int64_t n)
{
  const double fall = exp(-1.0 / (struck->noise_s * SG_CORPUS_RATE_HZ));
  double level = struck->noise;
  for (int64_t i = 0; i < n; i++) {
    out_x[i] = level > 1e-4 ? (float)(level * sg_random_between(random, -1.0, 1.0)) : 0.0f;
    level *= fall;
  }
  if (n > 0)
    out_x[0] += 1.0f;
}

/* Adds a mode's ringing; its impulse response has the peak `level`, whatever its frequency. */
static void
ring(double freq_hz, double decay_s, double level, const float *x, float *out, int64_t n)
{
  const double angle = 2.0 * M_PI * freq_hz / SG_CORPUS_RATE_HZ;
  const double r = exp(-1.0 / (decay_s * SG_CORPUS_RATE_HZ));
  const double a1 = 2.0 * r * cos(angle), a2 = -r * r, b = level * sin(angle);
  double y1 = 0.0, y2 = 0.0;
  for (int64_t i = 0; i < n; i++) {
    double y = a1 * y1 + a2 * y2 + b * x[i];
    out[i] += (float)y;
    y2 = y1;
    y1 = y;
  }
}

static double
longest_decay_s(const SgStruck *struck)
{
  double longest_s = struck->noise_s;
  for (int m = 0; m < struck->n_modes; m++)
    longest_s = fmax(longest_s, struck->decays_s[m]);
  return longest_s;
}

/* To the level that notes of synthesisers have, and out before the clip of the note ends. */
static void
finish(float *sound, int64_t n)
{
  const int64_t n_release = (int64_t)(RELEASE_S * SG_CORPUS_RATE_HZ);
  float peak = 1e-9f;
  for (int64_t i = 0; i < n; i++)
    peak = fmaxf(peak, fabsf(sound[i]));
  for (int64_t i = 0; i < n; i++) {
    float fade = fminf(1.0f, (float)(n - i) / (float)n_release);
    sound[i] *= fade * (float)PEAK / peak;
  }
}

static SgStatus
render_note(const SgStruck *struck, const SgMidiNote *note, SgRandom *random, SgClip *clip, SgError *error)
{
  const double freq_hz = 440.0 * exp2((note->key + 12.0 * struck->octave - 69.0) / 12.0);
  const double length_s = fmin(LONGEST_S, 7.0 * longest_decay_s(struck) + RELEASE_S);
  SgClip *sound = sg_clip_new((int64_t)(length_s * SG_CORPUS_RATE_HZ));
  float *x = sound != NULL ? SG_NEW(float, (size_t)sound->n) : NULL;
  if (x == NULL) {
    sg_clip_free(sound);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  excite(struck, random, x, sound->n);
  for (int m = 0; m < struck->n_modes; m++)
    if (freq_hz * struck->ratios[m] < HIGHEST_HZ)
      ring(freq_hz * struck->ratios[m], struck->decays_s[m], struck->levels[m], x, sound->channels[0],
           sound->n);
  finish(sound->channels[0], sound->n);
  for (int64_t i = 0; i < sound->n; i++)
    sound->channels[1][i] = sound->channels[0][i];
  const int64_t at = llround(note->start_s * SG_CORPUS_RATE_HZ);
  double level = note->velocity / 127.0, pan = struck->pan;
  for (int echo = 0; echo <= (struck->echo_s > 0.0 ? 2 : 0); echo++) {
    sg_clip_add(clip, at + llround(echo * struck->echo_s * SG_CORPUS_RATE_HZ), sound,
                (float)(level * fmin(1.0, 1.0 - pan)), (float)(level * fmin(1.0, 1.0 + pan)));
    level *= 0.4;
    pan = -pan; /* from side to side */
  }
  sg_free(x);
  sg_clip_free(sound);
  return SG_OK;
}

SgStatus
sg_struck_render(const SgStruck *struck, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                 SgClip *clip, SgError *error)
{
  SgStatus status = SG_OK;
  for (size_t i = 0; status == SG_OK && i < n_notes; i++)
    status = sg_clip_is_stopped(clip) ? sg_error_set(error, SG_CANCELLED, NULL, NULL)
                                      : render_note(struck, &notes[i], random, clip, error);
  return status;
}
