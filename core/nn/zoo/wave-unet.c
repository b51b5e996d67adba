/* Waveform U-Net that separates an instrument, after the spectrogram U-Net of Jansson et al. (ISMIR 2017)
 * with one dimension in the place of two.
 *
 * Input "mixture" [batch, channels, window]: samples of a window, which is a multiple of 2^depth (the
 * original: 64 samples; its authors name that as its main weakness). Result "estimate"
 * [batch, sources·channels, window]: mask ⊙ mixture, source by source.
 *
 * Encoder: convolutions of stride 2, 16 channels doubled to 512, with batch norm and leaky ReLU. Decoder: the
 * same transposed with ReLU, each but the last joined with the encoder's layer of its size; dropout ½ behind
 * the first and third; the last gives the mask, one number a sample, without bounds, since a source may be
 * louder than the mixture or have the other sign. */
#include "core/nn/zoo/frames.h"

enum { MAX_DEPTH = 14, KERNEL = 5 };

static int
encode(SgGraph *graph, int x, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_1(
      graph, "conv_1d", sg_zoo_name(name, "conv", layer), x,
      &(SgAttributes){ .units = units, .kernel = { KERNEL }, .stride = { 2 }, .padding = { KERNEL / 2 } });
  x = sg_graph_add_1(graph, "batch_norm", sg_zoo_name(name, "norm", layer), x, NULL);
  return sg_graph_add_1(graph, "leaky_relu", sg_zoo_name(name, "act", layer), x,
                        &(SgAttributes){ .slope = 0.2 });
}

static int
decode(SgGraph *graph, int x, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  return sg_graph_add_1(graph, "conv_transpose_1d", sg_zoo_name(name, "deconv", layer), x,
                        &(SgAttributes){ .units = units,
                                         .kernel = { KERNEL },
                                         .stride = { 2 },
                                         .padding = { KERNEL / 2 },
                                         .output_padding = { 1 } });
}

/* What follows a decoder's layer that is not the last: ReLU, dropout behind the first and third, the join. */
static int
join(SgGraph *graph, int x, int skip, int64_t layer, int64_t from_bottom)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_1(graph, "relu", sg_zoo_name(name, "deact", layer), x, NULL);
  if (from_bottom == 0 || from_bottom == 2)
    x = sg_graph_add_1(graph, "dropout", sg_zoo_name(name, "drop", layer), x, NULL);
  return sg_graph_add_2(graph, "concat", sg_zoo_name(name, "skip", layer), x, skip,
                        &(SgAttributes){ .axis = 1 });
}

static int
build(SgGraph *graph, const SgWaveUnetSettings *s)
{
  int encoded[MAX_DEPTH + 1], copies[SG_MAX_INPUTS];
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, s->n_channels, s->window)), x = mixture;
  for (int64_t layer = 1; layer <= s->depth; layer++)
    x = encoded[layer] = encode(graph, x, layer, s->width << (layer - 1));
  for (int64_t layer = s->depth; layer > 1; layer--) {
    x = decode(graph, x, layer, s->width << (layer - 2));
    x = join(graph, x, encoded[layer - 1], layer, s->depth - layer);
  }
  x = decode(graph, x, 1, s->n_sources * s->n_channels);
  for (int64_t i = 0; i < s->n_sources; i++)
    copies[i] = mixture;
  if (s->n_sources > 1)
    mixture =
        sg_graph_add(graph, "concat", "mixtures", copies, (size_t)s->n_sources, &(SgAttributes){ .axis = 1 });
  return sg_graph_add_2(graph, "mul", "estimate", x, mixture, NULL);
}

SgStatus
sg_zoo_wave_unet(SgWaveUnetSettings settings, SgGraph **out_graph, SgError *error)
{
  SgWaveUnetSettings s = settings;
  s.n_channels = s.n_channels != 0 ? s.n_channels : 1;
  s.n_sources = s.n_sources != 0 ? s.n_sources : 1;
  s.width = s.width != 0 ? s.width : 16;
  s.depth = s.depth != 0 ? s.depth : 6;
  s.window = s.window != 0 ? s.window : 64;
  *out_graph = NULL;
  if (s.depth < 1 || s.depth > MAX_DEPTH || s.width < 1 || s.width > 4096 || s.n_sources < 1 ||
      s.n_sources > SG_MAX_INPUTS || s.n_channels < 1 || s.n_channels > 2 || s.window < 1 ||
      s.window > (1 << 24) || s.window % ((int64_t)1 << s.depth) != 0)
    return sg_error_set(error, SG_BAD_GRAPH, NULL,
                        "waveform U-Net: 1 to 14 layers, 1 to 16 sources, a window of whole 2^layers");
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return sg_zoo_finish(graph, build(graph, &s), out_graph, error);
}
