#include "core/corpus/ensemble-score.h"

#include <math.h>
#include <stdlib.h>

#include "core/corpus/chart.h"

enum { PHRASE_BARS = 4 };

/* From high to low. The strings and the two commonest winds come twice as often. */
static const struct {
  SgEnsembleInstrument instrument;
  double weight;
} instruments[] = {
  { { "flute", 73, 67, 91 }, 2.0 },       { { "violin", 40, 60, 88 }, 2.0 },
  { { "oboe", 68, 62, 84 }, 1.0 },        { { "trumpet", 56, 58, 80 }, 1.0 },
  { { "clarinet", 71, 55, 82 }, 2.0 },    { { "saxophone", 65, 53, 77 }, 1.0 },
  { { "viola", 41, 52, 76 }, 1.0 },       { { "horn", 60, 46, 70 }, 1.0 },
  { { "trombone", 57, 43, 66 }, 1.0 },    { { "bassoon", 70, 38, 62 }, 1.0 },
  { { "cello", 42, 38, 64 }, 2.0 },       { { "tuba", 58, 31, 52 }, 1.0 },
  { { "double-bass", 43, 30, 50 }, 1.0 },
};

enum { N_INSTRUMENTS = sizeof instruments / sizeof *instruments };

typedef enum { ROLE_TUNE, ROLE_BASS, ROLE_HELD, ROLE_REPEATED, ROLE_BROKEN, ROLE_REST } Role;

/* A part while its phrases are written. */
typedef struct {
  const SgChart *chart;
  const SgEnsembleInstrument *instrument;
  SgNotes tune;   /* a tune for the whole piece, of which phrases are taken */
  SgNotes *notes; /* where its notes go */
  int last;       /* the key it played last */
  SgRandom *random;
} Part;

static void
choose_instruments(size_t n_parts, SgRandom *random, SgEnsembleScore *score)
{
  bool chosen[N_INSTRUMENTS] = { false };
  for (size_t k = 0; k < n_parts; k++) {
    double total = 0.0;
    for (size_t i = 0; i < N_INSTRUMENTS; i++)
      total += chosen[i] ? 0.0 : instruments[i].weight;
    double draw = total * sg_random_unit(random);
    size_t pick = N_INSTRUMENTS;
    for (size_t i = 0; i < N_INSTRUMENTS && draw >= 0.0; i++)
      if (!chosen[i]) {
        draw -= instruments[i].weight;
        pick = i;
      }
    chosen[pick] = true;
  }
  score->n_parts = 0;
  for (size_t i = 0; i < N_INSTRUMENTS; i++)
    if (chosen[i])
      score->instruments[score->n_parts++] = &instruments[i].instrument;
}

/* The key of pitch class `tone` in the instrument's range that is nearest to `near`. */
static int
nearest_key(const SgEnsembleInstrument *instrument, int tone, int near)
{
  int best = -1;
  for (int key = instrument->low; key <= instrument->high; key++)
    if (key % 12 == tone && (best < 0 || abs(key - near) < abs(best - near)))
      best = key;
  return best;
}

/* The nearest tone of the chord, mostly another one than the root. */
static int
inner_key(const Part *part, SgChord chord)
{
  uint8_t tones[SG_CHORD_MAX_TONES];
  int n = sg_chord_tones(chord, tones), best = part->last;
  double least = 1e9;
  for (int i = 0; i < n; i++) {
    int key = nearest_key(part->instrument, tones[i], part->last);
    double cost = abs(key - part->last) + (i == 0 ? 1.5 : 0.0) + 2.0 * sg_random_unit(part->random);
    if (key >= 0 && cost < least) {
      least = cost;
      best = key;
    }
  }
  return best;
}

static bool
add_note(Part *part, double beat, double length, int key, int velocity)
{
  double beat_s = 60.0 / part->chart->beats_per_minute;
  part->last = key;
  return sg_notes_add(part->notes, (SgMidiNote){ .start_s = beat * beat_s,
                                                 .duration_s = 0.95 * length * beat_s,
                                                 .key = (uint8_t)key,
                                                 .velocity = (uint8_t)velocity,
                                                 .program = part->instrument->program });
}

static int
draw_velocity(Part *part, int loudness)
{
  int velocity = loudness + (int)sg_random_below(part->random, 21) - 10;
  return velocity < 30 ? 30 : velocity > 120 ? 120 : velocity;
}

/* Takes the bars first … end − 1 of the part's own tune. */
static bool
write_tune(Part *part, int first, int end, int loudness)
{
  double beat_s = 60.0 / part->chart->beats_per_minute;
  bool fine = true;
  for (size_t i = 0; i < part->tune.n && fine; i++) {
    double beat = part->tune.items[i].start_s / beat_s;
    if (beat >= 4.0 * first - 1e-6 && beat < 4.0 * end - 1e-6) {
      double length = fmin(part->tune.items[i].duration_s / (0.95 * beat_s), 4.0 * end - beat);
      fine = add_note(part, beat, length, part->tune.items[i].key, draw_velocity(part, loudness + 12));
    }
  }
  return fine;
}

/* Roots on the first beat; what follows, held, half notes or steps of the chord, stays for the phrase. */
static bool
write_bass(Part *part, int first, int end, int loudness)
{
  int pattern = (int)sg_random_below(part->random, 3);
  bool fine = true;
  for (int bar = first; bar < end; bar++) {
    uint8_t tones[SG_CHORD_MAX_TONES];
    int n = sg_chord_tones(part->chart->bars[bar], tones), n_notes = pattern == 0 ? 1 : 2 * pattern;
    double length = 4.0 / n_notes;
    int middle = (part->instrument->low + part->instrument->high) / 2;
    for (int i = 0; i < n_notes && fine; i++) {
      int tone = i == 0 ? tones[0] : tones[(pattern == 1 ? 2 : i) % n];
      int near = i == 0 ? (part->last + middle) / 2 : part->last;
      fine = add_note(part, 4.0 * bar + i * length, length, nearest_key(part->instrument, tone, near),
                      draw_velocity(part, loudness));
    }
  }
  return fine;
}

/* Held or repeated chord tones: `n_notes` a bar, on the beat or half of one behind. */
static bool
write_chords(Part *part, int first, int end, int n_notes, bool is_broken, int loudness)
{
  bool is_behind = n_notes == 4 && sg_random_unit(part->random) < 0.3, fine = true;
  for (int bar = first; bar < end; bar++) {
    uint8_t tones[SG_CHORD_MAX_TONES];
    SgChord chord = part->chart->bars[bar];
    int n = sg_chord_tones(chord, tones), key = inner_key(part, chord);
    double length = 4.0 / n_notes;
    for (int i = 0; i < n_notes && fine; i++) {
      int now = is_broken ? nearest_key(part->instrument, tones[i % n], key + 3) : key;
      double beat = 4.0 * bar + i * length + (is_behind ? 0.5 : 0.0);
      fine = add_note(part, beat, is_behind ? 0.5 : length, now, draw_velocity(part, loudness - 8));
    }
  }
  return fine;
}

static bool
write_phrase(Part *part, Role role, int first, int end, int loudness)
{
  switch (role) {
  case ROLE_TUNE:
    return write_tune(part, first, end, loudness);
  case ROLE_BASS:
    return write_bass(part, first, end, loudness);
  case ROLE_HELD:
    return write_chords(part, first, end, sg_random_unit(part->random) < 0.5 ? 1 : 2, false, loudness);
  case ROLE_REPEATED:
    return write_chords(part, first, end, 4, false, loudness);
  case ROLE_BROKEN:
    return write_chords(part, first, end, 8, true, loudness);
  default:
    return true;
  }
}

/* Who does what in a phrase; never does everybody rest. */
static void
draw_roles(size_t n_parts, SgRandom *random, Role out_roles[SG_ENSEMBLE_MAX_PARTS])
{
  static const Role fillings[] = { ROLE_HELD, ROLE_HELD, ROLE_REPEATED, ROLE_BROKEN, ROLE_REST };
  /* The higher the part the likelier the tune. */
  double draw = sg_random_unit(random);
  size_t tune = (size_t)(draw * draw * (double)n_parts);
  for (size_t i = 0; i < n_parts; i++)
    out_roles[i] = fillings[sg_random_below(random, sizeof fillings / sizeof *fillings)];
  if (sg_random_unit(random) < 0.9)
    out_roles[n_parts - 1] = ROLE_BASS;
  out_roles[tune] = ROLE_TUNE;
}

/* People neither begin together nor on the beat. */
static void
make_human(SgNotes *notes, SgRandom *random)
{
  for (size_t i = 0; i < notes->n; i++) {
    double late_s = 0.012 * (sg_random_unit(random) + sg_random_unit(random) - 1.0);
    notes->items[i].start_s = fmax(0.0, notes->items[i].start_s + late_s);
  }
  for (size_t i = 0; i + 1 < notes->n; i++)
    notes->items[i].duration_s =
        fmin(notes->items[i].duration_s, notes->items[i + 1].start_s - notes->items[i].start_s);
}

static bool
begin_part(Part *part, const SgChart *chart, const SgEnsembleInstrument *instrument, SgNotes *notes,
           SgRandom *random)
{
  int spare = (instrument->high - instrument->low - 16) / 2;
  spare = spare > 0 ? (int)sg_random_below(random, (uint64_t)spare + 1) : 0;
  *part = (Part){ .chart = chart,
                  .instrument = instrument,
                  .notes = notes,
                  .last = (instrument->low + instrument->high) / 2,
                  .random = random };
  return sg_chart_melody(chart, (uint8_t)(instrument->low + spare), (uint8_t)(instrument->high - spare),
                         random, &part->tune);
}

bool
sg_ensemble_compose(size_t n_parts, double duration_s, SgRandom *random, SgEnsembleScore *out_score)
{
  Part parts[SG_ENSEMBLE_MAX_PARTS] = { 0 };
  Role roles[SG_ENSEMBLE_MAX_PARTS];
  bool fine = true;
  *out_score = (SgEnsembleScore){ 0 };
  choose_instruments(n_parts, random, out_score);
  SgChart chart = sg_chart_draw(duration_s, random);
  out_score->beats_per_minute = chart.beats_per_minute;
  out_score->duration_s = chart.n_bars * sg_chart_bar_s(&chart) + 1.0;
  for (size_t i = 0; i < n_parts && fine; i++)
    fine = begin_part(&parts[i], &chart, out_score->instruments[i], &out_score->parts[i], random);
  for (int bar = 0; bar < chart.n_bars && fine; bar += PHRASE_BARS) {
    int end = bar + PHRASE_BARS < chart.n_bars ? bar + PHRASE_BARS : chart.n_bars;
    int loudness = 60 + (int)sg_random_below(random, 41);
    draw_roles(n_parts, random, roles);
    /* Nobody is left out of the whole piece. */
    for (size_t i = 0; i < n_parts && fine; i++) {
      bool is_last_chance = bar + PHRASE_BARS >= chart.n_bars && out_score->parts[i].n == 0;
      fine = write_phrase(&parts[i], is_last_chance ? ROLE_HELD : roles[i], bar, end, loudness);
    }
  }
  for (size_t i = 0; i < n_parts; i++) {
    if (fine)
      make_human(&out_score->parts[i], random);
    sg_notes_clear(&parts[i].tune);
  }
  if (!fine)
    sg_ensemble_score_clear(out_score);
  return fine;
}

void
sg_ensemble_score_clear(SgEnsembleScore *score)
{
  for (size_t i = 0; i < SG_ENSEMBLE_MAX_PARTS; i++)
    sg_notes_clear(&score->parts[i]);
}
