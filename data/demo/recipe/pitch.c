#include "pitch.h"

#include <math.h>

#include "random.h"
#include "smooth.h"
#include "track.h"

#define HOP_S (DEMO_HOP / DEMO_RATE_HZ)
#define PORTAMENTO_S 0.095
#define EARLY_S 0.025 /* a note is reached just after its vowel begins */
#define SCOOP 0.9
#define SCOOP_S 0.055
#define FALL 0.35
#define FALL_S 0.14
#define VIBRATO_HZ 5.5
#define VIBRATO 0.30
#define VIBRATO_DELAY_S 0.2
#define VIBRATO_GROWTH_S 0.4
#define SHORTEST_VIBRATO_S 0.42
#define DRIFT 0.085

static void
draw_notes(double *curve, size_t n, const DemoSungLine *line)
{
  size_t at = 0;
  for (size_t i = 0; i < line->n; i++) {
    double until_s = i + 1 < line->n ? line->sung[i + 1].onset_s - EARLY_S : (double)n * HOP_S;
    if (i + 1 < line->n && line->sung[i].ends_phrase)
      until_s = 0.5 * (line->sung[i].end_s + line->sung[i + 1].start_s);
    for (; at < n && (double)at * HOP_S < until_s; at++)
      curve[at] = line->sung[i].note;
  }
}

static double
vibrato_depth(const DemoSung *sung, double time_s)
{
  double length_s = sung->end_s - sung->onset_s;
  if (length_s < SHORTEST_VIBRATO_S)
    return 0.0;
  double grown = fmin(fmax((time_s - sung->onset_s - VIBRATO_DELAY_S) / VIBRATO_GROWTH_S, 0.0), 1.0);
  return VIBRATO * (0.7 + 0.5 * sung->effort) * grown * grown * (3.0 - 2.0 * grown);
}

static double
bend(const DemoSung *sung, double time_s)
{
  double semitones = 0.0;
  if (sung->begins_phrase)
    semitones -= SCOOP * exp(-fmax(time_s - sung->start_s, 0.0) / SCOOP_S);
  double fall = (time_s - sung->end_s + FALL_S) / FALL_S;
  if (sung->ends_phrase && fall > 0.0)
    semitones -= FALL * fall * fall;
  return semitones;
}

bool
demo_pitch_draw(double *curve, size_t n, const DemoSungLine *line, uint64_t seed)
{
  draw_notes(curve, n, line);
  if (!demo_smooth(curve, n, PORTAMENTO_S))
    return false;
  DemoRandom random = { seed ^ 0x7069746368u };
  double slow = 0.0, quick = 0.0, rate = 0.0, phase = 0.0;
  size_t index = 0;
  for (size_t i = 0; i < n && line->n > 0; i++) {
    double time_s = (double)i * HOP_S;
    while (index + 1 < line->n && time_s >= line->sung[index + 1].start_s)
      index++;
    const DemoSung *sung = &line->sung[index];
    /* Two leaky random walks, of about 0.4 s and 0.03 s, and one for the rate of the vibrato. */
    slow += -slow * HOP_S / 0.4 + sqrt(2.0 * HOP_S / 0.4) * demo_random_normal(&random);
    quick += -quick * HOP_S / 0.03 + sqrt(2.0 * HOP_S / 0.03) * demo_random_normal(&random);
    rate += -rate * HOP_S / 0.5 + sqrt(2.0 * HOP_S / 0.5) * demo_random_normal(&random);
    phase += 2.0 * M_PI * VIBRATO_HZ * (1.0 + 0.06 * rate) * HOP_S;
    if (time_s >= sung->end_s + 0.2)
      continue;
    curve[i] += bend(sung, time_s) + DRIFT * (slow + 0.35 * quick);
    curve[i] += vibrato_depth(sung, time_s) * sin(phase) * (1.0 + 0.1 * slow);
  }
  return true;
}
