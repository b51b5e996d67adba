#include "core/corpus/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Progressions of popular music: semitones above the key note and kind of chord. */
static const struct {
  bool minor;
  int n;
  SgChord chords[8];
} progressions[] = {
  { false, 4, { { 0, "" }, { 9, "m" }, { 5, "" }, { 7, "" } } },
  { true, 4, { { 0, "m" }, { 8, "" }, { 3, "" }, { 10, "" } } },
  { false, 4, { { 0, "" }, { 7, "" }, { 9, "m" }, { 5, "" } } },
  { false, 4, { { 0, "M7" }, { 9, "m7" }, { 2, "m7" }, { 7, "7" } } },
  { true, 4, { { 0, "m" }, { 5, "m" }, { 7, "7" }, { 0, "m" } } },
  { false,
    8,
    { { 0, "7" }, { 0, "7" }, { 5, "7" }, { 0, "7" }, { 7, "7" }, { 5, "7" }, { 0, "7" }, { 7, "7" } } },
  { false, 4, { { 0, "" }, { 0, "sus4" }, { 5, "" }, { 7, "" } } },
  { true, 4, { { 0, "m7" }, { 5, "7" }, { 10, "M7" }, { 3, "M7" } } },
  { false, 4, { { 0, "" }, { 4, "m" }, { 5, "" }, { 5, "m" } } },
  { true, 4, { { 0, "m" }, { 10, "" }, { 8, "" }, { 7, "7" } } },
  { true, 2, { { 0, "m7" }, { 5, "m7" } } },
};

static const struct {
  const char *suffix;
  int n;
  uint8_t intervals[SG_CHORD_MAX_TONES];
} kinds[] = {
  { "", 3, { 0, 4, 7 } },       { "m", 3, { 0, 3, 7 } },      { "7", 4, { 0, 4, 7, 10 } },
  { "m7", 4, { 0, 3, 7, 10 } }, { "M7", 4, { 0, 4, 7, 11 } }, { "sus4", 3, { 0, 5, 7 } },
};

SgChart
sg_chart_draw(double duration_s, SgRandom *random)
{
  size_t p = sg_random_below(random, sizeof progressions / sizeof *progressions);
  SgChart chart = { .beats_per_minute = 70.0 + (double)sg_random_below(random, 100),
                    .key = (uint8_t)sg_random_below(random, 12),
                    .minor = progressions[p].minor };
  int n_bars = (int)(duration_s / sg_chart_bar_s(&chart));
  chart.n_bars = n_bars < 4 ? 4 : n_bars > SG_CHART_MAX_BARS ? SG_CHART_MAX_BARS : n_bars;
  for (int bar = 0; bar < chart.n_bars; bar++) {
    chart.bars[bar] = progressions[p].chords[bar % progressions[p].n];
    chart.bars[bar].root = (uint8_t)((chart.bars[bar].root + chart.key) % 12);
  }
  return chart;
}

double
sg_chart_bar_s(const SgChart *chart)
{
  return 4.0 * 60.0 / chart->beats_per_minute;
}

int
sg_chord_tones(SgChord chord, uint8_t out_tones[SG_CHORD_MAX_TONES])
{
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    if (strcmp(kinds[k].suffix, chord.suffix) == 0) {
      for (int i = 0; i < kinds[k].n; i++)
        out_tones[i] = (uint8_t)((chord.root + kinds[k].intervals[i]) % 12);
      return kinds[k].n;
    }
  out_tones[0] = chord.root;
  return 1;
}

void
sg_chord_name(SgChord chord, char *out_name, size_t size)
{
  static const char *const names[12] = { "C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B" };
  snprintf(out_name, size, "%s%s", names[chord.root], chord.suffix);
}

static bool
in_scale(const SgChart *chart, int key)
{
  static const bool major[12] = { 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1 };
  static const bool minor[12] = { 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0 };
  int degree = (key - chart->key + 120) % 12;
  return chart->minor ? minor[degree] : major[degree];
}

static bool
in_chord(SgChord chord, int key)
{
  uint8_t tones[SG_CHORD_MAX_TONES];
  int n = sg_chord_tones(chord, tones);
  for (int i = 0; i < n; i++)
    if (key % 12 == tones[i])
      return true;
  return false;
}

/* The next pitch: a draw around the last one that favours small steps, taken when it fits. */
static int
next_key(const SgChart *chart, SgChord chord, bool strong, int last, int low, int high, SgRandom *random)
{
  static const int steps[] = { 0, 1, -1, 2, -2, 2, -2, 3, -3, 4, -4, 5, -5, 7, -7 };
  for (int trial = 0; trial < 60; trial++) {
    int key = last + steps[sg_random_below(random, sizeof steps / sizeof *steps)];
    if (key >= low && key <= high && (strong ? in_chord(chord, key) : in_scale(chart, key)))
      return key;
  }
  return last;
}

bool
sg_chart_melody(const SgChart *chart, uint8_t low, uint8_t high, SgRandom *random, SgNotes *notes)
{
  static const double lengths[] = { 0.5, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 3.0 }; /* in beats */
  double beat_s = 60.0 / chart->beats_per_minute, n_beats = 4.0 * chart->n_bars;
  int last = (low + high) / 2;
  for (double beat = sg_random_unit(random) < 0.5 ? 0.0 : 8.0; beat < n_beats;) {
    double phrase_end = beat + 4.0 + (double)sg_random_below(random, 9) * 0.5;
    while (beat < phrase_end && beat < n_beats) {
      double length = lengths[sg_random_below(random, sizeof lengths / sizeof *lengths)];
      length = fmin(length, n_beats - beat);
      bool strong = fmod(beat, 2.0) == 0.0;
      last = next_key(chart, chart->bars[(int)(beat / 4.0)], strong, last, low, high, random);
      SgMidiNote note = { .start_s = beat * beat_s,
                          .duration_s = 0.95 * length * beat_s,
                          .key = (uint8_t)last,
                          .velocity = (uint8_t)(70 + sg_random_below(random, 45)) };
      if (!sg_notes_add(notes, note))
        return false;
      beat += length;
    }
    beat = ceil(beat) + (double)sg_random_below(random, 5);
  }
  return true;
}
