#include "core/train/fingerprint.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

enum {
  STEPS_PER_S = 8,
  STEPS_PER_WINDOW = 4, /* half a second */
  N_BANDS = 5,
  BITS_PER_STEP = N_BANDS - 1,
  STEPS_PER_WORD = 64 / BITS_PER_STEP,
  MIN_STEPS = 8 * STEPS_PER_S,
  MIN_SHORT_STEPS = 3 * STEPS_PER_S,
};

static const double max_difference = 0.2, max_short_difference = 0.1;
static const double silence_power = 1e-7; /* −70 dBFS */

/* A band-pass of one octave: y = b·(x − x₂) − a₁y₁ − a₂y₂. */
typedef struct {
  double b, a1, a2;
  double x1, x2, y1, y2;
} Band;

struct SgFingerprint {
  uint32_t rate_hz;
  Band bands[N_BANDS];
  double energy[N_BANDS]; /* of the step that is being filled */
  double total;
  double steps[STEPS_PER_WINDOW][N_BANDS]; /* of the last steps, a ring */
  double totals[STEPS_PER_WINDOW];
  double before[N_BANDS]; /* of the last window, dB */
  bool was_silent;
  int64_t n_samples;
  int64_t n_steps;
  uint64_t *bits,
      *heard; /* [n_steps / STEPS_PER_WORD]: BITS_PER_STEP bits a step; all ones where it was not silent */
  int64_t capacity; /* in steps */
};

/* Robert Bristow-Johnson's band-pass of constant peak gain, Q √2. */
static Band
band_at(double freq_hz, double rate_hz)
{
  double w = 2.0 * M_PI * freq_hz / rate_hz, alpha = sin(w) / (2.0 * M_SQRT2), a0 = 1.0 + alpha;
  return (Band){ .b = alpha / a0, .a1 = -2.0 * cos(w) / a0, .a2 = (1.0 - alpha) / a0 };
}

SgFingerprint *
sg_fingerprint_new(uint32_t rate_hz)
{
  SgFingerprint *fingerprint = SG_NEW(SgFingerprint, 1);
  if (fingerprint == NULL)
    return NULL;
  fingerprint->rate_hz = rate_hz;
  fingerprint->was_silent = true;
  for (int b = 0; b < N_BANDS; b++)
    fingerprint->bands[b] = band_at(fmin(200.0 * (1 << b), 0.45 * rate_hz), rate_hz);
  return fingerprint;
}

void
sg_fingerprint_free(SgFingerprint *fingerprint)
{
  if (fingerprint == NULL)
    return;
  sg_free(fingerprint->bits);
  sg_free(fingerprint->heard);
  sg_free(fingerprint);
}

static bool
reserve_step(SgFingerprint *fingerprint)
{
  if (fingerprint->n_steps < fingerprint->capacity)
    return true;
  int64_t capacity = fingerprint->capacity > 0 ? 2 * fingerprint->capacity : 64 * STEPS_PER_WORD;
  size_t n = (size_t)(capacity / STEPS_PER_WORD), n_old = (size_t)(fingerprint->capacity / STEPS_PER_WORD);
  uint64_t *bits = SG_NEW(uint64_t, n), *heard = SG_NEW(uint64_t, n);
  if (bits == NULL || heard == NULL) {
    sg_free(bits);
    sg_free(heard);
    return false;
  }
  if (n_old > 0) {
    memcpy(bits, fingerprint->bits, n_old * sizeof *bits);
    memcpy(heard, fingerprint->heard, n_old * sizeof *heard);
  }
  sg_free(fingerprint->bits);
  sg_free(fingerprint->heard);
  fingerprint->bits = bits;
  fingerprint->heard = heard;
  fingerprint->capacity = capacity;
  return true;
}

static bool
end_step(SgFingerprint *fingerprint)
{
  if (!reserve_step(fingerprint))
    return false;
  int64_t slot = fingerprint->n_steps % STEPS_PER_WINDOW;
  memcpy(fingerprint->steps[slot], fingerprint->energy, sizeof fingerprint->energy);
  fingerprint->totals[slot] = fingerprint->total;
  memset(fingerprint->energy, 0, sizeof fingerprint->energy);
  fingerprint->total = 0.0;
  double window[N_BANDS] = { 0.0 }, total = 0.0;
  for (int i = 0; i < STEPS_PER_WINDOW; i++) {
    total += fingerprint->totals[i];
    for (int b = 0; b < N_BANDS; b++)
      window[b] += fingerprint->steps[i][b];
  }
  bool silent = total < silence_power * fingerprint->rate_hz * STEPS_PER_WINDOW / STEPS_PER_S;
  for (int b = 0; b < N_BANDS; b++)
    window[b] = log(window[b] + 1e-9 * total + 1e-30);
  uint64_t bits = 0;
  for (int b = 0; b < BITS_PER_STEP; b++) {
    double rise = (window[b] - window[b + 1]) - (fingerprint->before[b] - fingerprint->before[b + 1]);
    bits |= (uint64_t)(rise > 0.0) << b;
  }
  int64_t word = fingerprint->n_steps / STEPS_PER_WORD;
  int shift = (int)(fingerprint->n_steps % STEPS_PER_WORD) * BITS_PER_STEP;
  fingerprint->bits[word] |= bits << shift;
  if (!silent && !fingerprint->was_silent)
    fingerprint->heard[word] |= (uint64_t)((1 << BITS_PER_STEP) - 1) << shift;
  memcpy(fingerprint->before, window, sizeof window);
  fingerprint->was_silent = silent;
  fingerprint->n_steps++;
  return true;
}

bool
sg_fingerprint_add(SgFingerprint *fingerprint, const float *samples, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    double x = samples[i];
    fingerprint->total += x * x;
    for (int b = 0; b < N_BANDS; b++) {
      Band *band = &fingerprint->bands[b];
      double y = band->b * (x - band->x2) - band->a1 * band->y1 - band->a2 * band->y2;
      band->x2 = band->x1;
      band->x1 = x;
      band->y2 = band->y1;
      band->y1 = y;
      fingerprint->energy[b] += y * y;
    }
    /* Steps end at whole eighths of a second, whatever the rate. */
    if (++fingerprint->n_samples * STEPS_PER_S >= (fingerprint->n_steps + 1) * fingerprint->rate_hz &&
        !end_step(fingerprint))
      return false;
  }
  return true;
}

/* 64 bits that begin at step `at` ≥ 0; zeros behind the end. */
static uint64_t
word_at(const uint64_t *words, int64_t n_steps, int64_t at)
{
  if (at >= n_steps)
    return 0;
  int64_t word = at / STEPS_PER_WORD, n_words = (n_steps + STEPS_PER_WORD - 1) / STEPS_PER_WORD;
  int shift = (int)(at % STEPS_PER_WORD) * BITS_PER_STEP;
  uint64_t bits = words[word] >> shift;
  if (shift > 0 && word + 1 < n_words)
    bits |= words[word + 1] << (64 - shift);
  return bits;
}

/* b moved to `shift` steps after a's start: the bits heard in both, and those that differ. */
static int64_t
count_at(const SgFingerprint *a, const SgFingerprint *b, int64_t shift, int64_t *out_n_differ)
{
  int64_t n = 0, from = shift > 0 ? shift : 0;
  *out_n_differ = 0;
  for (int64_t at = from; at < a->n_steps && at - shift < b->n_steps; at += STEPS_PER_WORD) {
    uint64_t heard = word_at(a->heard, a->n_steps, at) & word_at(b->heard, b->n_steps, at - shift);
    uint64_t differ = word_at(a->bits, a->n_steps, at) ^ word_at(b->bits, b->n_steps, at - shift);
    n += __builtin_popcountll(heard);
    *out_n_differ += __builtin_popcountll(heard & differ);
  }
  return n;
}

/* The best share of differing bits among the shifts; *out_is_short when only the rule for short ones applies.
 */
static double
difference(const SgFingerprint *a, const SgFingerprint *b, bool *out_is_short)
{
  int64_t n_differ;
  int64_t shorter = a->n_steps < b->n_steps ? a->n_steps : b->n_steps;
  int64_t longer = a->n_steps < b->n_steps ? b->n_steps : a->n_steps;
  double best = 1.0;
  *out_is_short = shorter < MIN_STEPS;
  if (*out_is_short) {
    int64_t n = longer - shorter <= 1 ? count_at(a, b, 0, &n_differ) : 0;
    return n >= MIN_SHORT_STEPS * BITS_PER_STEP ? (double)n_differ / (double)n : 1.0;
  }
  for (int64_t shift = MIN_STEPS - b->n_steps; shift <= a->n_steps - MIN_STEPS; shift++) {
    int64_t n = count_at(a, b, shift, &n_differ);
    if (n >= MIN_STEPS * BITS_PER_STEP && (double)n_differ < best * (double)n)
      best = (double)n_differ / (double)n;
  }
  return best;
}

double
sg_fingerprint_difference(const SgFingerprint *a, const SgFingerprint *b)
{
  bool is_short;
  return difference(a, b, &is_short);
}

bool
sg_fingerprint_is_same(const SgFingerprint *a, const SgFingerprint *b)
{
  bool is_short;
  double share = difference(a, b, &is_short);
  return share < (is_short ? max_short_difference : max_difference);
}
