#include "tests/core/nn/net-check.h"

enum { N_TRIALS = 8 };

static void
test_drawn(const char *op)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgShape shape = SG_SHAPE(draw(&random, 1, 6), draw(&random, 1, 7), draw(&random, 1, 6));
    SgAttributes attributes = { .units = draw(&random, 1, 7),
                                .layers = draw(&random, 1, 4),
                                .bidirectional = trial % 2 == 0,
                                .time_first = trial % 4 < 2,
                                .no_bias = trial % 3 == 2,
                                .relu = trial % 3 == 0 };
    SgGraph *graph = net_of_one(op, &shape, 1, &attributes);
    net_check(
        &(NetCheck){
            .graph = graph, .shapes = { shape }, .gradient_limit = 1e-4, .saturates = true, .n_probes = 5 },
        &random);
    sg_graph_free(graph);
  }
}

static void
test_rnn(void)
{
  test_drawn("rnn");
}

static void
test_gru(void)
{
  test_drawn("gru");
}

static void
test_lstm(void)
{
  test_drawn("lstm");
}

/* Wide enough for every vector path, and gradients that are added to others'. */
static void
test_wide(void)
{
  SgRandom random = test_random();
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, -1, 33));
  int a = sg_graph_add_1(graph, "tanh", "a", x, NULL);
  int y = sg_graph_add_1(graph, "lstm", "lstm", a, &(SgAttributes){ .units = 40, .bidirectional = true });
  int z = sg_graph_add_1(graph, "gru", "gru", a, &(SgAttributes){ .units = 40, .bidirectional = true });
  sg_graph_add_output(
      graph, sg_graph_add(graph, "concat", "end", (int[]){ a, y, z }, 3, &(SgAttributes){ .axis = 2 }));
  net_check(&(NetCheck){ .graph = graph, .shapes = { SG_SHAPE(9, 11, 33) }, .n_probes = 3 }, &random);
  sg_graph_free(graph);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recurrent/rnn", test_rnn);
  g_test_add_func("/recurrent/gru", test_gru);
  g_test_add_func("/recurrent/lstm", test_lstm);
  g_test_add_func("/recurrent/wide", test_wide);
  return g_test_run();
}
