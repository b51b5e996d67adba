#include "singer.h"

#include <math.h>

#include "random.h"
#include "tract.h"

#define SOFTEST_DB -13.0
#define ASPIRATION_GAIN 0.35
#define BREATHINESS 0.026 /* noise under every voiced sound */
#define PRESENCE_DB 11.0  /* the model's pulses are duller than those of a trained voice */
#define TUNING 0.4
#define FRICTION_GAIN 0.3
#define OUTPUT_GAIN 0.12

/* A stretch of one hop: what the curves give at its two ends. */
typedef struct {
  double pitch_hz, voice, aspiration, friction, rd;
} Controls;

typedef struct {
  DemoGlottis glottis;
  DemoTract tract;
  DemoRandom noise;
  DemoFilter presence;
  DemoFilter low_cut;
} Singer;

static Controls
controls_at(const DemoPlan *plan, const DemoVoice *singing, size_t i)
{
  double effort = plan->curves[DEMO_EFFORT][i];
  double voice = plan->curves[DEMO_VOICE][i];
  double level = demo_db_to_gain(SOFTEST_DB * (1.0 - effort));
  Controls controls = { .pitch_hz = 440.0 * exp2((plan->curves[DEMO_PITCH][i] - 69.0) / 12.0) };
  controls.voice = level * voice;
  controls.aspiration = level * ASPIRATION_GAIN * plan->curves[DEMO_ASPIRATION][i];
  controls.friction = (0.35 + 0.65 * level) * FRICTION_GAIN * plan->curves[DEMO_FRICTION][i];
  controls.friction *= singing->friction;
  controls.rd = 1.7 - 1.05 * effort + 0.7 * (1.0 - fmin(voice, 1.0));
  return controls;
}

/* Singers open the jaw before the pitch passes the first formant and lean that formant towards a harmonic. */
static double
tuned_formant(double hz, double pitch_hz)
{
  double harmonic = fmax(round(hz / pitch_hz), 1.0);
  return fmax(hz + TUNING * (harmonic * pitch_hz - hz), 1.03 * pitch_hz);
}

static void
shape_tract(Singer *singer, const DemoPlan *plan, size_t i, double pitch_hz)
{
  double nasality = plan->curves[DEMO_NASALITY][i];
  double f3_hz = plan->curves[DEMO_F3][i];
  DemoShape shape = {
    .formant_hz = { plan->curves[DEMO_F1][i], plan->curves[DEMO_F2][i], f3_hz, fmax(3250.0, f3_hz + 600.0),
                    fmax(3800.0, f3_hz + 1150.0) },
    .width_hz = { 90.0 + 60.0 * nasality, 100.0 + 90.0 * nasality, 150.0 + 90.0 * nasality, 260.0, 420.0 },
    .nasality = nasality,
    .noise_hz = plan->curves[DEMO_NOISE_HZ][i],
    .noise_width_hz = plan->curves[DEMO_NOISE_WIDTH][i],
  };
  shape.formant_hz[0] = tuned_formant(shape.formant_hz[0], pitch_hz / singer->tract.scale);
  shape.formant_hz[1] = fmax(shape.formant_hz[1], shape.formant_hz[0] + 220.0);
  demo_tract_set_shape(&singer->tract, &shape, DEMO_HOP);
}

static double
next_sample(Singer *singer, const Controls *now)
{
  double open;
  double pulse = demo_glottis_next(&singer->glottis, now->pitch_hz, now->rd, &open);
  double breath = demo_random_normal(&singer->noise);
  double hiss = now->aspiration + now->voice * BREATHINESS * now->rd * (0.3 + 1.7 * open);
  double source = demo_filter_next(&singer->presence, now->voice * pulse) + hiss * breath;
  double friction = demo_tract_next_noise(&singer->tract, demo_random_normal(&singer->noise));
  /* Voiced fricatives hiss in time with the glottis. */
  double gate = now->voice > 0.05 ? 0.5 + 0.8 * open : 1.0;
  double y = demo_tract_next(&singer->tract, source) + now->friction * gate * friction;
  return demo_filter_next(&singer->low_cut, OUTPUT_GAIN * y);
}

static Controls
between(const Controls *a, const Controls *b, double part)
{
  return (Controls){ a->pitch_hz + part * (b->pitch_hz - a->pitch_hz),
                     a->voice + part * (b->voice - a->voice),
                     a->aspiration + part * (b->aspiration - a->aspiration),
                     a->friction + part * (b->friction - a->friction), a->rd + part * (b->rd - a->rd) };
}

bool
demo_sing(const DemoVoice *voice, const DemoGlottisTables *tables, DemoTrack *track)
{
  DemoPlan *plan = demo_plan_new(voice, track->n_frames);
  if (plan == NULL)
    return false;
  Singer singer = { .noise = { voice->seed ^ 0x62726561u } };
  demo_glottis_init(&singer.glottis, tables, voice->seed ^ 0x676c6fu);
  demo_tract_init(&singer.tract, voice->tract_scale);
  demo_filter_set(&singer.presence, &(DemoBand){ DEMO_HIGH_SHELF, 5000.0, 0.7, PRESENCE_DB });
  demo_filter_set(&singer.low_cut, &(DemoBand){ DEMO_HIGH_PASS, 75.0, 0.7, 0.0 });
  for (size_t i = 0; i < track->n_frames; i += DEMO_HOP) {
    size_t hop = i / DEMO_HOP;
    Controls first = controls_at(plan, voice, hop);
    Controls last = controls_at(plan, voice, hop + 1);
    shape_tract(&singer, plan, hop + 1, last.pitch_hz);
    for (size_t k = 0; k < DEMO_HOP && i + k < track->n_frames; k++) {
      Controls now = between(&first, &last, (double)k / DEMO_HOP);
      float y = (float)next_sample(&singer, &now);
      track->left[i + k] += y;
      track->right[i + k] += y;
    }
  }
  demo_plan_free(plan);
  return true;
}
