#include "core/corpus/drummer.h"

#include <math.h>

static const double CHOKE_S = 0.02;

/* What stands in for a piece that a kit lacks; followed until one is there. */
static const SgDrum substitutes[SG_N_DRUMS] = {
  [SG_DRUM_KICK] = SG_DRUM_KICK,           [SG_DRUM_RIM] = SG_DRUM_SNARE,
  [SG_DRUM_SNARE] = SG_DRUM_SNARE,         [SG_DRUM_CLAP] = SG_DRUM_SNARE,
  [SG_DRUM_HAT_CLOSED] = SG_DRUM_RIDE,     [SG_DRUM_HAT_PEDAL] = SG_DRUM_HAT_CLOSED,
  [SG_DRUM_HAT_OPEN] = SG_DRUM_HAT_CLOSED, [SG_DRUM_TOM_LOW] = SG_DRUM_TOM_MID,
  [SG_DRUM_TOM_MID] = SG_DRUM_SNARE,       [SG_DRUM_TOM_HIGH] = SG_DRUM_TOM_MID,
  [SG_DRUM_CRASH] = SG_DRUM_HAT_OPEN,      [SG_DRUM_RIDE] = SG_DRUM_HAT_CLOSED,
  [SG_DRUM_PERCUSSION] = SG_DRUM_RIM,
};

static SgDrum
present(const SgKit *kit, SgDrum drum)
{
  for (int step = 0; step < SG_N_DRUMS && kit->n_hits[drum] == 0; step++)
    drum = substitutes[drum];
  return kit->n_hits[drum] > 0 ? drum : SG_DRUM_KICK;
}

static bool
in_the_middle(SgDrum drum)
{
  return drum == SG_DRUM_KICK || drum == SG_DRUM_SNARE || drum == SG_DRUM_CLAP;
}

static double
usual_level(SgDrum drum)
{
  switch (drum) {
  case SG_DRUM_HAT_CLOSED:
  case SG_DRUM_HAT_PEDAL:
  case SG_DRUM_HAT_OPEN:
  case SG_DRUM_CRASH:
  case SG_DRUM_RIDE:
  case SG_DRUM_PERCUSSION:
    return 0.45;
  default:
    return 0.9;
  }
}

SgDrumSetup
sg_drum_setup_draw(const SgKit *const *kits, size_t n_kits, SgRandom *random)
{
  SgDrumSetup setup = { .dynamics = 0.5 * (double)(1 + sg_random_below(random, 3)) };
  const SgKit *base = kits[sg_random_below(random, n_kits)];
  for (int drum = 0; drum < SG_N_DRUMS; drum++) {
    const SgKit *kit = sg_random_unit(random) < 0.35 ? kits[sg_random_below(random, n_kits)] : base;
    SgDrum taken = present(kit, (SgDrum)drum);
    int n = kit->n_hits[taken], first = (int)sg_random_below(random, (uint64_t)n);
    for (int i = first; i < n && i < first + SG_DRUMMER_MAX_HITS; i++)
      setup.pieces[drum].hits[setup.pieces[drum].n_hits++] = kit->hits[taken][i];
    setup.pieces[drum].pitch_ratio =
        sg_random_unit(random) < 0.6 ? exp2(sg_random_between(random, -3.0, 3.0) / 12.0) : 1.0;
    double level = usual_level((SgDrum)drum) * sg_random_between(random, 0.5, 1.1);
    double pan = in_the_middle((SgDrum)drum) ? 0.0 : sg_random_between(random, -0.6, 0.6);
    setup.pieces[drum].gain_left = (float)(level * fmin(1.0, 1.0 - pan));
    setup.pieces[drum].gain_right = (float)(level * fmin(1.0, 1.0 + pan));
  }
  return setup;
}

/* Adds the hit, read at pitch_ratio by linear interpolation, until `end` (then faded out within CHOKE_S). */
static void
add_hit(SgClip *clip, int64_t at, int64_t end, const SgClip *hit, double ratio, float left, float right)
{
  const float gains[2] = { left, right };
  const double fade = CHOKE_S * SG_CORPUS_RATE_HZ;
  for (int64_t i = at < 0 ? -at : 0; at + i < clip->n; i++) {
    double position = (double)i * ratio;
    int64_t k = (int64_t)position;
    double remains = 1.0 - (double)(at + i - end) / fade;
    if (k + 1 >= hit->n || remains <= 0.0)
      break;
    float fraction = (float)(position - (double)k), gain = remains < 1.0 ? (float)remains : 1.0f;
    for (int c = 0; c < 2; c++)
      clip->channels[c][at + i] +=
          gain * gains[c] *
          (hit->channels[c][k] + fraction * (hit->channels[c][k + 1] - hit->channels[c][k]));
  }
}

/* Where the hit of note i must stop: at the next closing of the hi-hat for an open one, else never. */
static int64_t
choked_at(const SgMidiNote *notes, size_t n_notes, size_t i)
{
  if (sg_drum_from_key(notes[i].key) != SG_DRUM_HAT_OPEN)
    return INT64_MAX;
  for (size_t j = i + 1; j < n_notes; j++) {
    SgDrum drum = sg_drum_from_key(notes[j].key);
    if (drum == SG_DRUM_HAT_CLOSED || drum == SG_DRUM_HAT_PEDAL)
      return llround(notes[j].start_s * SG_CORPUS_RATE_HZ);
  }
  return INT64_MAX;
}

void
sg_drum_setup_render(const SgDrumSetup *setup, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                     SgClip *clip)
{
  for (size_t i = 0; i < n_notes && !sg_clip_is_stopped(clip); i++) {
    SgDrum drum = sg_drum_from_key(notes[i].key);
    const SgClip *hit =
        setup->pieces[drum].hits[sg_random_below(random, (uint64_t)setup->pieces[drum].n_hits)];
    float level = (float)pow(notes[i].velocity / 100.0, setup->dynamics);
    add_hit(clip, llround(notes[i].start_s * SG_CORPUS_RATE_HZ), choked_at(notes, n_notes, i), hit,
            setup->pieces[drum].pitch_ratio, level * setup->pieces[drum].gain_left,
            level * setup->pieces[drum].gain_right);
  }
}
