#include "core/train/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/core/train/coded.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgSampler, sg_sampler_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgSamplerWork, sg_sampler_work_free)

enum { N = 500, BATCH = 4 };

static const gint64 lengths[] = { 20000, 10000, 9000, 8000, 300 };
static const char *const stems[] = { "abc", "abc", "ab", "abc", "abc" };

/* Songs 0, 1, 2 (without c) and 4 (short) in train, 3 in valid. */
static Coded
world_new(gboolean missing_is_silent)
{
  return coded_new(5, lengths, stems, "tttvt", missing_is_silent);
}

static const SgSamplerTarget abc[] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };

static SgSamplerConfig
config_of(const SgSamplerDataset *dataset)
{
  return (SgSamplerConfig){ .seed = 7,
                            .split = SG_SPLIT_TRAIN,
                            .n_samples = N,
                            .batch_size = BATCH,
                            .targets = abc,
                            .n_targets = 3,
                            .datasets = dataset,
                            .n_datasets = 1 };
}

static SgSampler *
sampler_new(const SgSamplerConfig *config)
{
  SgSampler *sampler;
  test_assert_ok(sg_sampler_new(config, &sampler, NULL));
  return sampler;
}

typedef struct {
  float targets[3][2][N], mixture[2][N];
  SgExampleOrigin origins[3];
} Example;

static void
draw(const SgSampler *sampler, SgSamplerWork *work, gint64 step, gsize index, Example *out_example)
{
  test_assert_ok(sg_sampler_draw(sampler, work, step, index, &out_example->targets[0][0][0],
                                 &out_example->mixture[0][0], out_example->origins, NULL));
}

/* Song and place of a target by its sound; it must be one unbroken piece of its stem, and silence before and
 * behind. */
static void
read_target(const Example *example, guint target, guint *out_song, gint64 *out_start)
{
  guint stem, first_song = 0;
  gint64 position, first = -1;
  for (int i = 0; i < N; i++) {
    if (!coded_read(example->targets[target][0][i], out_song, &stem, &position))
      continue;
    g_assert_cmpuint(stem, ==, target);
    if (first < 0) {
      first_song = *out_song;
      first = position - i;
    }
    g_assert_cmpuint(*out_song, ==, first_song);
    g_assert_cmpint(position, ==, first + i);
    g_assert_cmpfloat(example->targets[target][1][i], ==, -example->targets[target][0][i]);
  }
  *out_song = first_song;
  *out_start = first;
}

static void
test_whole_songs(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  guint n_from[5] = { 0 };
  for (int step = 0; step < 500; step++) {
    guint song, other;
    gint64 start, other_start;
    draw(sampler, work, step, 1, &example);
    read_target(&example, 0, &song, &start);
    n_from[song]++;
    for (guint t = 1; t < 3; t++) {
      read_target(&example, t, &other, &other_start);
      g_assert_cmpuint(other, ==, song);
      g_assert_cmpint(other_start, ==, start);
    }
    for (int i = 0; i < N; i++)
      g_assert_cmpfloat(example.mixture[1][i], ==,
                        example.targets[0][1][i] + example.targets[1][1][i] + example.targets[2][1][i]);
  }
  /* Song 2 lacks c and song 3 is for validation; 0 is twice as long as 1, 4 is only 1 % of it all. */
  g_assert_cmpuint(n_from[2] + n_from[3], ==, 0);
  g_assert_cmpuint(n_from[4], >, 0);
  g_assert_cmpfloat_with_epsilon(n_from[0] / 500.0, 20000.0 / 30300.0, 0.11);
  coded_clear(&coded);
}

static void
test_mixed(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  config.mix_probability = 0.5;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  guint n_mixed = 0, n_two_songs = 0, n_of_2 = 0;
  for (int step = 0; step < 400; step++) {
    guint songs[3];
    gint64 starts[3];
    draw(sampler, work, step, 0, &example);
    for (guint t = 0; t < 3; t++) {
      read_target(&example, t, &songs[t], &starts[t]);
      g_assert_cmpuint(songs[t], !=, 3);
      g_assert_cmpint(starts[t], ==, example.origins[t].start);
      n_of_2 += songs[t] == 2;
    }
    n_mixed += example.origins[0].is_mixed;
    gboolean two = songs[0] != songs[1] || starts[0] != starts[1] || songs[0] != songs[2];
    n_two_songs += two;
    g_assert_true(!two || example.origins[0].is_mixed);
  }
  g_assert_cmpfloat_with_epsilon(n_mixed / 400.0, 0.5, 0.13);
  g_assert_cmpuint(n_two_songs, >, n_mixed * 8 / 10);
  /* A song that lacks a stem still gives the others. */
  g_assert_cmpuint(n_of_2, >, 10);
  coded_clear(&coded);
}

static SgSamplerTarget
changed_target(const char *name)
{
  return (SgSamplerTarget){ .name = name,
                            .absent_probability = 0.2,
                            .augment = { .gain_min_db = -9.0,
                                         .gain_max_db = 7.0,
                                         .polarity_probability = 0.5,
                                         .swap_probability = 0.5,
                                         .shift_probability = 0.5,
                                         .speed_probability = 0.5,
                                         .speed_min = 0.8,
                                         .speed_max = 1.2,
                                         .eq_probability = 0.5,
                                         .eq_max_db = 6.0 } };
}

/* The same bytes in whatever order and whoever draws; others for another seed, step or index. */
static void
test_counter(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  SgSamplerTarget targets[] = { changed_target("a"), changed_target("b"), changed_target("c") };
  config.targets = targets;
  config.mix_probability = 0.7;
  config.n_redraws = 3;
  config.quiet_rms_db = -50.0;
  g_autoptr(SgSampler) sampler = sampler_new(&config), again = sampler_new(&config);
  config.seed = 8;
  g_autoptr(SgSampler) reseeded = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL),
                           other_work = sg_sampler_work_new(again, NULL);
  enum { N_STEPS = 10 };
  g_autofree Example *forward = g_new0(Example, N_STEPS * BATCH), *other = g_new0(Example, 1);
  for (int i = 0; i < N_STEPS * BATCH; i++)
    draw(sampler, work, i / BATCH, (gsize)(i % BATCH), &forward[i]);
  for (int i = N_STEPS * BATCH; i-- > 0;) {
    draw(again, other_work, i / BATCH, (gsize)(i % BATCH), other);
    g_assert_cmpmem(other->targets, sizeof other->targets, forward[i].targets, sizeof forward[i].targets);
    g_assert_cmpmem(other->mixture, sizeof other->mixture, forward[i].mixture, sizeof forward[i].mixture);
    draw(reseeded, other_work, i / BATCH, (gsize)(i % BATCH), other);
    g_assert_true(memcmp(other->mixture, forward[i].mixture, sizeof other->mixture) != 0);
    for (int j = 0; j < i; j++)
      g_assert_true(memcmp(forward[i].mixture, forward[j].mixture, sizeof other->mixture) != 0);
  }
  coded_clear(&coded);
}

/* What an example that is not mixed has in common, and how often things happen. */
static void
test_changes(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  SgSamplerTarget targets[] = { changed_target("a"), changed_target("b"), changed_target("c") };
  targets[0].absent_probability = targets[1].absent_probability = 0.9;
  config.targets = targets;
  config.mix_probability = 0.5;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  guint n_absent[3] = { 0 }, n_other_gain = 0;
  for (int step = 0; step < 400; step++) {
    draw(sampler, work, step, 0, &example);
    const SgExampleOrigin *o = example.origins;
    for (int t = 0; t < 3; t++) {
      n_absent[t] += o[t].is_absent;
      n_other_gain += o[t].plan.gain_db != o[0].plan.gain_db;
      gboolean same = o[t].plan.speed == o[0].plan.speed &&
                      o[t].plan.shift_samples == o[0].plan.shift_samples &&
                      o[t].plan.is_swapped == o[0].plan.is_swapped;
      g_assert_true(same || o[t].is_mixed);
      double sum = 0.0;
      for (int i = 0; i < N; i++)
        sum += fabsf(example.targets[t][0][i]);
      g_assert_cmpint(sum == 0.0, ==, o[t].is_absent);
    }
    g_assert_false(o[0].is_absent && o[1].is_absent && o[2].is_absent);
  }
  g_assert_cmpuint(n_other_gain, ==, 800);
  g_assert_cmpfloat_with_epsilon(n_absent[0] / 400.0, 0.9 - 0.162, 0.11);
  coded_clear(&coded);
}

/* Targets that are sums, and the rest; a stem that no target takes is not in the mixture. */
static void
test_groups(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  const char *const rest[] = { "*" }, *const two[] = { "a", "c" };
  const SgSamplerTarget targets[] = { { .name = "b" }, { .name = "others", .stems = rest, .n_stems = 1 } };
  const SgSamplerTarget pair[] = { { .name = "pair", .stems = two, .n_stems = 2 } };
  config.targets = targets;
  config.n_targets = 2;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  config.targets = pair;
  config.n_targets = 1;
  g_autoptr(SgSampler) paired = sampler_new(&config);
  config.targets = abc;
  config.n_targets = 3;
  g_autoptr(SgSampler) plain = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example grouped, all;
  /* Whole songs fall on the same places for all three, but where song 2 is allowed. */
  guint n_same = 0;
  for (int step = 0; step < 60; step++) {
    draw(sampler, work, step, 0, &grouped);
    float wanted[2][N];
    for (int c = 0; c < 2; c++)
      for (int i = 0; i < N; i++)
        g_assert_cmpfloat(grouped.mixture[c][i], ==, grouped.targets[0][c][i] + grouped.targets[1][c][i]);
    draw(plain, work, step, 0, &all);
    for (int c = 0; c < 2; c++)
      for (int i = 0; i < N; i++)
        wanted[c][i] = all.targets[0][c][i] + all.targets[2][c][i];
    n_same += memcmp(wanted, grouped.targets[1], sizeof wanted) == 0;
    draw(paired, work, step, 0, &grouped);
    g_assert_cmpmem(grouped.mixture, sizeof grouped.mixture, grouped.targets[0], sizeof grouped.targets[0]);
  }
  g_assert_cmpuint(n_same, >, 0);
  coded_clear(&coded);
}

static void
test_missing_is_silent(void)
{
  Coded coded = world_new(TRUE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  guint n_of_2 = 0;
  for (int step = 0; step < 200; step++) {
    guint song;
    gint64 start;
    draw(sampler, work, step, 0, &example);
    read_target(&example, 1, &song, &start);
    if (song != 2)
      continue;
    n_of_2++;
    for (int i = 0; i < N; i++)
      g_assert_cmpfloat(example.targets[2][0][i], ==, 0.0f);
  }
  g_assert_cmpuint(n_of_2, >, 10);
  coded_clear(&coded);
}

/* Three datasets: the shares of each target are the weights asked for. */
static void
test_weights(void)
{
  static const gint64 short_lengths[] = { 5000 };
  static const char *const only_ab[] = { "ab" };
  Coded real = world_new(FALSE), rendered = coded_new(1, short_lengths, only_ab, "t", FALSE);
  const double of_real[] = { 1.0, 3.0, 1.0 }, of_rendered[] = { 1.0, 1.0, 9.0 },
               of_more[] = { 2.0, 0.0, 9.0 };
  SgSamplerDataset datasets[] = { { .cache = real.cache, .weight = 1.0, .target_weights = of_real },
                                  { .cache = rendered.cache, .weight = 5.0, .target_weights = of_rendered },
                                  { .cache = rendered.cache, .weight = 5.0, .target_weights = of_more } };
  SgSamplerConfig config = config_of(datasets);
  config.n_datasets = 3;
  config.mix_probability = 0.8;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  double n_mixed = 0.0, n_drawn[3][3] = { 0 };
  for (int step = 0; step < 800; step++) {
    draw(sampler, work, step, 0, &example);
    n_mixed += example.origins[0].is_mixed;
    for (int t = 0; t < 3; t++) {
      /* The rendered one has no c and so no whole songs. */
      g_assert_true(example.origins[t].is_mixed || example.origins[t].dataset == 0);
      n_drawn[t][example.origins[t].dataset]++;
    }
  }
  g_assert_cmpfloat_with_epsilon(n_drawn[0][1] / n_mixed, 0.25, 0.09);
  g_assert_cmpfloat_with_epsilon(n_drawn[0][2] / n_mixed, 0.5, 0.1);
  g_assert_cmpfloat_with_epsilon(n_drawn[1][1] / n_mixed, 0.25, 0.09);
  g_assert_cmpfloat(n_drawn[1][2], ==, 0.0);
  g_assert_cmpfloat(n_drawn[2][1] + n_drawn[2][2], ==, 0.0);
  coded_clear(&real);
  coded_clear(&rendered);
}

static void
test_normalised_and_redrawn(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  SgSamplerTarget targets[] = { { .name = "a", .is_normalised = true, .normalised_rms_db = -20.0 } };
  config.targets = targets;
  config.n_targets = 1;
  config.mix_probability = 1.0;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  /* Song 0's stem a begins in near silence: its first 8000 samples are below −54 dB. */
  targets[0].is_normalised = false;
  config.n_redraws = 20;
  config.quiet_rms_db = -54.0;
  g_autoptr(SgSampler) redrawing = sampler_new(&config);
  config.n_redraws = 0;
  g_autoptr(SgSampler) plain = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  Example example;
  guint n_quiet = 0;
  for (int step = 0; step < 200; step++) {
    double sum = 0.0;
    draw(sampler, work, step, 0, &example);
    for (int i = 0; i < N; i++)
      sum += (double)example.targets[0][0][i] * example.targets[0][0][i];
    g_assert_cmpfloat_with_epsilon(10.0 * log10(sum / N), -20.0, 0.01);
    const SgSampler *samplers[] = { plain, redrawing };
    for (int s = 0; s < 2; s++) {
      draw(samplers[s], work, step, 0, &example);
      sum = 0.0;
      for (int i = 0; i < N; i++)
        sum += (double)example.targets[0][0][i] * example.targets[0][0][i];
      gboolean quiet = 10.0 * log10(sum / N) < -54.0;
      n_quiet += s == 0 && quiet;
      g_assert_false(s == 1 && quiet);
    }
  }
  g_assert_cmpuint(n_quiet, >, 10);
  coded_clear(&coded);
}

/* Every excerpt once, from the songs of its split alone. */
static void
test_in_order(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  SgSamplerTarget targets[] = { changed_target("a"), changed_target("b"), changed_target("c") };
  config.targets = targets;
  config.is_sequential = true;
  config.mix_probability = 1.0;
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, NULL);
  /* 40 + 20 + 1 excerpts of songs 0, 1 and 4. */
  g_assert_cmpint(sg_sampler_n_batches(sampler), ==, 16);
  Example example;
  for (int e = 0; e < 62; e++) {
    guint song;
    gint64 start;
    draw(sampler, work, e / BATCH, (gsize)(e % BATCH), &example);
    read_target(&example, 2, &song, &start);
    g_assert_cmpuint(song, ==, e < 40 ? 0 : e < 60 ? 1 : e < 61 ? 4 : 0);
    g_assert_cmpint(start, ==, N * (e < 40 ? e : e < 60 ? e - 40 : 0));
  }
  config.split = SG_SPLIT_VALID;
  g_autoptr(SgSampler) valid = sampler_new(&config);
  g_assert_cmpint(sg_sampler_n_batches(valid), ==, 4);
  coded_clear(&coded);
}

static void
test_cancelled(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  atomic_bool cancelled = false;
  g_autoptr(SgSamplerWork) work = sg_sampler_work_new(sampler, &cancelled);
  Example example;
  draw(sampler, work, 0, 0, &example);
  atomic_store(&cancelled, true);
  test_assert_status(
      sg_sampler_draw(sampler, work, 0, 0, &example.targets[0][0][0], &example.mixture[0][0], NULL, NULL),
      SG_CANCELLED);
  coded_clear(&coded);
}

static void
test_refusals(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  const SgSamplerConfig good = config_of(&dataset);
  SgSampler *sampler;
  SgError error;
  SgSamplerConfig config = good;
  config.mix_probability = 2.0;
  test_assert_status(sg_sampler_new(&config, &sampler, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "mix");
  config = good;
  config.split = SG_SPLIT_TEST;
  test_assert_status(sg_sampler_new(&config, &sampler, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "songs");
  const SgSamplerTarget kazoo[] = { { .name = "a" }, { .name = "kazoo" } };
  config = good;
  config.targets = kazoo;
  config.n_targets = 2;
  config.mix_probability = 1.0;
  test_assert_status(sg_sampler_new(&config, &sampler, &error), SG_UNKNOWN_SOURCE);
  g_assert_cmpstr(error.detail, ==, "kazoo");
  config = good;
  config.batch_size = 0;
  test_assert_status(sg_sampler_new(&config, &sampler, &error), SG_BAD_ARGUMENT);
  config = good;
  config.n_samples = 0;
  test_assert_status(sg_sampler_new(&config, &sampler, &error), SG_BAD_ARGUMENT);
  const double negative[] = { 1.0, -1.0, 1.0 };
  dataset.target_weights = negative;
  test_assert_status(sg_sampler_new(&good, &sampler, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "weight");
  g_assert_null(sampler);
  sg_sampler_free(NULL);
  coded_clear(&coded);
}

static void
test_json(void)
{
  Coded coded = world_new(FALSE);
  SgSamplerDataset dataset = { .cache = coded.cache, .weight = 1.0 };
  SgSamplerConfig config = config_of(&dataset);
  g_autoptr(SgSampler) sampler = sampler_new(&config);
  SgJson *json = sg_sampler_json(sampler);
  char *text = sg_json_dup_text(json, false);
  const char *const parts[] = {
    "\"seed\":7,\"split\":\"train\",\"rate_hz\":8000,\"channels\":2,\"samples\":500",
    "{\"target\":\"b\",\"absent_probability\":0.0,\"augment\":{\"gain_min_db\":0.0",
    "{\"weight\":1.0,\"songs\":3,\"targets\":[{\"target\":\"a\",\"stems\":[\"a\"],"
    "\"songs\":4,\"weight\":1.0}"
  };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(text, parts[i]) == NULL)
      g_error("no %s in %s", parts[i], text);
  free(text);
  sg_json_free(json);
  coded_clear(&coded);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/sampler/whole-songs", test_whole_songs);
  g_test_add_func("/train/sampler/mixed", test_mixed);
  g_test_add_func("/train/sampler/counter", test_counter);
  g_test_add_func("/train/sampler/changes", test_changes);
  g_test_add_func("/train/sampler/groups", test_groups);
  g_test_add_func("/train/sampler/missing-is-silent", test_missing_is_silent);
  g_test_add_func("/train/sampler/weights", test_weights);
  g_test_add_func("/train/sampler/normalised-and-redrawn", test_normalised_and_redrawn);
  g_test_add_func("/train/sampler/in-order", test_in_order);
  g_test_add_func("/train/sampler/cancelled", test_cancelled);
  g_test_add_func("/train/sampler/refusals", test_refusals);
  g_test_add_func("/train/sampler/json", test_json);
  return g_test_run();
}
