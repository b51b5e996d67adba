#include "core/train/loader.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

#include "tests/core/train/coded.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgSampler, sg_sampler_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgLoader, sg_loader_free)

enum { N = 400, BATCH = 3, N_STEPS = 25 };

static const gint64 lengths[] = { 20000, 10000 };
static const char *const stems[] = { "ab", "ab" };

static SgSampler *
sampler_new(const Coded *coded, gint64 n_samples)
{
  const SgAugmentConfig augment = { .gain_min_db = -6.0,
                                    .gain_max_db = 6.0,
                                    .shift_probability = 0.5,
                                    .speed_probability = 0.5,
                                    .speed_min = 0.9,
                                    .speed_max = 1.1 };
  const SgSamplerTarget targets[] = { { .name = "a", .augment = augment },
                                      { .name = "b", .augment = augment } };
  const SgSamplerDataset dataset = { .cache = coded->cache, .weight = 1.0 };
  SgSamplerConfig config = { .seed = 3,
                             .split = SG_SPLIT_TRAIN,
                             .n_samples = n_samples,
                             .batch_size = BATCH,
                             .targets = targets,
                             .n_targets = 2,
                             .datasets = &dataset,
                             .n_datasets = 1,
                             .mix_probability = 0.6 };
  SgSampler *sampler;
  test_assert_ok(sg_sampler_new(&config, &sampler, NULL));
  return sampler;
}

/* Steps first … first+n−1, one after the other: their bytes' checksum. */
static char *
dup_digest(const SgSampler *sampler, gint64 first, int n, guint n_threads, gsize n_ready)
{
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  SgLoader *loader;
  test_assert_ok(sg_loader_new(sampler, first, n_threads, n_ready, &loader, NULL));
  for (gint64 step = first; step < first + n; step++) {
    const SgBatch *batch;
    test_assert_ok(sg_loader_next(loader, &batch, NULL));
    g_assert_cmpint(batch->step, ==, step);
    g_checksum_update(checksum, (const guchar *)batch->targets,
                      (gssize)(BATCH * sg_sampler_target_floats(sampler) * sizeof(float)));
    g_checksum_update(checksum, (const guchar *)batch->mixtures,
                      (gssize)(BATCH * sg_sampler_mixture_floats(sampler) * sizeof(float)));
    sg_loader_give_back(loader, batch);
  }
  sg_loader_free(loader);
  return g_strdup(g_checksum_get_string(checksum));
}

/* The stream is the same with any number of threads, and goes on from any step. */
static void
test_same_bytes(void)
{
  Coded coded = coded_new(2, lengths, stems, "tt", FALSE);
  g_autoptr(SgSampler) sampler = sampler_new(&coded, N);
  g_autofree char *one = dup_digest(sampler, 0, N_STEPS, 1, 1);
  const struct {
    guint n_threads;
    gsize n_ready;
  } cases[] = { { 1, 5 }, { 2, 1 }, { 3, 2 }, { 5, 8 } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *other = dup_digest(sampler, 0, N_STEPS, cases[i].n_threads, cases[i].n_ready);
    g_assert_cmpstr(other, ==, one);
  }
  g_autofree char *tail = dup_digest(sampler, 17, 8, 1, 2), *again = dup_digest(sampler, 17, 8, 4, 3);
  g_autofree char *earlier = dup_digest(sampler, 16, 8, 4, 3);
  g_assert_cmpstr(tail, ==, again);
  g_assert_cmpstr(tail, !=, earlier);
  /* By hand, without a loader. */
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  SgSamplerWork *work = sg_sampler_work_new(sampler, NULL);
  gsize n_targets = sg_sampler_target_floats(sampler), n_mixture = sg_sampler_mixture_floats(sampler);
  g_autofree float *targets = g_new(float, BATCH *n_targets), *mixtures = g_new(float, BATCH *n_mixture);
  for (gint64 step = 17; step < 25; step++) {
    for (gsize i = 0; i < BATCH; i++)
      test_assert_ok(sg_sampler_draw(sampler, work, step, i, targets + i * n_targets,
                                     mixtures + i * n_mixture, NULL, NULL));
    g_checksum_update(checksum, (const guchar *)targets, (gssize)(BATCH * n_targets * sizeof(float)));
    g_checksum_update(checksum, (const guchar *)mixtures, (gssize)(BATCH * n_mixture * sizeof(float)));
  }
  g_assert_cmpstr(g_checksum_get_string(checksum), ==, tail);
  sg_sampler_work_free(work);
  coded_clear(&coded);
}

/* Takes the batches that are ready after a rest; how often it had to wait for one. */
static gint64
n_waits_after(SgLoader *loader, gulong rest_us, int n_ready)
{
  const SgBatch *batch;
  g_usleep(rest_us);
  gint64 n_waits = sg_loader_n_waits(loader);
  double waited_s = sg_loader_waited_seconds(loader);
  for (int i = 0; i < n_ready; i++) {
    test_assert_ok(sg_loader_next(loader, &batch, NULL));
    sg_loader_give_back(loader, batch);
  }
  gint64 n_more = sg_loader_n_waits(loader) - n_waits;
  g_assert_cmpint(n_more > 0, ==, sg_loader_waited_seconds(loader) > waited_s);
  return n_more;
}

/* It stops when enough is ready, and what is ready costs no waiting; a busy machine takes longer to make it.
 */
static void
test_bounded_and_measured(void)
{
  Coded coded = coded_new(2, lengths, stems, "tt", FALSE);
  g_autoptr(SgSampler) sampler = sampler_new(&coded, N);
  SgLoader *loader;
  const SgBatch *batch;
  test_assert_ok(sg_loader_new(sampler, 0, 2, 3, &loader, NULL));
  test_assert_ok(sg_loader_next(loader, &batch, NULL));
  sg_loader_give_back(loader, batch);
  g_assert_cmpint(sg_loader_n_waits(loader), <=, 1);
  gulong rest_us = 100000;
  while (n_waits_after(loader, rest_us, 3) > 0 && rest_us < 10000000)
    rest_us *= 2;
  g_assert_cmpuint(rest_us, <, 10000000);
  sg_loader_free(loader);
  coded_clear(&coded);
}

static void *
cancel_soon(void *data)
{
  g_usleep(50000);
  sg_loader_cancel(data);
  return NULL;
}

/* A trainer that waits for a batch of minutes is let go at once. */
static void
test_cancel(void)
{
  Coded coded = coded_new(2, lengths, stems, "tt", FALSE);
  g_autoptr(SgSampler) sampler = sampler_new(&coded, 40000);
  SgLoader *loader;
  const SgBatch *batch = NULL;
  pthread_t thread;
  test_assert_ok(sg_loader_new(sampler, 0, 2, 2, &loader, NULL));
  g_assert_cmpint(pthread_create(&thread, NULL, cancel_soon, loader), ==, 0);
  SgStatus status;
  while ((status = sg_loader_next(loader, &batch, NULL)) == SG_OK)
    sg_loader_give_back(loader, batch);
  test_assert_status(status, SG_CANCELLED);
  g_assert_null(batch);
  TestTime from = test_time();
  pthread_join(thread, NULL);
  sg_loader_free(loader);
  test_assert_soon(test_time_since(from), 0.2);
  coded_clear(&coded);
}

/* A file that vanishes: the batches before it still come, then its error, and that again. */
static void
test_error(void)
{
  Coded coded = coded_new(2, lengths, stems, "tt", FALSE);
  g_autoptr(SgSampler) sampler = sampler_new(&coded, N);
  SgLoader *loader;
  const SgBatch *batch;
  SgError error;
  test_assert_ok(sg_loader_new(sampler, 0, 2, 2, &loader, NULL));
  test_assert_ok(sg_loader_next(loader, &batch, NULL));
  g_autoptr(GDir) dir = g_dir_open(coded.cached, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(coded.cached, name, NULL);
    g_remove(path);
  }
  gint64 step = 0;
  SgStatus status = SG_OK;
  while (status == SG_OK && step < 20) {
    g_assert_cmpint(batch->step, ==, step++);
    sg_loader_give_back(loader, batch);
    status = sg_loader_next(loader, &batch, &error);
  }
  test_assert_status(status, SG_NOT_FOUND);
  g_assert_true(g_str_has_prefix(error.path, coded.cached));
  g_assert_null(batch);
  test_assert_status(sg_loader_next(loader, &batch, &error), SG_NOT_FOUND);
  sg_loader_free(loader);
  coded_clear(&coded);
}

static void
test_refusals(void)
{
  Coded coded = coded_new(2, lengths, stems, "tt", FALSE);
  g_autoptr(SgSampler) sampler = sampler_new(&coded, N);
  SgLoader *loader;
  test_assert_status(sg_loader_new(sampler, 0, 1, 0, &loader, NULL), SG_BAD_ARGUMENT);
  test_assert_status(sg_loader_new(sampler, -1, 1, 1, &loader, NULL), SG_BAD_ARGUMENT);
  sg_loader_free(NULL);
  coded_clear(&coded);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/loader/same-bytes", test_same_bytes);
  g_test_add_func("/train/loader/bounded-and-measured", test_bounded_and_measured);
  g_test_add_func("/train/loader/cancel", test_cancel);
  g_test_add_func("/train/loader/error", test_error);
  g_test_add_func("/train/loader/refusals", test_refusals);
  return g_test_run();
}
