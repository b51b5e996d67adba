#include "core/corpus/midi-file.h"

#include <string.h>

#include "core/base/memory.h"
#include "tests/support.h"

#define HEADER(division) 'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 1, 0, 2, (division) >> 8, (division)&255
#define TRACK(length) 'M', 'T', 'r', 'k', 0, 0, 0, (length)
#define END 0, 0xff, 0x2f, 0

/* 96 ticks a beat. First track: a name, 120 beats a minute, after two beats 60. Second: programs, running
 * status, two equal notes that overlap, a note ended by velocity 0, one that is never ended, a control change
 * and a system message in between. */
static const uint8_t piece[] = {
  HEADER(96), TRACK(8 + 7 + 8 + 4),
  0,          0xff,
  3,          4,
  'S',        'o',
  'n',        'g',
  0,          0xff,
  0x51,       3,
  0x07,       0xa1,
  0x20, /* 500000 µs */
  0x81,       0x40,
  0xff,       0x51,
  3,          0x0f,
  0x42,       0x40, /* tick 192: 1000000 µs */
  END,        TRACK(3 + 4 + 3 + 4 + 4 + 4 + 4 + 6 + 4 + 4),
  0,          0xc1,
  33,         0,
  0x91,       40,
  100, /* tick 0 */
  48,         40,
  90, /* tick 48, running status */
  48,         0x81,
  40,         0, /* tick 96 ends the first */
  48,         0x91,
  40,         0, /* tick 144 ends the second */
  0,          0xb1,
  7,          100,
  48,         0x99,
  36,         127, /* tick 192, percussion */
  0x60,       0xf0,
  3,          1,
  2,          0xf7, /* tick 288 */
  0,          0x89,
  36,         64,
  END,
};

static void
test_piece(void)
{
  SgMidi *midi = NULL;
  SgError error;
  g_assert_cmpint(sg_midi_parse(piece, sizeof piece, "piece", &midi, &error), ==, SG_OK);
  g_assert_cmpuint(midi->n_tracks, ==, 2);
  g_assert_cmpstr(midi->track_names[0], ==, "Song");
  g_assert_cmpstr(midi->track_names[1], ==, "");
  g_assert_cmpuint(midi->n_tempi, ==, 2);
  g_assert_cmpfloat_with_epsilon(midi->tempi[0].beats_per_minute, 120.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(midi->tempi[1].start_s, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(midi->tempi[1].beats_per_minute, 60.0, 1e-9);
  static const SgMidiNote expected[] = {
    { 0.0, 0.5, 1, 1, 40, 100, 33 },
    { 0.25, 0.5, 1, 1, 40, 90, 33 },
    { 1.0, 1.0, 1, SG_MIDI_PERCUSSION_CHANNEL, 36, 127, 0 },
  };
  g_assert_cmpuint(midi->n_notes, ==, G_N_ELEMENTS(expected));
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    const SgMidiNote *note = &midi->notes[i], *wanted = &expected[i];
    g_assert_cmpfloat_with_epsilon(note->start_s, wanted->start_s, 1e-9);
    g_assert_cmpfloat_with_epsilon(note->duration_s, wanted->duration_s, 1e-9);
    g_assert_cmpuint(note->track, ==, wanted->track);
    g_assert_cmpuint(note->channel, ==, wanted->channel);
    g_assert_cmpuint(note->key, ==, wanted->key);
    g_assert_cmpuint(note->velocity, ==, wanted->velocity);
    g_assert_cmpuint(note->program, ==, wanted->program);
  }
  g_assert_cmpfloat_with_epsilon(midi->duration_s, 2.0, 1e-9);
  sg_midi_free(midi);
  sg_midi_free(NULL);
}

/* Cut anywhere: refused or shorter, never more notes than there were, each with an end. */
static void
test_cut(void)
{
  for (gsize n = 0; n < sizeof piece; n++) {
    SgMidi *midi = NULL;
    uint8_t *copy = SG_NEW(uint8_t, n);
    memcpy(copy, piece, n);
    SgStatus status = sg_midi_parse(copy, n, "cut", &midi, NULL);
    if (status == SG_OK) {
      g_assert_cmpuint(midi->n_notes, <=, 3);
      for (gsize i = 0; i < midi->n_notes; i++)
        g_assert_cmpfloat(midi->notes[i].duration_s, >=, 0.0);
      sg_midi_free(midi);
    } else {
      g_assert_cmpint(status, ==, SG_BAD_FORMAT);
      g_assert_cmpuint(n, <, 14);
    }
    sg_free(copy);
  }
}

/* Drawn damage: any status, never a read past the end (the sanitizers look) nor a note without sense. */
static void
test_damage(void)
{
  SgRandom random = test_random();
  uint8_t *copy = SG_NEW(uint8_t, sizeof piece);
  for (int trial = 0; trial < 20000; trial++) {
    memcpy(copy, piece, sizeof piece);
    for (int i = 0; i < 3; i++)
      copy[sg_random_below(&random, sizeof piece)] = (uint8_t)sg_random_bits(&random);
    SgMidi *midi = NULL;
    if (sg_midi_parse(copy, sizeof piece, "damaged", &midi, NULL) == SG_OK)
      for (gsize i = 0; i < midi->n_notes; i++) {
        g_assert_cmpuint(midi->notes[i].key, <, 128);
        g_assert_cmpuint(midi->notes[i].track, <, midi->n_tracks);
        g_assert_cmpfloat(midi->notes[i].duration_s, >=, 0.0);
      }
    sg_midi_free(midi);
  }
  sg_free(copy);
}

static void
test_refused(void)
{
  static const uint8_t frames[] = { HEADER(0xe728), TRACK(4), END };
  static const uint8_t data_first[] = { HEADER(96), TRACK(3), 0, 60, 100 };
  SgMidi *midi = NULL;
  SgError error;
  g_assert_cmpint(sg_midi_parse(frames, sizeof frames, "frames", &midi, &error), ==, SG_BAD_FORMAT);
  g_assert_nonnull(strstr(error.detail, "ticks"));
  g_assert_cmpint(sg_midi_parse(data_first, sizeof data_first, "data", &midi, &error), ==, SG_BAD_FORMAT);
  g_assert_cmpint(error.position, ==, 23);
  g_assert_cmpint(sg_midi_read("/nowhere/x.mid", &midi, &error), ==, SG_NOT_FOUND);
  g_assert_cmpint(sg_midi_read("/", &midi, &error), ==, SG_IS_FOLDER);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/midi-file/piece", test_piece);
  g_test_add_func("/midi-file/cut", test_cut);
  g_test_add_func("/midi-file/damage", test_damage);
  g_test_add_func("/midi-file/refused", test_refused);
  return g_test_run();
}
