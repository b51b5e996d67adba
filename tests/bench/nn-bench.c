/* nn-bench [THREADS] [NET]: forward and training step of three networks, in this engine,
 * against this machine's rate of matrix products in the same run, and the peak of its memory.
 * tests/bench/reference/nn-bench.py times the same networks in PyTorch. With --forward there is no training,
 * with --nodes the time of every node is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/nn/plan.h"
#include "core/nn/zoo/zoo.h"
#include "tests/support.h"

enum { N_RUNS = 5, GEMM = 1024 };

static gboolean prints_nodes, forward_only;

typedef struct {
  const char *name;
  SgGraph *graph;
  SgShape shape;
  double forward_flops; /* of the products alone, a step takes about three times that */
  double step_flops;
} Net;

/* Floating-point operations of a node's products in a forward pass, per unit of its output. */
static double
node_flops(const SgPlan *plan, size_t index)
{
  const SgNode *node = sg_graph_node(sg_plan_graph(plan), index);
  const SgAttributes *a = &node->attributes;
  const char *op = sg_node_op_id(node);
  if (node->n_inputs == 0)
    return 0.0;
  const SgShape *in = sg_plan_shape(plan, node->inputs[0]), *out = sg_plan_shape(plan, index);
  double n_in = (double)sg_shape_count(in), n_out = (double)sg_shape_count(out);
  if (strcmp(op, "dense") == 0)
    return 2.0 * n_out * (double)in->dims[in->n_dims - 1];
  if (strcmp(op, "conv_1d") == 0)
    return 2.0 * n_out * (double)(in->dims[1] * a->kernel[0]);
  if (strcmp(op, "conv_2d") == 0)
    return 2.0 * n_out * (double)(in->dims[1] * a->kernel[0] * a->kernel[1] / a->groups);
  if (strcmp(op, "conv_transpose_2d") == 0)
    return 2.0 * n_in * (double)(a->units * a->kernel[0] * a->kernel[1] / a->groups);
  if (strcmp(op, "lstm") == 0) {
    double rows = (double)(in->dims[0] * in->dims[1]), h = (double)a->units, d = a->bidirectional ? 2 : 1;
    return 2.0 * rows * 4 * h * d * (((double)in->dims[2] + h) + (double)(a->layers - 1) * (d * h + h));
  }
  return 0.0;
}

/* A training step's products: as many again for weights, and for inputs where anything before them learns. */
static void
count_flops(Net *net, const SgPlan *plan)
{
  for (size_t i = 0; i < sg_graph_n_nodes(net->graph); i++) {
    double flops = node_flops(plan, i);
    net->forward_flops += flops;
    net->step_flops += 3.0 * flops;
  }
}

/* Seconds for comparison: of the processor with one thread, which other programs do not disturb, else of the
 * clock. */
static double
seconds(unsigned n_threads)
{
  struct timespec now;
  clock_gettime(n_threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void
gemm(unsigned member, void *user)
{
  float *const *matrices = user;
  sg_gemm_float(false, false, GEMM, GEMM, GEMM, 1.0f, matrices[0], GEMM, matrices[1], GEMM, 0.0f,
                matrices[2 + member], GEMM);
}

/* The best of several square products at once on every thread, in GFLOP/s. */
static double
gemm_rate(SgTeam *team)
{
  unsigned n = sg_team_n_threads(team);
  float *matrices[2 + 16];
  for (unsigned i = 0; i < 2 + n; i++) {
    matrices[i] = SG_NEW(float, GEMM *GEMM);
    for (int k = 0; k < GEMM * GEMM; k++)
      matrices[i][k] = (float)(k % 7) * 0.1f;
  }
  double best = 1e9;
  for (int i = 0; i < 12; i++) {
    double start = seconds(n);
    sg_team_run(team, gemm, matrices);
    best = MIN(best, seconds(n) - start);
  }
  for (unsigned i = 0; i < 2 + n; i++)
    sg_free(matrices[i]);
  return 2e-9 * n * (double)GEMM * GEMM * GEMM / best;
}

static void
print_nodes(const SgPlan *plan)
{
  for (size_t i = 0; i < sg_graph_n_nodes(sg_plan_graph(plan)); i++) {
    double forward, backward;
    sg_plan_node_seconds(plan, i, &forward, &backward);
    printf("    %-14s %-18s %8.2f ms %8.2f ms  %7.1f GFLOP/s\n", sg_graph_node(sg_plan_graph(plan), i)->name,
           sg_node_op_id(sg_graph_node(sg_plan_graph(plan), i)), 1e3 * forward, 1e3 * backward,
           forward > 0.0 ? 1e-9 * node_flops(plan, i) / forward : 0.0);
  }
}

/* Best times of an inference forward and of a training step: forward, backward, all gradients cleared. */
static double
time_plan(const Net *net, SgPlan *plan, gboolean training, unsigned n_threads)
{
  const SgWeightTable *table = sg_plan_weight_table(plan);
  float *weights = SG_NEW(float, table->n_weights), *states = SG_NEW(float, table->n_states),
        *gradients = SG_NEW(float, table->n_weights), *input = sg_plan_input(plan, 0);
  SgRandom random = sg_random_seeded(1);
  sg_weight_table_draw(table, 1, weights, states);
  sg_plan_set_weights(plan, weights, states, gradients);
  for (int64_t i = 0; i < sg_shape_count(&net->shape); i++)
    input[i] = (float)sg_random_unit(&random);
  double best = 1e9;
  for (int run = 0; run < N_RUNS; run++) {
    double start = seconds(n_threads);
    test_assert_ok(sg_plan_forward(plan, NULL));
    if (training) {
      float *gradient = sg_plan_output_gradient(plan, 0);
      const float *output = sg_plan_output(plan, 0);
      for (int64_t i = 0; i < sg_shape_count(sg_plan_output_shape(plan, 0)); i++)
        gradient[i] = output[i];
      memset(gradients, 0, table->n_weights * sizeof *gradients);
      test_assert_ok(sg_plan_backward(plan, NULL));
    }
    best = MIN(best, seconds(n_threads) - start);
  }
  if (prints_nodes)
    print_nodes(plan);
  sg_free(weights);
  sg_free(states);
  sg_free(gradients);
  return best;
}

static void
bench(Net net, unsigned n_threads)
{
  SgTeam *team = sg_team_new(n_threads);
  double rate = gemm_rate(team);
  for (int training = 0; training < (forward_only ? 1 : 2); training++) {
    SgPlan *plan;
    SgError error;
    if (sg_plan_new(net.graph, &net.shape, (SgPlanOptions){ .training = training }, team, &plan, &error) !=
        SG_OK)
      g_error("%s", error.detail);
    net.forward_flops = net.step_flops = 0.0;
    count_flops(&net, plan);
    double best = time_plan(&net, plan, training, n_threads);
    double flops = 1e-9 * (training ? net.step_flops : net.forward_flops) / best;
    printf("%-10s %u threads  %-8s %8.1f ms  %7.1f GFLOP/s = %3.0f %% of sgemm's %.0f, arena %.0f MB\n",
           net.name, n_threads, training ? "step" : "forward", 1e3 * best, flops, 100.0 * flops / rate, rate,
           1e-6 * (double)sg_plan_arena_bytes(plan));
    sg_plan_free(plan);
  }
  sg_team_free(team);
}

int
main(int argc, char **argv)
{
  unsigned threads[2] = { 1, 2 };
  gsize n_threads = 2;
  const char *only = NULL;
  struct rusage use;
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--nodes") == 0)
      prints_nodes = TRUE;
    else if (strcmp(argv[i], "--forward") == 0)
      forward_only = TRUE;
    else if (!g_ascii_isdigit(argv[i][0]))
      only = argv[i];
    else
      threads[0] = (unsigned)atoi(argv[i]), n_threads = 1;
  Net umx = { .name = "umx", .shape = SG_SHAPE(16, 255, 2, 2049) };
  Net unet = { .name = "cnn-unet", .shape = SG_SHAPE(8, 1, 512, 128) };
  Net bands = { .name = "band-unet", .shape = SG_SHAPE(8, 2, 768, 128) };
  Net *const nets[] = { &umx, &unet, &bands };
  test_assert_ok(sg_zoo_umx((SgUmxSettings){ 0 }, &umx.graph, NULL));
  test_assert_ok(sg_zoo_cnn_unet((SgCnnUnetSettings){ 0 }, &unet.graph, NULL));
  test_assert_ok(sg_zoo_band_unet((SgBandUnetSettings){ 0 }, &bands.graph, NULL));
  printf("%s\n", sg_linalg_backend());
  for (gsize i = 0; i < n_threads; i++)
    for (gsize k = 0; k < G_N_ELEMENTS(nets); k++)
      if (only == NULL || strcmp(only, nets[k]->name) == 0)
        bench(*nets[k], threads[i]);
  getrusage(RUSAGE_SELF, &use);
  printf("peak resident memory %.0f MB\n", (double)use.ru_maxrss / 1024.0);
  for (gsize k = 0; k < G_N_ELEMENTS(nets); k++)
    sg_graph_free(nets[k]->graph);
  return 0;
}
