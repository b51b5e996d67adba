#include "core/separate/separation.h"

#include <math.h>
#include <string.h>

#include "core/separate/hpss.h"
#include "tests/support.h"

enum { RATE = 11025, N_SAMPLES = 12 * RATE };

/* Progress that moves the focus about, or stops after some time. */
typedef struct {
  SgSeparation *separation;
  SgRandom random;
  double stop_after_s, started_s;
  TestTime stopped;
  double last_fraction;
} Hand;

static bool
move_focus(double fraction, const char *stage, void *user)
{
  Hand *hand = user;
  g_assert_cmpstr(stage, ==, "separate");
  g_assert_true(fraction >= hand->last_fraction && fraction <= 1.0);
  hand->last_fraction = fraction;
  sg_separation_set_focus(hand->separation,
                          (gint64)sg_random_below(&hand->random, 2 * N_SAMPLES) - N_SAMPLES / 2);
  return true;
}

static bool
stop_later(double fraction, const char *stage, void *user)
{
  Hand *hand = user;
  if (test_seconds() - hand->started_s < hand->stop_after_s)
    return true;
  if (hand->stopped.clock_s == 0.0)
    hand->stopped = test_time();
  return false;
}

static void
count_frames(gint64 first_frame, gint64 n_frames, void *user)
{
  g_atomic_int_add((gint *)user, (gint)n_frames);
}

static void
assert_same_masks(const SgSeparation *separation, const guint8 *codes, gsize n_codes)
{
  gsize n;
  g_autofree guint8 *others = test_codes_dup(separation, &n);
  g_assert_cmpmem(others, n, codes, n_codes);
}

/* Threads and the order of work change only when, never what. */
static void
test_same_everywhere(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, N_SAMPLES);
  g_autoptr(SgSeparation) plain = test_hpss_new(pcm, 1);
  gsize n_codes;
  g_autofree guint8 *codes = test_codes_dup(plain, &n_codes);
  g_assert_true(memchr(codes, 255, n_codes) != NULL);

  const guint threads[] = { 2, 5 };
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    g_autoptr(SgSeparation) other = test_hpss_new(pcm, threads[i]);
    assert_same_masks(other, codes, n_codes);
  }
  const gint64 focuses[] = { -5, N_SAMPLES / 2, N_SAMPLES - 1, N_SAMPLES * 10 };
  for (gsize i = 0; i < G_N_ELEMENTS(focuses); i++) {
    g_autoptr(SgSeparation) other = test_hpss_new(pcm, 0);
    sg_separation_set_focus(other, focuses[i]);
    test_assert_ok(sg_separation_run(other, 2, NULL, NULL, NULL));
    assert_same_masks(other, codes, n_codes);
  }
  for (int i = 0; i < 3; i++) {
    g_autoptr(SgSeparation) other = test_hpss_new(pcm, 0);
    Hand hand = { .separation = other, .random = test_random() };
    test_assert_ok(sg_separation_run(other, 3, move_focus, &hand, NULL));
    g_assert_cmpfloat(hand.last_fraction, ==, 1.0);
    assert_same_masks(other, codes, n_codes);
  }
}

/* The first chunk that becomes ready holds the focus; then forward, then from the start. */
static gint64 ready_order[256];
static gint n_ready_order;

static void
note_order(gint64 first_frame, gint64 n_frames, void *user)
{
  ready_order[n_ready_order++] = first_frame;
}

static void
test_from_the_focus(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 1, N_SAMPLES);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 0);
  const SgMaskShape *shape = sg_mask_store_shape(sg_separation_masks(separation));
  gint64 hop = sg_stft_size(sg_separation_stft(separation)).hop;
  gint64 n_chunks = sg_mask_shape_n_chunks(*shape), focus_chunk = n_chunks / 2;
  n_ready_order = 0;
  sg_separation_set_chunk_ready(separation, note_order, NULL);
  sg_separation_set_focus(separation, (focus_chunk * shape->chunk_frames + 5) * hop);
  test_assert_ok(sg_separation_run(separation, 1, NULL, NULL, NULL));
  g_assert_cmpint(n_ready_order, ==, n_chunks);
  for (gint64 i = 0; i < n_chunks; i++)
    g_assert_cmpint(ready_order[i], ==, (focus_chunk + i) % n_chunks * shape->chunk_frames);
}

/* A range does its own chunks only, and the rest can come later. */
static void
test_range(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, N_SAMPLES);
  g_autoptr(SgSeparation) whole = test_hpss_new(pcm, 2);
  gsize n_codes;
  g_autofree guint8 *codes = test_codes_dup(whole, &n_codes);
  const gint64 starts[] = { 0, 4 * RATE + 3, N_SAMPLES - 1 }, lengths[] = { 1, 2 * RATE, 1 };
  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
    g_autoptr(SgSeparation) part = test_hpss_new(pcm, 0);
    const SgMaskStore *masks = sg_separation_masks(part);
    const SgMaskShape *shape = sg_mask_store_shape(masks);
    Hand hand = { .separation = part, .random = test_random() };
    sg_separation_set_range(part, starts[i], lengths[i]);
    test_assert_ok(sg_separation_run(part, 2, move_focus, &hand, NULL));
    g_assert_cmpfloat(hand.last_fraction, ==, 1.0);
    gint64 first, n = sg_stft_frames_touching(sg_stft_size(sg_separation_stft(part)), shape->n_frames,
                                              starts[i], lengths[i], &first);
    for (gint64 chunk = 0; chunk < sg_mask_shape_n_chunks(*shape); chunk++) {
      gboolean is_touched =
          (chunk + 1) * shape->chunk_frames > first && chunk * shape->chunk_frames < first + n;
      g_assert_cmpint(sg_mask_store_is_ready(masks, chunk), ==, is_touched);
    }
    sg_separation_set_range(part, 0, N_SAMPLES);
    test_assert_ok(sg_separation_run(part, 2, NULL, NULL, NULL));
    assert_same_masks(part, codes, n_codes);
  }
}

static void
test_cancel(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(44100, 2, 40 * 44100);
  g_autoptr(SgSeparation) whole = test_hpss_new(pcm, 2);
  gsize n_codes;
  g_autofree guint8 *codes = test_codes_dup(whole, &n_codes);
  const double after_s[] = { 0.0, 0.02, 0.05 };
  for (gsize i = 0; i < G_N_ELEMENTS(after_s); i++) {
    g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 0);
    gint n_frames = 0;
    sg_separation_set_chunk_ready(separation, count_frames, &n_frames);
    Hand hand = { .stop_after_s = after_s[i], .started_s = test_seconds() };
    SgError error;
    test_assert_status(sg_separation_run(separation, 2, stop_later, &hand, &error), SG_CANCELLED);
    test_assert_soon(test_time_since(hand.stopped), 1.0);
    test_assert_status(error.status, SG_CANCELLED);
    g_assert_cmpint(sg_mask_store_n_ready(sg_separation_masks(separation)), <,
                    sg_mask_shape_n_chunks(*sg_mask_store_shape(sg_separation_masks(separation))));
    /* Again: what was done is kept, and the rest comes out as it would have. */
    test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
    g_assert_cmpint(n_frames, ==, sg_mask_store_shape(sg_separation_masks(separation))->n_frames);
    assert_same_masks(separation, codes, n_codes);
  }
}

static void
test_refuses(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 1, RATE);
  SgSeparation *separation;
  const double windows[] = { 3.0, 4.0, 30.0, 31.5, 129.0, -31.0, NAN, INFINITY };
  for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
    SgError error;
    const double knobs[] = { 31.0, windows[i], 1.0, 0.0 };
    test_assert_status(sg_separation_new(pcm, &sg_hpss_class, knobs, NULL, &separation, &error),
                       SG_BAD_ARGUMENT);
    g_assert_null(separation);
    g_assert_cmpstr(error.detail, ==, "frequency-window");
  }
  test_assert_status(sg_separation_new(pcm, &sg_hpss_class, NULL, "/nonexistent-folder", &separation, NULL),
                     SG_NOT_FOUND);
  g_assert_null(separation);
}

static void
test_registry(void)
{
  const SgMethodClass *const *methods = sg_methods();
  for (gsize i = 0; methods[i] != NULL; i++)
    g_assert_true(sg_method_find(methods[i]->id) == methods[i]);
  g_assert_true(sg_method_find("hpss") == &sg_hpss_class);
  g_assert_null(sg_method_find("hps"));
  g_assert_null(sg_method_find(""));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/separation/same-everywhere", test_same_everywhere);
  g_test_add_func("/separation/from-the-focus", test_from_the_focus);
  g_test_add_func("/separation/range", test_range);
  g_test_add_func("/separation/cancel", test_cancel);
  g_test_add_func("/separation/refuses", test_refuses);
  g_test_add_func("/separation/registry", test_registry);
  return g_test_run();
}
