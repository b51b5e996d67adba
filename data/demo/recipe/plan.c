#include "plan.h"

#include <math.h>
#include <stdlib.h>

#include "phones.h"
#include "pitch.h"
#include "smooth.h"
#include "sung.h"
#include "track.h"

#define CLOSURE 0.55 /* parts of a stop */
#define BURST 0.2
#define RELEASE_S 0.19
#define BREATH_GAP_S 0.4

/* Widths of the windows that turn the steps of the phones into movement. */
static const double smoothing_s[DEMO_N_CURVES] = {
  [DEMO_F1] = 0.055,         [DEMO_F2] = 0.075,        [DEMO_F3] = 0.075,       [DEMO_NASALITY] = 0.04,
  [DEMO_VOICE] = 0.032,      [DEMO_ASPIRATION] = 0.03, [DEMO_FRICTION] = 0.016, [DEMO_NOISE_HZ] = 0.01,
  [DEMO_NOISE_WIDTH] = 0.01, [DEMO_EFFORT] = 0.16
};

static size_t
index_at(const DemoPlan *plan, double time_s)
{
  double index = time_s * DEMO_RATE_HZ / DEMO_HOP;
  return index <= 0.0 ? 0 : index >= (double)plan->n ? plan->n : (size_t)index;
}

static void
paint(DemoPlan *plan, DemoCurveId curve, double from_s, double to_s, double first, double last)
{
  size_t from = index_at(plan, from_s);
  size_t to = index_at(plan, to_s);
  for (size_t i = from; i < to; i++)
    plan->curves[curve][i] = first + (last - first) * (double)(i - from) / (double)(to - from);
}

static void
hold(DemoPlan *plan, DemoCurveId curve, double from_s, double to_s, double value)
{
  paint(plan, curve, from_s, to_s, value, value);
}

/* The shape of a consonant leans towards the vowel beside it; that of an aspirate is the vowel's. */
static void
paint_shape(DemoPlan *plan, const DemoPhone *phone, const DemoPhone *vowel, double from_s, double to_s)
{
  static const double lean[3] = { 0.1, 0.35, 0.35 };
  for (int i = 0; i < 3; i++) {
    double own = phone->formant_hz[i];
    double hz = own == 0.0 ? vowel->formant_hz[i] : own + lean[i] * (vowel->formant_hz[i] - own);
    hold(plan, (DemoCurveId)(DEMO_F1 + i), from_s, to_s, hz);
  }
  hold(plan, DEMO_NASALITY, from_s, to_s, phone->nasality);
  hold(plan, DEMO_NOISE_HZ, from_s, to_s, phone->noise_hz);
  hold(plan, DEMO_NOISE_WIDTH, from_s, to_s, phone->noise_width_hz);
}

static void
paint_stop(DemoPlan *plan, const DemoPhone *phone, double from_s, double to_s)
{
  double burst_s = from_s + CLOSURE * (to_s - from_s);
  double open_s = burst_s + BURST * (to_s - from_s);
  hold(plan, DEMO_VOICE, from_s, burst_s, phone->voice);
  hold(plan, DEMO_VOICE, burst_s, to_s, 2.0 * phone->voice);
  hold(plan, DEMO_FRICTION, burst_s, open_s, phone->friction);
  hold(plan, DEMO_FRICTION, open_s, to_s, 0.15 * phone->friction);
  hold(plan, DEMO_ASPIRATION, burst_s, to_s, phone->aspiration);
}

static void
paint_phone(DemoPlan *plan, const DemoPhone *phone, const DemoPhone *vowel, double from_s, double to_s)
{
  paint_shape(plan, phone, vowel, from_s, to_s);
  if (phone->kind == DEMO_STOP) {
    paint_stop(plan, phone, from_s, to_s);
    return;
  }
  hold(plan, DEMO_VOICE, from_s, to_s, phone->voice);
  hold(plan, DEMO_ASPIRATION, from_s, to_s, phone->aspiration);
  hold(plan, DEMO_FRICTION, from_s, to_s, phone->friction);
}

static void
paint_vowel(DemoPlan *plan, const DemoPhone *vowel, double from_s, double to_s)
{
  paint_phone(plan, vowel, vowel, from_s, to_s);
  if (vowel->glide == NULL)
    return;
  const DemoPhone *target = demo_phone_find(vowel->glide, 2);
  double glide_s = fmin(0.22, 0.45 * (to_s - from_s));
  for (int i = 0; i < 3 && target != NULL; i++)
    paint(plan, (DemoCurveId)(DEMO_F1 + i), to_s - glide_s, to_s, vowel->formant_hz[i],
          0.25 * vowel->formant_hz[i] + 0.75 * target->formant_hz[i]);
}

static void
paint_breath(DemoPlan *plan, double end_s)
{
  const DemoPhone *breath = demo_phone_find("BR", 2);
  double start_s = end_s - breath->length_s;
  paint_shape(plan, breath, breath, start_s, end_s);
  paint(plan, DEMO_ASPIRATION, start_s, end_s, 0.2 * breath->aspiration, breath->aspiration);
  hold(plan, DEMO_FRICTION, start_s, end_s, breath->friction);
}

static void
paint_effort(DemoPlan *plan, const DemoSung *sung)
{
  size_t from = index_at(plan, sung->start_s);
  size_t to = index_at(plan, sung->end_s);
  for (size_t i = from; i < to; i++) {
    double place = (double)(i - from) / (double)(to - from);
    plan->curves[DEMO_EFFORT][i] = sung->effort * (0.95 + 0.1 * sin(M_PI * sqrt(place)));
  }
}

static void
paint_syllable(DemoPlan *plan, const DemoSung *sung)
{
  double at_s = sung->start_s;
  for (int i = 0; i < sung->n_onset; i++) {
    double length_s = sung->onset[i]->length_s;
    paint_phone(plan, sung->onset[i], sung->vowel, at_s, at_s + length_s);
    at_s += length_s;
  }
  double vowel_end_s = sung->end_s - sung->coda_s;
  paint_vowel(plan, sung->vowel, at_s, vowel_end_s);
  at_s = vowel_end_s;
  for (int i = 0; i < sung->n_coda; i++) {
    double length_s = sung->coda[i]->length_s;
    paint_phone(plan, sung->coda[i], sung->vowel, at_s, at_s + length_s);
    at_s += length_s;
  }
  paint_effort(plan, sung);
  if (!sung->ends_phrase)
    return;
  double fade_s = fmin(RELEASE_S, 0.4 * (vowel_end_s - sung->onset_s));
  paint(plan, DEMO_VOICE, vowel_end_s - fade_s, vowel_end_s, 1.0, sung->n_coda > 0 ? 0.7 : 0.05);
  if (sung->n_coda > 0)
    return;
  paint(plan, DEMO_ASPIRATION, vowel_end_s - fade_s, vowel_end_s, 0.0, 0.06);
  paint(plan, DEMO_FRICTION, vowel_end_s - fade_s, vowel_end_s, sung->vowel->friction, 0.0);
}

/* Silence before a phrase already has the shape of what comes, and after it keeps what was. */
static void
fill_silences(DemoPlan *plan, const DemoSungLine *line)
{
  double end_s = (double)plan->n * DEMO_HOP / DEMO_RATE_HZ;
  for (size_t i = 0; i < line->n; i++) {
    const DemoSung *sung = &line->sung[i];
    double until_s = i + 1 < line->n ? line->sung[i + 1].start_s : end_s;
    double from_s = i > 0 ? line->sung[i - 1].end_s : 0.0;
    const DemoPhone *first = sung->n_onset > 0 ? sung->onset[0] : sung->vowel;
    paint_shape(plan, first, sung->vowel, fmax(from_s, sung->start_s - 0.08), sung->start_s);
    paint_shape(plan, sung->vowel, sung->vowel, sung->end_s, until_s);
    hold(plan, DEMO_EFFORT, sung->end_s, until_s, sung->effort);
  }
}

static void
paint_line(DemoPlan *plan, const DemoSungLine *line)
{
  if (line->n == 0)
    return;
  paint_shape(plan, line->sung[0].vowel, line->sung[0].vowel, 0.0, line->sung[0].start_s);
  fill_silences(plan, line);
  for (size_t i = 0; i < line->n; i++) {
    const DemoSung *sung = &line->sung[i];
    double rest_s = i > 0 ? sung->start_s - line->sung[i - 1].end_s : BREATH_GAP_S;
    paint_syllable(plan, sung);
    if (sung->begins_phrase && rest_s >= BREATH_GAP_S)
      paint_breath(plan, sung->start_s - 0.05);
  }
}

static bool
make_curves(DemoPlan *plan, const DemoVoice *voice, const DemoSungLine *line)
{
  paint_line(plan, line);
  for (int i = 0; i < DEMO_N_CURVES; i++)
    if (smoothing_s[i] > 0.0 && !demo_smooth(plan->curves[i], plan->n, smoothing_s[i]))
      return false;
  return demo_pitch_draw(plan->curves[DEMO_PITCH], plan->n, line, voice->seed);
}

DemoPlan *
demo_plan_new(const DemoVoice *voice, size_t n_samples)
{
  DemoPlan *plan = calloc(1, sizeof *plan);
  DemoSungLine *line = demo_sung_line_new(voice);
  bool done = plan != NULL && line != NULL;
  if (done) {
    plan->n = n_samples / DEMO_HOP + 2;
    for (int i = 0; i < DEMO_N_CURVES; i++)
      done = (plan->curves[i] = calloc(plan->n, sizeof(double))) != NULL && done;
    done = done && make_curves(plan, voice, line);
  }
  free(line);
  if (done)
    return plan;
  demo_plan_free(plan);
  return NULL;
}

void
demo_plan_free(DemoPlan *plan)
{
  if (plan == NULL)
    return;
  for (int i = 0; i < DEMO_N_CURVES; i++)
    free(plan->curves[i]);
  free(plan);
}
