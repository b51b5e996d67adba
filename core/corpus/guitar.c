#include "core/corpus/guitar.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/corpus/amp.h"

enum { STEPS = 16, MAX_PERIOD = 1024, LOWEST_KEY = 38 };

/* Strokes on the sixteenths of a bar: 2 a chord that rings to the next stroke, 1 a muted one. */
static const uint8_t riffs[][STEPS] = {
  { 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { 2, 0, 1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 1, 0, 1, 0 },
  { 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0 }, { 2, 0, 0, 1, 1, 0, 2, 0, 0, 1, 1, 0, 2, 0, 1, 1 },
  { 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 2, 0, 0, 0 }, { 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0 },
  { 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 }, { 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 1 },
};

/* The bass' note in force at a time, between D2 and C#3; −1 before the first. */
static int
root_at(const SgNotes *bass, double at_s)
{
  int key = -1;
  for (size_t i = 0; i < bass->n && bass->items[i].start_s <= at_s + 0.02; i++)
    key = bass->items[i].key;
  return key < 0 ? -1 : LOWEST_KEY + (key + 120 - LOWEST_KEY) % 12;
}

static bool
strike(SgNotes *notes, double start_s, double duration_s, int root, bool muted, SgRandom *random)
{
  static const int power[] = { 0, 7, 12 };
  uint8_t loudness = (uint8_t)(80 + sg_random_below(random, 35));
  bool fine = true;
  for (int i = 0; i < (muted ? 2 : 3) && fine; i++)
    fine = sg_notes_add(notes, (SgMidiNote){ .start_s = start_s + 0.004 * i,
                                             .duration_s = muted ? 0.5 * SG_GUITAR_MUTE_S
                                                                 : fmax(duration_s, SG_GUITAR_MUTE_S),
                                             .key = (uint8_t)(root + power[i]),
                                             .velocity = loudness });
  return fine;
}

static bool
arrange_rhythm(const SgArrangement *arrangement, SgRandom *random, SgNotes *notes)
{
  const SgNotes *bass = &arrangement->parts[SG_ROLE_BASS];
  const size_t n_riffs = sizeof riffs / sizeof *riffs;
  const uint8_t *two[] = { riffs[sg_random_below(random, n_riffs)], riffs[sg_random_below(random, n_riffs)] };
  double step_s = 60.0 / arrangement->beats_per_minute / 4.0;
  int n_steps = (int)(arrangement->duration_s / step_s);
  bool fine = true, plays = true;
  for (int step = 0; step < n_steps && fine; step++) {
    int bar = step / STEPS;
    if (step % (8 * STEPS) == 0)
      plays = sg_random_unit(random) < 0.75;
    const uint8_t *riff = two[bar / 8 % 2];
    int root = riff[step % STEPS] > 0 && plays ? root_at(bass, step * step_s) : -1;
    if (root < 0)
      continue;
    int length = 1;
    while (length < STEPS && riff[(step + length) % STEPS] == 0)
      length++;
    fine = strike(notes, step * step_s, 0.97 * length * step_s, root, riff[step % STEPS] == 1, random);
  }
  return fine;
}

/* The highest note of each moment in the lane, one at a time, in the guitar's range. */
static bool
arrange_lead(const SgArrangement *arrangement, SgRandom *random, SgNotes *notes)
{
  const SgNotes *other = &arrangement->parts[SG_ROLE_OTHER];
  unsigned lane = (unsigned)sg_random_below(random, arrangement->n_lanes > 0 ? arrangement->n_lanes : 1);
  int octave = sg_random_unit(random) < 0.4 ? 12 : 0;
  for (size_t i = 0; i < other->n; i++) {
    SgMidiNote note = other->items[i];
    if (note.track != lane)
      continue;
    note.key = (uint8_t)(note.key + octave);
    while (note.key > 88)
      note.key -= 12;
    while (note.key < 52)
      note.key += 12;
    note.channel = note.track = 0;
    note.duration_s = fmin(fmax(note.duration_s, SG_GUITAR_MUTE_S), 3.0);
    SgMidiNote *last = notes->n > 0 ? &notes->items[notes->n - 1] : NULL;
    if (last != NULL && note.start_s < last->start_s + 0.06) {
      last->key = note.key > last->key ? note.key : last->key;
      continue;
    }
    if (last != NULL)
      last->duration_s = fmin(last->duration_s, note.start_s - last->start_s);
    if (!sg_notes_add(notes, note))
      return false;
  }
  return true;
}

bool
sg_guitar_arrange(const SgArrangement *arrangement, SgGuitarPart part, SgRandom *random, SgNotes *out_notes)
{
  bool fine = part == SG_GUITAR_RHYTHM ? arrange_rhythm(arrangement, random, out_notes)
                                       : arrange_lead(arrangement, random, out_notes);
  sg_notes_sort(out_notes);
  return fine;
}

/* One string: noise, picked at a fraction of its length, around a delay line of one period with a low-pass in
 * the loop and an all-pass for the rest of the period. */
static void
pluck(const SgMidiNote *note, double detune, double brightness, double pick, SgRandom *random, SgClip *clip)
{
  double hz = 440.0 * exp2((note->key - 69.0 + detune) / 12.0);
  bool muted = note->duration_s < SG_GUITAR_MUTE_S;
  double damp = muted ? 0.35 : brightness; /* of the loop's low-pass: 1 none */
  /* The low-pass (1−d)/2 + … delays by about (1−damp) of a sample. */
  double period = SG_CORPUS_RATE_HZ / hz - 0.5, ring_s = muted ? 0.09 : 2.5;
  int length = (int)period;
  double rest = period - length, allpass = (1.0 - rest) / (1.0 + rest), feedback = exp(-6.9 / (ring_s * hz));
  if (length < 4 || length + 1 >= MAX_PERIOD)
    return;
  float line[MAX_PERIOD];
  for (int i = 0; i < length; i++)
    line[i] = (float)(2.0 * sg_random_unit(random) - 1.0);
  for (int i = length - 1, gap = (int)(pick * length); i >= 0; i--)
    line[i] -= 0.9f * line[(i + length - gap) % length] * (i >= gap ? 1.0f : 0.0f);
  int64_t start = llround(note->start_s * SG_CORPUS_RATE_HZ), at = 0;
  int64_t held = (int64_t)(fmax(note->duration_s, muted ? 0.15 : 0.0) * SG_CORPUS_RATE_HZ), tail = 2205;
  double last = 0.0, in = 0.0, out = 0.0, gain = note->velocity / 127.0;
  for (int64_t i = 0; i < held + tail && start + i < clip->n; i++) {
    double x = line[at], low = 0.5 * (1.0 + damp) * x + 0.5 * (1.0 - damp) * last;
    last = x;
    out = allpass * (low - out) + in;
    in = low;
    line[at] = (float)(feedback * out);
    at = at + 1 < length ? at + 1 : 0;
    double fade = i > held ? 1.0 - (double)(i - held) / (double)tail : 1.0;
    for (int c = 0; c < 2 && start + i >= 0; c++)
      clip->channels[c][start + i] += (float)(gain * fade * x);
  }
}

SgStatus
sg_guitar_pluck(const SgNotes *notes, SgRandom *random, SgClip *clip, SgError *error)
{
  double brightness = sg_random_between(random, 0.2, 0.9), where = sg_random_between(random, 0.08, 0.3);
  for (size_t i = 0; i < notes->n; i++) {
    if (sg_clip_is_stopped(clip))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    pluck(&notes->items[i], sg_random_between(random, -0.06, 0.06), brightness, where, random, clip);
  }
  return SG_OK;
}

/* One take of the part through the amplifier. */
static SgStatus
play_take(const SgNotes *notes, SgGuitarPart part, SgFont *font, const SgAmp *amp, SgRandom *random,
          float left, float right, SgClip *stem, SgError *error)
{
  static const uint8_t programs[] = { 26, 27, 27, 28 };
  SgClip *take = sg_clip_new(stem->n);
  SgStatus status = SG_OK;
  if (take == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  take->stop = stem->stop;
  SgFontChannel channels[16] = { 0 };
  channels[0] = (SgFontChannel){ .program = programs[sg_random_below(random, part == SG_GUITAR_LEAD ? 3 : 4)],
                                 .gain = 0.8f };
  if (font != NULL)
    status = sg_font_render(font, channels, notes->items, notes->n, take, error);
  else
    status = sg_guitar_pluck(notes, random, take, error);
  sg_amp_apply(amp, take);
  if (status == SG_OK)
    sg_clip_add(stem, 0, take, left, right);
  sg_clip_free(take);
  return status;
}

SgStatus
sg_guitar_play(const SgArrangement *arrangement, SgFont *font, SgRandom *random, SgClip *stem,
               bool *out_played, SgError *error)
{
  SgNotes notes = { 0 };
  SgGuitarPart part = sg_random_unit(random) < 0.7 ? SG_GUITAR_RHYTHM : SG_GUITAR_LEAD;
  SgAmp amp = sg_amp_draw(random);
  SgClip *guitars = sg_clip_new(stem->n);
  SgStatus status = guitars != NULL && sg_guitar_arrange(arrangement, part, random, &notes)
                        ? SG_OK
                        : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  *out_played = status == SG_OK && notes.n > 0;
  if (*out_played) {
    guitars->stop = stem->stop;
    bool twice = part == SG_GUITAR_RHYTHM && sg_random_unit(random) < 0.7;
    float near = twice ? 1.0f : (float)sg_random_between(random, 0.6, 1.0), far = twice ? 0.15f : 0.8f;
    status = play_take(&notes, part, font, &amp, random, near, far, guitars, error);
    if (twice && status == SG_OK)
      status = play_take(&notes, part, NULL, &amp, random, far, near, guitars, error);
    /* Beside what else the stem has: from as loud to much louder. */
    double wanted = fmax(0.02, sg_clip_level(stem)) * pow(10.0, sg_random_between(random, -3.0, 9.0) / 20.0);
    float level = sg_clip_level(guitars);
    if (status == SG_OK && level > 0.0f)
      sg_clip_add(stem, 0, guitars, (float)wanted / level, (float)wanted / level);
  }
  sg_notes_clear(&notes);
  sg_clip_free(guitars);
  return status;
}
