#include "tests/core/nn/net-check.h"

enum { N_TRIALS = 24 };

static void
draw_attributes(SgRandom *random, SgAttributes *a, SgShape *shape, int n_spatial)
{
  a->groups = draw(random, 0, 2) == 0 ? 2 : 1;
  a->units = a->groups * draw(random, 1, 5);
  a->no_bias = draw(random, 0, 2) == 0;
  *shape =
      (SgShape){ .n_dims = n_spatial + 2, .dims = { draw(random, 1, 5), a->groups * draw(random, 1, 4) } };
  for (int i = 0; i < n_spatial; i++) {
    a->kernel[i] = draw(random, 1, 5);
    a->stride[i] = draw(random, 1, 3);
    a->dilation[i] = draw(random, 1, 2);
    a->output_padding[i] = draw(random, 0, a->stride[i] - 1);
    gint64 least = a->dilation[i] * (a->kernel[i] - 1) + 1;
    a->padding[i] = draw(random, 0, least / 2);
    shape->dims[2 + i] = least + draw(random, 0, 9);
  }
}

static void
test_drawn(const char *op, int n_spatial)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgAttributes attributes = { 0 };
    SgShape shape;
    draw_attributes(&random, &attributes, &shape, n_spatial);
    check_one(op, &shape, 1, &attributes, &random);
  }
}

static void
test_conv_1d(void)
{
  test_drawn("conv_1d", 1);
}

static void
test_conv_2d(void)
{
  test_drawn("conv_2d", 2);
}

static void
test_conv_transpose_1d(void)
{
  test_drawn("conv_transpose_1d", 1);
}

static void
test_conv_transpose_2d(void)
{
  test_drawn("conv_transpose_2d", 2);
}

/* Large enough for several tiles of an image, several images of a tile, and every way of sharing the work. */
static void
test_tiles(void)
{
  static const struct {
    const char *op;
    SgShape shape;
    SgAttributes attributes;
  } cases[] = {
    { "conv_2d",
      { 4, { 2, 3, 70, 41 } },
      { .units = 17, .kernel = { 5, 5 }, .stride = { 2, 2 }, .padding = { 2, 2 } } },
    { "conv_2d", { 4, { 3, 20, 6, 5 } }, { .units = 24, .kernel = { 3, 3 }, .padding = { 1, 1 } } },
    { "conv_2d", { 4, { 2, 5, 30, 41 } }, { .units = 7, .kernel = { 1, 1 } } },
    { "conv_transpose_2d",
      { 4, { 2, 9, 30, 40 } },
      { .units = 5,
        .kernel = { 5, 5 },
        .stride = { 2, 2 },
        .padding = { 2, 2 },
        .output_padding = { 1, 1 } } },
    { "conv_transpose_2d", { 4, { 5, 18, 3, 4 } }, { .units = 14, .kernel = { 5, 5 }, .stride = { 2, 2 } } },
    { "conv_1d", { 3, { 2, 2, 3000 } }, { .units = 6, .kernel = { 8 }, .stride = { 4 }, .padding = { 2 } } },
    { "conv_transpose_1d", { 3, { 2, 6, 1500 } }, { .units = 1, .kernel = { 8 }, .stride = { 4 } } },
  };
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgGraph *graph = net_of_one(cases[i].op, &cases[i].shape, 1, &cases[i].attributes);
    NetCheck check = { .graph = graph, .shapes = { cases[i].shape }, .n_probes = 3 };
    net_check(&check, &random);
    sg_graph_free(graph);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/convolution/conv-1d", test_conv_1d);
  g_test_add_func("/convolution/conv-2d", test_conv_2d);
  g_test_add_func("/convolution/conv-transpose-1d", test_conv_transpose_1d);
  g_test_add_func("/convolution/conv-transpose-2d", test_conv_transpose_2d);
  g_test_add_func("/convolution/tiles", test_tiles);
  return g_test_run();
}
