#include "core/corpus/composed.h"

#include <string.h>

#include "tests/support.h"

enum { N_BEATS = 120, BEAT_TICKS = 96 };

static void
add_32(GByteArray *bytes, guint32 value, gboolean is_big)
{
  guint8 ordered[4];
  for (int i = 0; i < 4; i++)
    ordered[i] = (guint8)(value >> 8 * (is_big ? 3 - i : i));
  g_byte_array_append(bytes, ordered, 4);
}

/* A track of one channel: on every beat (of half a second) `n_keys` keys at once, for three quarters of it.
 */
static void
add_track(GByteArray *song, guint8 channel, guint8 program, guint8 key, guint8 n_keys)
{
  g_autoptr(GByteArray) track = g_byte_array_new();
  const guint8 begin[] = { 0, 0xc0 | channel, program }, end[] = { 0, 0xff, 0x2f, 0 };
  g_byte_array_append(track, begin, sizeof begin);
  for (int beat = 0; beat < N_BEATS; beat++)
    for (int off = 0; off < 2; off++)
      for (guint8 k = 0; k < n_keys; k++) {
        guint8 ticks = k > 0 ? 0 : off == 1 ? 72 : beat > 0 ? BEAT_TICKS - 72 : 0;
        const guint8 event[] = { ticks, 0x90 | channel, key + 4 * k, off == 1 ? 0 : 100 };
        g_byte_array_append(track, event, sizeof event);
      }
  g_byte_array_append(track, end, sizeof end);
  g_byte_array_append(song, (const guint8 *)"MTrk", 4);
  add_32(song, track->len, TRUE);
  g_byte_array_append(song, track->data, track->len);
}

/* Drums, a bass, chords on three channels of which only the last is a tune. */
static GByteArray *
make_song(void)
{
  GByteArray *song = g_byte_array_new();
  const guint8 header[] = { 'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 1, 0, 5, 0, BEAT_TICKS };
  g_byte_array_append(song, header, sizeof header);
  add_track(song, SG_MIDI_PERCUSSION_CHANNEL, 0, 36, 1);
  add_track(song, 1, 34, 40, 1);
  add_track(song, 2, 0, 60, 3);
  add_track(song, 3, 30, 40, 2);
  add_track(song, 4, 73, 72, 1);
  return song;
}

static void
add_lump(GByteArray *directory, guint32 at, guint32 size, const char name[8])
{
  add_32(directory, at, FALSE);
  add_32(directory, size, FALSE);
  g_byte_array_append(directory, (const guint8 *)name, 8);
}

/* The song among lumps that are none: another kind, one that says it is larger than the file, one that is no
 * MIDI. */
static char *
write_wad(const char *folder)
{
  enum { HEADER = 12 };
  g_autoptr(GByteArray) wad = g_byte_array_new(), song = make_song();
  g_byte_array_append(wad, (const guint8 *)"PWAD", 4);
  add_32(wad, 4, FALSE);
  add_32(wad, HEADER + song->len, FALSE);
  g_byte_array_append(wad, song->data, song->len);
  add_lump(wad, HEADER, song->len, "TEXTURE1");
  add_lump(wad, HEADER, 0x7fffffff, "D_LARGE\0");
  add_lump(wad, 0, HEADER, "D_NONE\0\0");
  add_lump(wad, HEADER, song->len, "D_SONG\0\0");
  char *path = g_build_filename(folder, "game.wad", NULL);
  test_file_write(path, wad->data, wad->len);
  return path;
}

static void
test_files(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *wad = write_wad(folder), *plain = g_build_filename(folder, "song.mid", NULL);
  g_autoptr(GByteArray) song = make_song();
  SgScores *scores = NULL;
  SgError error;
  test_file_write(plain, song->data, song->len);
  test_assert_ok(sg_scores_add_file(&scores, wad, &error));
  g_assert_cmpuint(sg_scores_count(scores), ==, 1);
  test_assert_ok(sg_scores_add_file(&scores, plain, &error));
  g_assert_cmpuint(sg_scores_count(scores), ==, 2);
  g_autofree char *absent = g_build_filename(folder, "absent.wad", NULL);
  test_assert_status(sg_scores_add_file(&scores, absent, &error), SG_NOT_FOUND);
  sg_scores_free(scores);
}

static void
assert_plays(const SgNotes *notes, guint8 key, double duration_s)
{
  g_assert_cmpuint(notes->n, >=, 10);
  for (gsize i = 0; i < notes->n; i++) {
    g_assert_cmpuint(notes->items[i].key, ==, key);
    g_assert_cmpfloat(notes->items[i].start_s, >=, 0.0);
    g_assert_cmpfloat(notes->items[i].start_s + notes->items[i].duration_s, <=, duration_s + 1e-9);
  }
}

/* Every channel comes to its stem, and the tune is sung now and then. */
static void
test_stems(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *wad = write_wad(folder);
  SgScores *scores = NULL;
  SgError error;
  guint n_sung = 0;
  SgRandom random = test_random();
  test_assert_ok(sg_scores_add_file(&scores, wad, &error));
  for (int round = 0; round < 40; round++) {
    SgArrangement song;
    test_assert_ok(sg_arrange_composed(scores, 10.0, &random, &song, &error));
    gboolean is_sung = song.parts[SG_ROLE_VOCALS].n > 0;
    n_sung += is_sung;
    g_assert_cmpfloat(song.duration_s, ==, 10.0);
    g_assert_cmpfloat_with_epsilon(song.beats_per_minute, 120.0, 1e-9);
    g_assert_true(song.is_composed);
    g_assert_true(g_str_has_prefix(song.origin, "score D_SONG"));
    assert_plays(&song.parts[SG_ROLE_DRUMS], 36, song.duration_s);
    assert_plays(&song.parts[SG_ROLE_BASS], 40, song.duration_s);
    if (is_sung)
      assert_plays(&song.parts[SG_ROLE_VOCALS], 72, song.duration_s);
    g_assert_cmpuint(song.n_lanes, ==, is_sung ? 2 : 3);
    g_assert_cmpuint(song.lane_programs[0], ==, 0);
    g_assert_cmpuint(song.lane_programs[1], ==, 30);
    for (gsize i = 0; i < song.parts[SG_ROLE_OTHER].n; i++)
      g_assert_cmpuint(song.parts[SG_ROLE_OTHER].items[i].track, <, song.n_lanes);
    sg_arrangement_clear(&song);
  }
  /* A half: fewer than 6 or more than 34 of 40 are drawn once in a million times. */
  g_assert_cmpuint(n_sung, >=, 6);
  g_assert_cmpuint(n_sung, <=, 34);
  sg_scores_free(scores);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/composed/files", test_files);
  g_test_add_func("/composed/stems", test_stems);
  return g_test_run();
}
