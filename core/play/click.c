#include "core/play/click.h"

#include <math.h>

#define TONE_S 0.03
#define DECAY_S 0.006
#define LEVEL 0.5
#define BAR_HZ 1567.98
#define BEAT_HZ 1046.50

static double
period_frames(const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz)
{
  return sg_beat_grid_period_at(grid, (double)plan->start) / sg_deck_plan_step(plan, rate_hz);
}

/* From the deck's start to the first beat. */
static double
frames_to_beat(const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz)
{
  size_t index = sg_beat_grid_find(grid, (double)plan->start);
  if (index == sg_beat_grid_n_beats(grid))
    return 0.0;
  return (sg_beat_grid_beat(grid, index) - (double)plan->start) / sg_deck_plan_step(plan, rate_hz);
}

int64_t
sg_click_n_lead(const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz)
{
  double bar = sg_beat_grid_beats_per_bar(grid) * period_frames(grid, plan, rate_hz);
  return llround(fmax(0.0, bar - frames_to_beat(grid, plan, rate_hz)));
}

/* The next beat at or after `click->travelled`, which grows past the loop's end. */
static void
find_next(SgClick *click)
{
  const SgDeckPlan *plan = &click->plan;
  SgLoop loop = plan->loop;
  double at = click->travelled, turned = 0.0;
  if (sg_loop_is_set(loop) && at >= (double)loop.end) {
    double length = (double)(loop.end - loop.start);
    turned = floor((at - (double)loop.start) / length) * length;
    at -= turned;
  }
  size_t n = sg_beat_grid_n_beats(click->grid), index = sg_beat_grid_find(click->grid, at);
  bool beyond = index == n || (sg_loop_is_set(loop) && sg_beat_grid_beat(click->grid, index) >= loop.end);
  if (beyond && sg_loop_is_set(loop)) {
    turned += (double)(loop.end - loop.start);
    index = sg_beat_grid_find(click->grid, (double)loop.start);
    beyond = index == n || sg_beat_grid_beat(click->grid, index) >= loop.end;
  }
  if (beyond) {
    click->next_frame = INFINITY;
    return;
  }
  double beat = sg_beat_grid_beat(click->grid, index) + turned;
  click->next_is_bar = sg_beat_grid_begins_bar(click->grid, index);
  click->next_frame =
      (double)plan->n_lead + (beat - (double)plan->start) / sg_deck_plan_step(plan, click->rate_hz);
  click->travelled = nextafter(beat, INFINITY);
}

/* The clicks of a lead lie at whole periods before the first beat after it. */
static bool
find_next_in_lead(SgClick *click, double from)
{
  double period = period_frames(click->grid, &click->plan, click->rate_hz);
  double beat = (double)click->plan.n_lead + frames_to_beat(click->grid, &click->plan, click->rate_hz);
  double k = floor((beat - from + 0.5) / period); /* half a frame, for the rounding of the lead */
  double frame = fmax(0.0, beat - k * period);
  if (k < 1.0 || frame >= (double)click->plan.n_lead)
    return false;
  click->next_frame = frame;
  click->next_is_bar = k == sg_beat_grid_beats_per_bar(click->grid);
  return true;
}

void
sg_click_init(SgClick *click, const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz)
{
  *click = (SgClick){
    .grid = grid, .plan = *plan, .rate_hz = rate_hz, .travelled = (double)plan->start, .tone_at = -1
  };
  if (plan->n_lead == 0 || !find_next_in_lead(click, 0.0))
    find_next(click);
}

static float
tone_sample(SgClick *click)
{
  if (click->tone_at < 0)
    return 0.0f;
  double t = (double)click->tone_at++ / click->rate_hz;
  if (t >= TONE_S)
    click->tone_at = -1;
  return (float)(LEVEL * sin(2.0 * M_PI * click->tone_hz * t) * exp(-t / DECAY_S));
}

void
sg_click_make(SgClick *click, float *out, size_t n, size_t stride)
{
  for (size_t i = 0; i < n; i++, out += stride) {
    while (click->next_frame < (double)click->frame + 0.5) {
      click->tone_at = 0;
      click->tone_hz = click->next_is_bar ? BAR_HZ : BEAT_HZ;
      if (!find_next_in_lead(click, click->next_frame + 1.0))
        find_next(click);
    }
    *out = tone_sample(click);
    click->frame++;
  }
}
