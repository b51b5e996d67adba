#include "core/nn/op.h"
#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"

/* Forward and backward against the definition, in few and many rows. */
static void
test_gradients(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 4; trial++) {
    SgShape shape = SG_SHAPE(draw(&random, 1, 4), 3, draw(&random, 1, 20));
    SgAttributes attributes = { .units = draw(&random, 1, 40), .no_bias = trial % 2 == 0 };
    check_one("vector_dense", &shape, 1, &attributes, &random);
  }
  SgShape many = SG_SHAPE(2, 35, 3, 11);
  check_one("vector_dense", &many, 1, &(SgAttributes){ .units = 37 }, &random);
}

/* Its input used twice: gradients are added to what another node wrote. */
static void
test_accumulates(void)
{
  SgRandom random = test_random();
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 3, 6));
  int a = sg_graph_add_1(graph, "vector_dense", "a", x, &(SgAttributes){ .units = 6 });
  int b = sg_graph_add_1(graph, "vector_dense", "b", x, &(SgAttributes){ .units = 6, .weights_of = "a" });
  int c = sg_graph_add_1(graph, "vector_dense", "c", b, &(SgAttributes){ .units = 6 });
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "product", a, c, NULL));
  net_check(&(NetCheck){ .graph = graph, .shapes = { SG_SHAPE(5, 3, 6) } }, &random);
  sg_graph_free(graph);
}

/* One vector each: e1 × e2 = e3, e2 × e1 = −e3. */
static void
test_order(void)
{
  SgShape shape = SG_SHAPE(1, 3, 1);
  SgGraph *graph = net_of_one("vector_dense", &shape, 1, &(SgAttributes){ .units = 1, .no_bias = true });
  SgTeam *team = sg_team_new(1);
  SgPlan *plan = NULL;
  test_assert_ok(sg_plan_new(graph, &shape, (SgPlanOptions){ 0 }, team, &plan, NULL));
  g_assert_cmpuint(sg_plan_weight_table(plan)->n_rows, ==, 1);
  static float weights[3 * SG_WEIGHT_GRAIN] __attribute__((aligned(64)));
  sg_plan_set_weights(plan, weights, NULL, NULL);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      float *input = sg_plan_input(plan, 0);
      for (int c = 0; c < 3; c++) {
        weights[c] = c == i ? 1.0f : 0.0f;
        input[c] = c == j ? 1.0f : 0.0f;
      }
      test_assert_ok(sg_plan_forward(plan, NULL));
      for (int c = 0; c < 3; c++) {
        float expected = i == j || c == i || c == j ? 0.0f : (j - i + 3) % 3 == 1 ? 1.0f : -1.0f;
        g_assert_cmpfloat(sg_plan_output(plan, 0)[c], ==, expected);
      }
    }
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

static void
test_refuses(void)
{
  SgShape shape = SG_SHAPE(4, 2, 5);
  SgGraph *graph = net_of_one("vector_dense", &shape, 1, &(SgAttributes){ .units = 2 });
  SgTeam *team = sg_team_new(1);
  SgPlan *plan = NULL;
  g_assert_cmpint(sg_plan_new(graph, &shape, (SgPlanOptions){ 0 }, team, &plan, NULL), ==, SG_BAD_GRAPH);
  sg_team_free(team);
  sg_graph_free(graph);
}

/* x → colour → x is the identity on 0 … 1; colours as the map says. */
static void
test_hot(void)
{
  enum { N = 1001 };
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, -1, N));
  int colours = sg_zoo_hot(graph, x, N);
  sg_graph_add_output(graph, colours);
  sg_graph_add_output(graph, sg_zoo_hot_inverse(graph, colours));
  SgTeam *team = sg_team_new(1);
  SgPlan *plan = NULL;
  test_assert_ok(sg_plan_new(graph, &SG_SHAPE(1, 1, N), (SgPlanOptions){ 0 }, team, &plan, NULL));
  for (int i = 0; i < N; i++)
    sg_plan_input(plan, 0)[i] = (float)i / (N - 1);
  test_assert_ok(sg_plan_forward(plan, NULL));
  const float *rgb = sg_plan_output(plan, 0);
  for (int i = 0; i < N; i++) {
    double value = (double)i / (N - 1), n = 0.0938;
    g_assert_cmpfloat_with_epsilon(sg_plan_output(plan, 1)[i], value, 1e-6);
    g_assert_cmpfloat_with_epsilon(rgb[i], CLAMP(value / n, 0, 1), 1e-5);
    g_assert_cmpfloat_with_epsilon(rgb[N + i], CLAMP((value - n) / n, 0, 1), 1e-5);
    g_assert_cmpfloat_with_epsilon(rgb[2 * N + i], CLAMP((value - 2 * n) / (1 - 2 * n), 0, 1), 1e-5);
  }
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vector-dense/gradients", test_gradients);
  g_test_add_func("/vector-dense/accumulates", test_accumulates);
  g_test_add_func("/vector-dense/order", test_order);
  g_test_add_func("/vector-dense/refuses", test_refuses);
  g_test_add_func("/vector-dense/hot", test_hot);
  return g_test_run();
}
