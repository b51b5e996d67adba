#include "core/mask/mask-store.h"

#include <math.h>
#include <string.h>

#include "core/base/workers.h"
#include "tests/support.h"

static SgMaskShape
shape_of(gint64 n_frames)
{
  return (
      SgMaskShape){ .n_frames = n_frames, .n_sources = 3, .n_channels = 2, .n_bins = 17, .chunk_frames = 10 };
}

static const gsize frame_codes = 3 * 2 * 17;

static guint8
code_of(float mask)
{
  double clamped = CLAMP(mask, 0.0f, 1.0f);
  return (guint8)floor(255.0 * sqrt(clamped) + 0.5);
}

static void
test_chunks(void)
{
  for (gint64 n_frames = 1; n_frames < 45; n_frames++) {
    SgMaskShape shape = shape_of(n_frames);
    gint64 n_chunks = sg_mask_shape_n_chunks(shape), expected_first = 0, first;
    for (gint64 chunk = 0; chunk < n_chunks; chunk++) {
      gint64 n = sg_mask_shape_chunk(shape, chunk, &first);
      g_assert_cmpint(first, ==, expected_first);
      g_assert_cmpint(n, >=, 1);
      g_assert_cmpint(n, <=, 10);
      g_assert_true(n == 10 || chunk == n_chunks - 1);
      expected_first += n;
    }
    g_assert_cmpint(expected_first, ==, n_frames);
    g_assert_cmpuint(sg_mask_shape_bytes(shape), ==, (guint64)n_frames * frame_codes);
  }
}

/* Chunks in any order; those not written read as zero; values outside 0 … 1 are clamped. */
static void
test_write_and_read(void)
{
  SgRandom random = test_random();
  SgMaskShape shape = shape_of(35);
  SgMaskStore *store;
  test_assert_ok(sg_mask_store_new(shape, NULL, &store, NULL));
  const gint64 order[] = { 3, 0, 2 };
  g_autofree float *masks = g_new(float, 10 * frame_codes);
  g_autofree guint8 *room = g_new(guint8, 10 * frame_codes);
  g_autofree guint8 *expected = g_new0(guint8, 35 * frame_codes);
  g_autofree guint8 *codes = g_new(guint8, 35 * frame_codes);
  for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
    gint64 first, n = sg_mask_shape_chunk(shape, order[i], &first);
    g_assert_false(sg_mask_store_is_ready(store, order[i]));
    for (gsize c = 0; c < (gsize)n * frame_codes; c++) {
      masks[c] = (float)(1.4 * sg_random_unit(&random) - 0.2);
      expected[(gsize)first * frame_codes + c] = code_of(masks[c]);
    }
    test_assert_ok(sg_mask_store_write_chunk(store, order[i], masks, room, NULL));
    g_assert_true(sg_mask_store_is_ready(store, order[i]));
    g_assert_cmpint(sg_mask_store_n_ready(store), ==, (gint64)i + 1);
  }
  g_assert_false(sg_mask_store_is_ready(store, 1));
  test_assert_ok(sg_mask_store_read(store, 0, 35, codes, NULL));
  /* One code may differ where √ rounds to the other side of a half. */
  for (gsize c = 0; c < 35 * frame_codes; c++)
    g_assert_cmpint(ABS(codes[c] - expected[c]), <=, 1);
  g_assert_cmpmem(codes + 10 * frame_codes, 10 * frame_codes, expected + 10 * frame_codes, 10 * frame_codes);
  for (gint64 t = 0; t < 35; t += 4) {
    test_assert_ok(sg_mask_store_read(store, t, 1, room, NULL));
    g_assert_cmpmem(room, frame_codes, codes + (gsize)t * frame_codes, frame_codes);
  }
  /* A chunk written again counts once. */
  test_assert_ok(sg_mask_store_write_chunk(store, 0, masks, room, NULL));
  g_assert_cmpint(sg_mask_store_n_ready(store), ==, 3);
  sg_mask_store_free(store);
}

/* The scale keeps a mask to 1/255 of a square root, and both ends exactly. */
static void
test_scale(void)
{
  SgMaskShape shape = { .n_frames = 1, .n_sources = 1, .n_channels = 1, .n_bins = 1001, .chunk_frames = 1 };
  SgMaskStore *store;
  test_assert_ok(sg_mask_store_new(shape, NULL, &store, NULL));
  float masks[1001];
  guint8 codes[1001];
  for (int i = 0; i <= 1000; i++)
    masks[i] = (float)i / 1000.0f;
  test_assert_ok(sg_mask_store_write_chunk(store, 0, masks, codes, NULL));
  memset(codes, 7, sizeof codes);
  test_assert_ok(sg_mask_store_read(store, 0, 1, codes, NULL));
  g_assert_cmpuint(codes[0], ==, 0);
  g_assert_cmpuint(codes[1000], ==, 255);
  for (int i = 0; i <= 1000; i++)
    g_assert_cmpfloat(fabs(codes[i] / 255.0 - sqrt(masks[i])), <=, 0.5 / 255.0 + 1e-6);
  sg_mask_store_free(store);
}

enum { N_WRITERS = 3, N_FRAMES = 300 };

typedef struct {
  SgMaskStore *store;
  _Atomic gint64 next_chunk;
  _Atomic guint n_wrong;
} Traffic;

static void
write_chunks(Traffic *traffic)
{
  float masks[10 * 3 * 2 * 17];
  guint8 room[10 * 3 * 2 * 17];
  gint64 chunk;
  while ((chunk = traffic->next_chunk++) < N_FRAMES / 10) {
    for (gsize i = 0; i < 10 * frame_codes; i++)
      masks[i] = 1.0f;
    sg_mask_store_write_chunk(traffic->store, chunk, masks, room, NULL);
  }
}

/* The last worker reads: whatever is ready is there. */
static void
write_or_read(unsigned index, void *user)
{
  Traffic *traffic = user;
  if (index < N_WRITERS) {
    write_chunks(traffic);
    return;
  }
  guint8 codes[10 * 3 * 2 * 17];
  while (sg_mask_store_n_ready(traffic->store) < N_FRAMES / 10)
    for (gint64 chunk = 0; chunk < N_FRAMES / 10; chunk++)
      if (sg_mask_store_is_ready(traffic->store, chunk)) {
        sg_mask_store_read(traffic->store, chunk * 10, 10, codes, NULL);
        for (gsize i = 0; i < 10 * frame_codes; i++)
          traffic->n_wrong += codes[i] != 255;
      }
}

static void
test_threads(void)
{
  Traffic traffic = { 0 };
  test_assert_ok(sg_mask_store_new(shape_of(N_FRAMES), NULL, &traffic.store, NULL));
  sg_workers_join(sg_workers_start(N_WRITERS + 1, write_or_read, &traffic));
  g_assert_cmpint(sg_mask_store_n_ready(traffic.store), ==, N_FRAMES / 10);
  g_assert_cmpuint(traffic.n_wrong, ==, 0);
  sg_mask_store_free(traffic.store);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mask-store/chunks", test_chunks);
  g_test_add_func("/mask-store/write-and-read", test_write_and_read);
  g_test_add_func("/mask-store/scale", test_scale);
  g_test_add_func("/mask-store/threads", test_threads);
  return g_test_run();
}
