#include "core/corpus/electronic.h"

#include <math.h>
#include <stdio.h>

#include "core/corpus/chart.h"

enum { STEPS = 16 }; /* sixteenths of a bar */
enum {
  KEY_KICK = 36,
  KEY_RIM = 37,
  KEY_SNARE = 38,
  KEY_CLAP = 39,
  KEY_HAT = 42,
  KEY_OPEN_HAT = 46,
  KEY_CRASH = 49
};

typedef struct {
  const char *name;
  uint16_t kicks[3], snares; /* step s plays when bit s is set; one of the kick lines is drawn */
} Beat;

static const Beat beats[] = {
  { "four to the floor", { 0x1111, 0x1111, 0x5111 }, 0x1010 },
  { "breakbeat", { 0x0401, 0x0405, 0x0481 }, 0x1010 },
  { "trap", { 0x0441, 0x0809, 0x0409 }, 0x0100 },
  { "half time", { 0x0021, 0x0041, 0x0401 }, 0x0100 },
};

static bool
at_step(uint16_t line, int step)
{
  return line >> step & 1;
}

static uint8_t
velocity(SgRandom *random, unsigned low, unsigned high)
{
  return (uint8_t)(low + sg_random_below(random, high - low + 1));
}

static bool
hit(SgNotes *notes, double start_s, uint8_t key, uint8_t loudness)
{
  return sg_notes_add(notes, (SgMidiNote){ .start_s = start_s,
                                           .duration_s = 0.1,
                                           .key = key,
                                           .velocity = loudness,
                                           .channel = SG_MIDI_PERCUSSION_CHANNEL });
}

typedef struct {
  const Beat *beat;
  uint16_t kicks, percussion;
  uint8_t snare_key, percussion_key;
  int hat_every;
  bool off_beat_hat;
  double swing; /* of a step, for every second one */
} DrumLine;

static DrumLine
draw_line(SgRandom *random)
{
  static const uint8_t snares[] = { KEY_SNARE, KEY_CLAP, 40 }, percussion[] = { 60, 62, KEY_RIM, 70 };
  static const int every[] = { 1, 2, 2, 4 };
  const Beat *beat = &beats[sg_random_below(random, sizeof beats / sizeof *beats)];
  DrumLine line = { .beat = beat,
                    .kicks = beat->kicks[sg_random_below(random, 3)],
                    .snare_key = snares[sg_random_below(random, 3)],
                    .percussion_key = percussion[sg_random_below(random, 4)],
                    .hat_every = every[sg_random_below(random, 4)],
                    .off_beat_hat = sg_random_unit(random) < 0.4,
                    .swing = sg_random_unit(random) < 0.3 ? 0.33 * sg_random_unit(random) : 0.0 };
  for (int i = (int)sg_random_below(random, 5); i > 0; i--)
    line.percussion |= (uint16_t)(1u << sg_random_below(random, STEPS));
  return line;
}

static bool
play_step(const DrumLine *line, int bar, int step, double start_s, double step_s, SgRandom *random,
          SgNotes *notes)
{
  bool fine = true;
  if (at_step(line->kicks, step) && (bar >= 2 || sg_random_unit(random) < 0.7))
    fine = fine && hit(notes, start_s, KEY_KICK, velocity(random, 95, 120));
  if (at_step(line->beat->snares, step) && bar >= 1)
    fine = fine && hit(notes, start_s, line->snare_key, velocity(random, 90, 120));
  if (step % line->hat_every == 0)
    fine = fine && hit(notes, start_s, KEY_HAT, velocity(random, 50, 110));
  if (line->off_beat_hat && step % 4 == 2)
    fine = fine && hit(notes, start_s, KEY_OPEN_HAT, velocity(random, 60, 100));
  if (at_step(line->percussion, step))
    fine = fine && hit(notes, start_s, line->percussion_key, velocity(random, 50, 100));
  if (line->beat == &beats[2] && sg_random_unit(random) < 0.06) /* a roll */
    for (int j = 1; j <= 2; j++)
      fine = fine && hit(notes, start_s + step_s * j / 3.0, KEY_HAT, 70);
  return fine;
}

bool
sg_electronic_drums(double start_s, double beats_per_minute, int n_bars, SgRandom *random, SgNotes *notes)
{
  DrumLine line = draw_line(random);
  double step_s = 60.0 / beats_per_minute / 4.0;
  bool fine = true;
  for (int bar = 0; bar < n_bars && fine; bar++) {
    double bar_s = start_s + bar * STEPS * step_s;
    if (bar % 8 == 0 && sg_random_unit(random) < 0.6)
      fine = hit(notes, bar_s, KEY_CRASH, 100);
    for (int step = 0; step < STEPS && fine; step++)
      fine = play_step(&line, bar, step, bar_s + (step + (step % 2) * line.swing) * step_s, step_s, random,
                       notes);
  }
  return fine;
}

/* Bass lines in sixteenths; a step's height in semitones above the chord's root, −1 a rest. */
static const int8_t bass_lines[][STEPS] = {
  { 0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1 },
  { -1, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, -1, -1, -1, 0, -1 },
  { 0, -1, 0, 0, -1, 0, 0, -1, 0, -1, 0, 0, -1, 0, 7, 12 },
  { 0, -1, -1, 0, -1, -1, 0, -1, -1, -1, 0, -1, 7, -1, 0, -1 },
  { 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 },
  { 0, -1, 12, -1, 0, -1, 12, -1, 0, -1, 12, -1, 0, -1, 12, -1 },
};

static bool
play_bass(const SgChart *chart, SgRandom *random, SgNotes *notes)
{
  const int8_t *line = bass_lines[sg_random_below(random, sizeof bass_lines / sizeof *bass_lines)];
  double bar_s = sg_chart_bar_s(chart), hold = 0.4 + 0.6 * sg_random_unit(random);
  bool fine = true;
  for (int bar = 0; bar < chart->n_bars && fine; bar++)
    for (int step = 0; step < STEPS && fine; step++) {
      int length = 1;
      while (step + length < STEPS && line[step + length] < 0)
        length++;
      if (line[step] >= 0)
        fine = sg_notes_add(
            notes, (SgMidiNote){ .start_s = (bar + step / 16.0) * bar_s,
                                 .duration_s = hold * length / 16.0 * bar_s,
                                 .key = (uint8_t)(28 + (chart->bars[bar].root + 8) % 12 + line[step]),
                                 .velocity = velocity(random, 85, 115) });
    }
  return fine;
}

/* One bar of chord tones: held (pad), struck on the off-beats (keys), or one after the other (arpeggio). */
static bool
play_chord(const SgChart *chart, int bar, unsigned lane, int manner, SgRandom *random, SgNotes *notes)
{
  uint8_t tones[SG_CHORD_MAX_TONES];
  int n = sg_chord_tones(chart->bars[bar], tones);
  double bar_s = sg_chart_bar_s(chart), start_s = bar * bar_s;
  int n_strokes = manner == 0 ? 1 : manner == 1 ? 4 : STEPS;
  bool fine = true;
  for (int stroke = 0; stroke < n_strokes && fine; stroke++)
    for (int i = 0; i < n && fine; i++) {
      if (manner == 2 && i != stroke % n)
        continue;
      int octave = manner == 2 ? 60 + 12 * (stroke / n % 2) : 48 + 12 * (i % 2);
      double length_s = bar_s / n_strokes, late_s = manner == 1 ? 0.5 * length_s : 0.0;
      fine = sg_notes_add(notes, (SgMidiNote){ .start_s = start_s + stroke * length_s + late_s,
                                               .duration_s = (manner == 0 ? 0.98 : 0.45) * length_s,
                                               .track = (uint16_t)lane,
                                               .key = (uint8_t)(octave + tones[i]),
                                               .velocity = velocity(random, 60, 105) });
    }
  return fine;
}

SgStatus
sg_arrange_electronic(double duration_s, SgRandom *random, SgArrangement *out_arrangement, SgError *error)
{
  SgChart chart = sg_chart_draw(duration_s, random);
  SgArrangement song = { .duration_s = chart.n_bars * sg_chart_bar_s(&chart),
                         .electronic = true,
                         .beats_per_minute = chart.beats_per_minute,
                         .n_lanes = 1 + (unsigned)sg_random_below(random, 3) };
  bool fine =
      sg_electronic_drums(0.0, chart.beats_per_minute, chart.n_bars, random, &song.parts[SG_ROLE_DRUMS]) &&
      play_bass(&chart, random, &song.parts[SG_ROLE_BASS]);
  for (unsigned lane = 0; lane < song.n_lanes && fine; lane++) {
    int manner = (int)sg_random_below(random, 3);
    for (int bar = 0; bar < chart.n_bars && fine; bar++)
      if (bar % 8 != 0 || bar == 0 || sg_random_unit(random) < 0.9)
        fine = play_chord(&chart, bar, lane, manner, random, &song.parts[SG_ROLE_OTHER]);
  }
  if (fine && sg_random_unit(random) < 0.85)
    fine = sg_chart_melody(&chart, 52, 76, random, &song.parts[SG_ROLE_VOCALS]);
  for (int role = 0; role < SG_N_ROLES; role++)
    sg_notes_sort(&song.parts[role]);
  snprintf(song.origin, sizeof song.origin, "patterns at %.0f beats a minute", chart.beats_per_minute);
  *out_arrangement = song;
  if (fine)
    return SG_OK;
  sg_arrangement_clear(out_arrangement);
  return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
}
