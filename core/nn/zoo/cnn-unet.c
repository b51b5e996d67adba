/* Spectrogram U-Net: Jansson, Humphrey, Montecchio, Bittner, Kumar, Weyde, "Singing Voice Separation with
 * Deep U-Net Convolutional Networks", ISMIR 2017.
 *
 * Input "mixture" [batch, channels, bins, frames]: magnitudes, bins and frames multiples of 2^depth (the
 * paper: 512 × 128). Result "estimate" [batch, sources·channels, bins, frames]: mask ⊙ mixture, source by
 * source.
 *
 * Encoder: 5×5 convolutions of stride 2 with batch norm and leaky ReLU 0.2, 16 channels doubled to 512.
 * Decoder: the same transposed, each behind a join with the encoder's layer of its size, with batch norm,
 * ReLU, and dropout ½ on the first three; the last gives the masks through a sigmoid. */
#include <stdio.h>

#include "core/nn/zoo/zoo.h"

enum { MAX_DEPTH = 10, N_DROPOUTS = 3 };

static const char *
name_of(char out[SG_NODE_NAME_SIZE], const char *kind, int64_t layer)
{
  snprintf(out, SG_NODE_NAME_SIZE, "%s%lld", kind, (long long)layer);
  return out;
}

static int
encode(SgGraph *graph, int x, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_1(
      graph, "conv_2d", name_of(name, "conv", layer), x,
      &(SgAttributes){ .units = units, .kernel = { 5, 5 }, .stride = { 2, 2 }, .padding = { 2, 2 } });
  x = sg_graph_add_1(graph, "batch_norm", name_of(name, "norm", layer), x, NULL);
  return sg_graph_add_1(graph, "leaky_relu", name_of(name, "act", layer), x, &(SgAttributes){ .slope = 0.2 });
}

static int
decode(SgGraph *graph, int x, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  return sg_graph_add_1(graph, "conv_transpose_2d", name_of(name, "deconv", layer), x,
                        &(SgAttributes){ .units = units,
                                         .kernel = { 5, 5 },
                                         .stride = { 2, 2 },
                                         .padding = { 2, 2 },
                                         .output_padding = { 1, 1 } });
}

/* What follows a decoder's convolution that is not the last. */
static int
activate(SgGraph *graph, int x, int64_t layer, bool drops)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_1(graph, "batch_norm", name_of(name, "denorm", layer), x, NULL);
  x = sg_graph_add_1(graph, "relu", name_of(name, "deact", layer), x, NULL);
  return drops ? sg_graph_add_1(graph, "dropout", name_of(name, "drop", layer), x, NULL) : x;
}

static int
join(SgGraph *graph, int x, int skip, int64_t layer)
{
  char name[SG_NODE_NAME_SIZE];
  return sg_graph_add_2(graph, "concat", name_of(name, "skip", layer), x, skip, &(SgAttributes){ .axis = 1 });
}

/* mask ⊙ mixture; with several sources the mixture is joined to itself. */
static int
apply_mask(SgGraph *graph, int mask, int mixture, int64_t n_sources)
{
  int copies[SG_MAX_INPUTS];
  for (int64_t i = 0; i < n_sources; i++)
    copies[i] = mixture;
  if (n_sources > 1)
    mixture =
        sg_graph_add(graph, "concat", "mixtures", copies, (size_t)n_sources, &(SgAttributes){ .axis = 1 });
  return sg_graph_add_2(graph, "mul", "estimate", mask, mixture, NULL);
}

static int
build(SgGraph *graph, int64_t n_channels, int64_t n_sources, int64_t width, int64_t depth)
{
  int layers[MAX_DEPTH + 1];
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, n_channels, -1, -1)), x = mixture;
  for (int64_t layer = 1; layer <= depth; layer++)
    x = layers[layer] = encode(graph, x, layer, width << (layer - 1));
  for (int64_t layer = depth; layer > 1; layer--) {
    x = decode(graph, x, layer, width << (layer - 2));
    x = activate(graph, x, layer, depth - layer < N_DROPOUTS);
    x = join(graph, x, layers[layer - 1], layer);
  }
  x = decode(graph, x, 1, n_sources * n_channels);
  x = sg_graph_add_1(graph, "sigmoid", "mask", x, NULL);
  return apply_mask(graph, x, mixture, n_sources);
}

SgStatus
sg_zoo_cnn_unet(SgCnnUnetSettings settings, SgGraph **out_graph, SgError *error)
{
  int64_t n_channels = settings.n_channels != 0 ? settings.n_channels : 1;
  int64_t n_sources = settings.n_sources != 0 ? settings.n_sources : 1;
  int64_t width = settings.width != 0 ? settings.width : 16, depth = settings.depth != 0 ? settings.depth : 6;
  *out_graph = NULL;
  if (depth < 1 || depth > MAX_DEPTH || width < 1 || width > 4096 || n_sources < 1 ||
      n_sources > SG_MAX_INPUTS)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "U-Net: 1 to 10 layers, 1 to 16 sources");
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sg_graph_add_output(graph, build(graph, n_channels, n_sources, width, depth));
  SgStatus status = sg_graph_check(graph, error);
  if (status == SG_OK)
    *out_graph = graph;
  else
    sg_graph_free(graph);
  return status;
}
