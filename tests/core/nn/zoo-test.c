#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"

/* Trainable numbers of a network at a shape of its input. */
static gint64
count_weights(const SgGraph *graph, SgShape shape, SgShape *out_result)
{
  SgTeam *team = sg_team_new(1);
  SgPlan *plan = NULL;
  SgError error = { 0 };
  SgStatus status = sg_plan_new(graph, &shape, (SgPlanOptions){ 0 }, team, &plan, &error);
  if (status != SG_OK)
    g_error("%s", error.detail);
  gint64 n = 0;
  const SgWeightTable *table = sg_plan_weight_table(plan);
  for (gsize i = 0; i < table->n_rows; i++)
    n += table->rows[i].is_state ? 0 : (gint64)table->rows[i].count;
  *out_result = *sg_plan_output_shape(plan, 0);
  sg_plan_free(plan);
  sg_team_free(team);
  return n;
}

static void
assert_net(SgStatus status, SgGraph *graph, SgShape shape, SgShape expected, gint64 n_expected)
{
  char text[2][SG_SHAPE_TEXT_SIZE];
  SgShape result;
  g_assert_cmpint(status, ==, SG_OK);
  g_assert_cmpint(count_weights(graph, shape, &result), ==, n_expected);
  g_assert_cmpstr(sg_shape_text(&result, text[0]), ==, sg_shape_text(&expected, text[1]));
  sg_graph_free(graph);
}

/* The published sizes: 3 layers of 1000 units, 1024-point STFT, two sources; the input's two statistics a bin
 * are ours. */
static void
test_drnn_sizes(void)
{
  enum { BINS = 513, H = 1000, HEADS = (H + 1) * 2 * BINS, OURS = 2 * BINS };
  const SgShape shape = SG_SHAPE(2, 7, 1, BINS), result = SG_SHAPE(2, 2, 7, 1, BINS);
  SgGraph *graph = NULL;
  SgStatus status = sg_zoo_dnn((SgFrameNetSettings){ 0 }, &graph, NULL);
  assert_net(status, graph, shape, result, (BINS + 1) * H + 2 * (H + 1) * H + HEADS + OURS);
  status = sg_zoo_dnn((SgFrameNetSettings){ .context = 3 }, &graph, NULL);
  assert_net(status, graph, shape, result, (3 * BINS + 1) * H + 2 * (H + 1) * H + HEADS + OURS);
  /* A recurrent layer has H² weights more, and PyTorch's second bias. */
  status = sg_zoo_drnn((SgFrameNetSettings){ .context = 5, .recurrent = 2 }, &graph, NULL);
  assert_net(status, graph, shape, result, (5 * BINS + 1) * H + 2 * (H + 1) * H + (H + 1) * H + HEADS + OURS);
  status = sg_zoo_drnn((SgFrameNetSettings){ .context = 3 }, &graph, NULL);
  assert_net(status, graph, shape, result,
             (3 * BINS + 1) * H + 2 * (H + 1) * H + 3 * (H + 1) * H + HEADS + OURS);
}

/* Behind each layer, of the share that was asked for. */
static void
test_drnn_dropout(void)
{
  SgGraph *graph = NULL;
  test_assert_ok(sg_zoo_drnn((SgFrameNetSettings){ .recurrent = 2 }, &graph, NULL));
  g_assert_cmpint(sg_graph_find(graph, "drop1"), <, 0);
  sg_graph_free(graph);
  test_assert_ok(sg_zoo_drnn((SgFrameNetSettings){ .recurrent = 2, .dropout = 0.3 }, &graph, NULL));
  static const char *const names[][2] = { { "drop1", "act1" }, { "drop2", "hidden2" }, { "drop3", "act3" } };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    int drop = sg_graph_find(graph, names[i][0]);
    g_assert_cmpint(drop, >=, 0);
    g_assert_cmpint(sg_graph_node(graph, (size_t)drop)->inputs[0], ==, sg_graph_find(graph, names[i][1]));
    g_assert_cmpfloat(sg_graph_node(graph, (size_t)drop)->attributes.probability, ==, 0.3);
  }
  sg_graph_free(graph);
}

/* 512 × 3 vectors: a vector product layer has three numbers where a dense one has one. */
static void
test_vpnn_sizes(void)
{
  enum { BINS = 513, H = 512, VECTORS = (BINS + 1) * H + 2 * (H + 1) * H + (H + 1) * 2 * BINS };
  const SgShape shape = SG_SHAPE(1, 5, 1, BINS), result = SG_SHAPE(1, 2, 5, 1, BINS);
  SgGraph *graph = NULL;
  SgStatus status = sg_zoo_wvpnn((SgFrameNetSettings){ 0 }, &graph, NULL);
  assert_net(status, graph, shape, result, 3 * VECTORS + 2 * BINS);
  status = sg_zoo_cvpnn((SgFrameNetSettings){ 0 }, &graph, NULL);
  assert_net(status, graph, shape, result, 3 * VECTORS);
}

static void
test_wave_unet_sizes(void)
{
  SgGraph *graph = NULL;
  /* Per layer: 5 in·out weights, out biases; a norm 2·out in the encoder; skips double the decoder's input.
   */
  gint64 n = 0, widths[] = { 1, 16, 32, 64, 128, 256, 512 };
  for (int i = 1; i <= 6; i++) {
    n += 5 * widths[i - 1] * widths[i] + 3 * widths[i];
    n += 5 * widths[i] * (i < 6 ? 2 : 1) * widths[i - 1] + widths[i - 1];
  }
  SgStatus status = sg_zoo_wave_unet((SgWaveUnetSettings){ 0 }, &graph, NULL);
  assert_net(status, graph, SG_SHAPE(9, 1, 64), SG_SHAPE(9, 1, 64), n);
  status = sg_zoo_wave_unet((SgWaveUnetSettings){ .window = 16384 }, &graph, NULL);
  assert_net(status, graph, SG_SHAPE(1, 1, 16384), SG_SHAPE(1, 1, 16384), n);
  g_assert_cmpint(sg_zoo_wave_unet((SgWaveUnetSettings){ .window = 100 }, &graph, NULL), ==, SG_BAD_GRAPH);
  g_assert_null(graph);
}

static void
test_ensemble_sizes(void)
{
  enum { BINS = 65, IN = 40, SEGMENT = 8, N = SEGMENT * IN, H = 32 };
  SgEnsembleSettings settings = { .frames = { .n_bins = BINS, .n_sources = 3, .hidden = H, .layers = 2 },
                                  .n_bins_in = IN,
                                  .segment = SEGMENT };
  const SgShape shape = SG_SHAPE(2, 2 * SEGMENT, 1, BINS), result = SG_SHAPE(2, 3, 2 * SEGMENT, 1, BINS);
  SgGraph *graph = NULL;
  SgStatus status = sg_zoo_ensemble_ffn(settings, &graph, NULL);
  assert_net(status, graph, shape, result, (N + 1) * H + (H + 1) * H + (H + 1) * 3 * N + 2 * IN);
  settings.plain = true;
  status = sg_zoo_ensemble_ffn(settings, &graph, NULL);
  assert_net(status, graph, shape, result, (N + 1) * H + (H + 1) * H + (H + 1) * 3 * N);
  settings.linear = true;
  status = sg_zoo_ensemble_ffn(settings, &graph, NULL);
  assert_net(status, graph, shape, result, (N + 1) * 3 * N);
}

/* Small copies of every network, kernels against definitions. */
static void
check_small(SgStatus status, SgGraph *graph, SgShape shape, double low, double high, SgRandom *random)
{
  g_assert_cmpint(status, ==, SG_OK);
  NetCheck check = {
    .graph = graph, .shapes = { shape }, .low = low, .high = high, .gradient_limit = 1e-3, .n_probes = 4
  };
  net_check(&check, random);
  sg_graph_free(graph);
}

static void
test_gradients(void)
{
  SgRandom random = test_random();
  const SgShape shape = SG_SHAPE(2, 4, 1, 6);
  SgFrameNetSettings frames = { .n_bins = 6, .hidden = 5, .layers = 2, .context = 3 };
  SgGraph *graph = NULL;
  SgStatus status = sg_zoo_dnn(frames, &graph, NULL);
  check_small(status, graph, shape, 0.1, 2.0, &random);
  frames.compressed = true;
  status = sg_zoo_dnn(frames, &graph, NULL);
  check_small(status, graph, shape, 0.1, 2.0, &random);
  frames.n_channels = 2;
  status = sg_zoo_drnn(frames, &graph, NULL);
  check_small(status, graph, SG_SHAPE(2, 4, 2, 6), 0.1, 2.0, &random);
  frames = (SgFrameNetSettings){ .n_bins = 6, .hidden = 5, .layers = 2, .n_sources = 3 };
  status = sg_zoo_wvpnn(frames, &graph, NULL);
  check_small(status, graph, shape, 0.1, 2.0, &random);
  status = sg_zoo_cvpnn(frames, &graph, NULL);
  check_small(status, graph, shape, 0.19, 0.9, &random);
  SgEnsembleSettings ensemble = { .frames = frames, .n_bins_in = 5, .segment = 2 };
  status = sg_zoo_ensemble_ffn(ensemble, &graph, NULL);
  check_small(status, graph, shape, 0.1, 2.0, &random);
  SgWaveUnetSettings waves = { .width = 2, .depth = 3, .window = 16, .n_sources = 2 };
  status = sg_zoo_wave_unet(waves, &graph, NULL);
  check_small(status, graph, SG_SHAPE(3, 1, 16), -1.0, 1.0, &random);
}

/* The sources of every masking network sum to the mixture. */
static void
test_sums_to_mixture(void)
{
  static SgStatus (*const nets[])(SgFrameNetSettings, SgGraph **, SgError *) = { sg_zoo_dnn, sg_zoo_drnn,
                                                                                 sg_zoo_wvpnn, sg_zoo_cvpnn };
  enum { FRAMES = 6, BINS = 9, N = FRAMES * BINS };
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(nets); i++) {
    SgGraph *graph = NULL;
    SgPlan *plan = NULL;
    SgTeam *team = sg_team_new(1);
    g_assert_cmpint(nets[i]((SgFrameNetSettings){ .n_bins = BINS, .hidden = 8 }, &graph, NULL), ==, SG_OK);
    test_assert_ok(
        sg_plan_new(graph, &SG_SHAPE(1, FRAMES, 1, BINS), (SgPlanOptions){ 0 }, team, &plan, NULL));
    const SgWeightTable *table = sg_plan_weight_table(plan);
    float *weights = g_aligned_alloc0(table->n_weights, sizeof(float), 64);
    sg_weight_table_draw(table, 7, weights, NULL);
    sg_plan_set_weights(plan, weights, NULL, NULL);
    for (int k = 0; k < N; k++)
      sg_plan_input(plan, 0)[k] = (float)sg_random_unit(&random);
    test_assert_ok(sg_plan_forward(plan, NULL));
    const float *estimates = sg_plan_output(plan, 0);
    for (int k = 0; k < N; k++)
      g_assert_cmpfloat_with_epsilon(estimates[k] + estimates[N + k], sg_plan_input(plan, 0)[k], 1e-6);
    sg_plan_free(plan);
    sg_team_free(team);
    sg_graph_free(graph);
    g_aligned_free(weights);
  }
}

static void
test_refuses(void)
{
  SgGraph *graph = NULL;
  static const SgFrameNetSettings wrong[] = { { .context = 2 },    { .layers = 2, .recurrent = 3 },
                                              { .n_channels = 3 }, { .n_sources = 17 },
                                              { .n_sources = 1 },  { .layers = -1 },
                                              { .dropout = 1.0 } };
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_assert_cmpint(sg_zoo_drnn(wrong[i], &graph, NULL), ==, SG_BAD_GRAPH);
    g_assert_null(graph);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/zoo/drnn-sizes", test_drnn_sizes);
  g_test_add_func("/zoo/drnn-dropout", test_drnn_dropout);
  g_test_add_func("/zoo/vpnn-sizes", test_vpnn_sizes);
  g_test_add_func("/zoo/wave-unet-sizes", test_wave_unet_sizes);
  g_test_add_func("/zoo/ensemble-sizes", test_ensemble_sizes);
  g_test_add_func("/zoo/gradients", test_gradients);
  g_test_add_func("/zoo/sums-to-mixture", test_sums_to_mixture);
  g_test_add_func("/zoo/refuses", test_refuses);
  return g_test_run();
}
