#include "core/play/deck-plan.h"

#include <math.h>

uint32_t
sg_deck_plan_width(const SgDeckPlan *plan)
{
  return 2 * plan->n_stems + (plan->has_mixture ? 2 : 0) + (plan->has_click ? 1 : 0);
}

double
sg_deck_plan_step(const SgDeckPlan *plan, uint32_t rate_hz)
{
  return plan->speed * plan->song_rate_hz / rate_hz;
}

int64_t
sg_deck_plan_travelled(const SgDeckPlan *plan, int64_t n_frames, uint32_t rate_hz)
{
  int64_t n = n_frames > plan->n_lead ? n_frames - plan->n_lead : 0;
  if (plan->speed == 1.0)
    return plan->start + n * plan->song_rate_hz / rate_hz;
  return plan->start + (int64_t)floor((double)n * sg_deck_plan_step(plan, rate_hz));
}

int64_t
sg_deck_plan_nearest(const SgDeckPlan *plan, int64_t n_frames, uint32_t rate_hz)
{
  int64_t n = n_frames > plan->n_lead ? n_frames - plan->n_lead : 0;
  if (plan->speed == 1.0)
    return plan->start + (2 * n * plan->song_rate_hz + rate_hz) / (2 * (int64_t)rate_hz);
  return plan->start + llround((double)n * sg_deck_plan_step(plan, rate_hz));
}

bool
sg_loop_is_set(SgLoop loop)
{
  return loop.end > loop.start;
}

int64_t
sg_loop_wrap(SgLoop loop, int64_t travelled)
{
  if (!sg_loop_is_set(loop) || travelled < loop.end)
    return travelled;
  return loop.start + (travelled - loop.start) % (loop.end - loop.start);
}
