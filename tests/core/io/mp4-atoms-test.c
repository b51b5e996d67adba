#include "core/io/mp4-atoms.h"

#include <string.h>

#include "tests/support.h"

/* An index written by hand: `elst` gives edits of a length in the movie's ticks and a start in the track's.
 */
typedef struct {
  guint movie_timescale, timescale, duration;
  struct {
    guint length, start;
  } edits[3];
  guint n_edits;
} Index;

static void
put32(GByteArray *bytes, guint number)
{
  guint8 big_endian[4];
  sg_atom_put_number(big_endian, 4, number);
  g_byte_array_append(bytes, big_endian, 4);
}

static guint
open_atom(GByteArray *bytes, const char *type)
{
  guint at = bytes->len;
  put32(bytes, 0);
  g_byte_array_append(bytes, (const guint8 *)type, 4);
  return at;
}

static void
close_atom(GByteArray *bytes, guint at)
{
  sg_atom_put_number(bytes->data + at, 4, bytes->len - at);
}

static void
put_clock(GByteArray *bytes, const char *type, guint timescale, guint duration)
{
  guint at = open_atom(bytes, type);
  for (int i = 0; i < 3; i++)
    put32(bytes, 0);
  put32(bytes, timescale);
  put32(bytes, duration);
  close_atom(bytes, at);
}

static GByteArray *
index_new(const Index *index)
{
  GByteArray *bytes = g_byte_array_new();
  guint moov = open_atom(bytes, "moov");
  put_clock(bytes, "mvhd", index->movie_timescale, 0);
  guint trak = open_atom(bytes, "trak");
  put_clock(bytes, "tkhd", 7, 0); /* the identifier stands where the timescale does */
  if (index->n_edits > 0) {
    guint edts = open_atom(bytes, "edts"), elst = open_atom(bytes, "elst");
    put32(bytes, 0);
    put32(bytes, index->n_edits);
    for (guint i = 0; i < index->n_edits; i++) {
      put32(bytes, index->edits[i].length);
      put32(bytes, index->edits[i].start);
      put32(bytes, 0x10000);
    }
    close_atom(bytes, elst);
    close_atom(bytes, edts);
  }
  guint mdia = open_atom(bytes, "mdia");
  put_clock(bytes, "mdhd", index->timescale, index->duration);
  close_atom(bytes, mdia);
  close_atom(bytes, trak);
  close_atom(bytes, moov);
  return bytes;
}

static void
test_spans(void)
{
  static const struct {
    Index index;
    gboolean known;
    gint64 start, length;
  } cases[] = {
    { { 1000, 44100, 50000, { { 0, 0 } }, 0 }, TRUE, 0, 50000 },
    { { 1000, 44100, 0, { { 0, 0 } }, 0 }, TRUE, 0, 0 },
    /* The movie's milliseconds cannot tell 48,976 samples from 1110 ms; what cuts by more than that is
       believed. */
    { { 1000, 44100, 50000, { { 1110, 1024 } }, 1 }, TRUE, 1024, 48976 },
    { { 1000, 44100, 50000, { { 1000, 1024 } }, 1 }, TRUE, 1024, 44100 },
    { { 44100, 44100, 50000, { { 48975, 1024 } }, 1 }, TRUE, 1024, 48975 },
    { { 44100, 44100, 50000, { { 99999, 1024 } }, 1 }, TRUE, 1024, 48976 },
    { { 44100, 44100, 50000, { { 0, 1024 } }, 1 }, TRUE, 1024, 48976 },
    { { 44100, 44100, 0, { { 48000, 1024 } }, 1 }, TRUE, 1024, 48000 },
    { { 44100, 44100, 500, { { 0, 1024 } }, 1 }, TRUE, 1024, 0 },
    /* An empty edit before it is a delay. */
    { { 44100, 44100, 50000, { { 100, G_MAXUINT32 }, { 40000, 1024 } }, 2 }, TRUE, 1024, 40000 },
    { { 44100, 44100, 50000, { { 100, 0 }, { 40000, 1024 } }, 2 }, FALSE, 0, 0 },
    { { 0, 44100, 50000, { { 0, 0 } }, 0 }, FALSE, 0, 0 },
    { { 1000, 0, 50000, { { 0, 0 } }, 0 }, FALSE, 0, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    GByteArray *bytes = index_new(&cases[i].index);
    SgMp4Span span = { 0 };
    g_test_message("case %zu", i);
    g_assert_cmpint(sg_mp4_track_span(bytes->data, bytes->len, 7, &span), ==, cases[i].known);
    g_assert_cmpint(span.start, ==, cases[i].start);
    g_assert_cmpint(span.length, ==, cases[i].length);
    g_assert_false(sg_mp4_track_span(bytes->data, bytes->len, 8, &span));
    g_assert_cmpint(sg_mp4_edits_are_simple(bytes->data, bytes->len), ==,
                    cases[i].known || cases[i].index.n_edits < 2);
    g_byte_array_unref(bytes);
  }
}

/* Any cut and any damage gives an answer, and reads nothing beyond. */
static void
test_damage(void)
{
  const Index index = { 1000, 44100, 50000, { { 1110, 1024 } }, 1 };
  SgRandom random = test_random();
  GByteArray *bytes = index_new(&index);
  for (guint round = 0; round < 5000; round++) {
    gsize n = sg_random_below(&random, bytes->len + 1);
    g_autofree guint8 *copy = g_memdup2(bytes->data, n);
    for (int k = 0; k < 3 && n > 0; k++)
      copy[sg_random_below(&random, n)] = (guint8)sg_random_bits(&random);
    SgMp4Span span;
    SgAtom atom;
    sg_mp4_track_span(copy, n, 7, &span);
    sg_mp4_edits_are_simple(copy, n);
    if (sg_atom_find(copy, n, "moov/trak/mdia", &atom))
      g_assert_true(atom.atom >= copy && atom.body + atom.n_body <= copy + n);
  }
  g_byte_array_unref(bytes);
}

static void
test_sizes(void)
{
  static const struct {
    const char *bytes;
    gsize n, n_body;
    gboolean is_atom;
  } cases[] = {
    { "\0\0\0\x08"
      "free",
      8, 0, TRUE },
    { "\0\0\0\x09"
      "freex",
      9, 1, TRUE },
    { "\0\0\0\x09"
      "free",
      8, 0, FALSE },
    { "\0\0\0\x07"
      "free",
      8, 0, FALSE },
    { "\0\0\0\0"
      "freexyz",
      11, 3, TRUE }, /* to the end */
    { "\0\0\0\x01"
      "free\0\0\0\0\0\0\0\x12xy",
      18, 2, TRUE },
    { "\0\0\0\x01"
      "free\0\0\0\0\0\0\0\x0fxy",
      18, 0, FALSE },
    { "\0\0\0\x01"
      "free\xff\xff\xff\xff\xff\xff\xff\xffxy",
      18, 0, FALSE },
    { "\0\0\0\x01"
      "free\0\0",
      10, 0, FALSE },
    { "\0\0\0", 3, 0, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    const guint8 *at = (const guint8 *)cases[i].bytes, *begin = at;
    SgAtom atom;
    g_assert_cmpint(sg_atom_next(&at, begin + cases[i].n, &atom), ==, cases[i].is_atom);
    g_assert_true(at == begin + (cases[i].is_atom ? cases[i].n : 0));
    if (cases[i].is_atom)
      g_assert_cmpuint(atom.n_body, ==, cases[i].n_body);
  }
}

static void
test_smpb(void)
{
  gint64 delay = 0, length = 0;
  g_assert_true(sg_mp4_parse_smpb(" 00000000 00000840 000001CA 00000000003F31F6 00000000", &delay, &length));
  g_assert_cmpint(delay, ==, 0x840);
  g_assert_cmpint(length, ==, 0x3f31f6);
  static const char *const bad[] = { "", " 00000000 00000840", "words", "0 840 1CA 0",
                                     "0 840 1CA ffffffffffffffff" };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(sg_mp4_parse_smpb(bad[i], &delay, &length));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mp4-atoms/spans", test_spans);
  g_test_add_func("/mp4-atoms/damage", test_damage);
  g_test_add_func("/mp4-atoms/sizes", test_sizes);
  g_test_add_func("/mp4-atoms/smpb", test_smpb);
  return g_test_run();
}
