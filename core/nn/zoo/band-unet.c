/* A small U-Net over frequency bands, for masks of several sources at once.
 *
 * Input "mixture" [batch, channels, bands, frames]: magnitudes; bands a multiple of 32. Result "mask" [batch,
 * sources·channels, bands, frames], source by source: for each cell and channel a softmax over the sources.
 *
 * The form is the U-Net's of Jansson et al. (ISMIR 2017), changed for speed: convolutions stride over
 * frequency alone, the first by 4, so that only input and result have full resolution; what is far apart in
 * time meets in the bottleneck, three dilated convolutions over whole frames, added to what they read as in
 * Bai, Kolter, Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
 * Modeling", 2018. A frame sees 2 + 6 + 16 frames to either side through these, 4 more through the encoder
 * and one through the last convolution. Magnitudes are compressed as
 * log(x + ε). */
#include <stdio.h>

#include "core/nn/zoo/zoo.h"

enum { N_LEVELS = 4, N_DILATIONS = 3, STANDARD_BANDS = 768, FIRST_STRIDE = 4, ALL_STRIDES = 32 };

static const int64_t dilations[N_DILATIONS] = { 2, 6, 16 };

/* ε and the factor that leaves values of about one: 32-bit sound's magnitudes lie between 1e-2 and 1e3. */
static const double LOG_FLOOR = 0.01, LOG_FACTOR = 0.4;

SgModelBands
sg_zoo_band_unet_bands(void)
{
  return (SgModelBands){ 512, 4, STANDARD_BANDS };
}

static const char *
name_of(char out[SG_NODE_NAME_SIZE], const char *kind, int64_t layer)
{
  snprintf(out, SG_NODE_NAME_SIZE, "%s%lld", kind, (long long)layer);
  return out;
}

/* A convolution's result through batch norm and ReLU. */
static int
activate(SgGraph *graph, int x, const char *kind, int64_t layer)
{
  char name[SG_NODE_NAME_SIZE];
  snprintf(name, sizeof name, "%s%lld.norm", kind, (long long)layer);
  x = sg_graph_add_1(graph, "batch_norm", name, x, NULL);
  snprintf(name, sizeof name, "%s%lld.act", kind, (long long)layer);
  return sg_graph_add_1(graph, "relu", name, x, NULL);
}

static int
encode(SgGraph *graph, int x, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  SgAttributes attributes = {
    .units = units, .kernel = { 4, 3 }, .stride = { 2, 1 }, .padding = { 1, 1 }, .no_bias = true
  };
  if (layer == 1) {
    attributes.kernel[0] = 8;
    attributes.stride[0] = FIRST_STRIDE;
    attributes.padding[0] = 2;
  }
  x = sg_graph_add_1(graph, "conv_2d", name_of(name, "down", layer), x, &attributes);
  return activate(graph, x, "down", layer);
}

static int
decode(SgGraph *graph, int x, int skip, int64_t layer, int64_t units)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_2(graph, "concat", name_of(name, "skip", layer), x, skip, &(SgAttributes){ .axis = 1 });
  x = sg_graph_add_1(
      graph, "conv_transpose_2d", name_of(name, "up", layer), x,
      &(SgAttributes){ .units = units, .kernel = { 2, 1 }, .stride = { 2, 1 }, .no_bias = true });
  return activate(graph, x, "up", layer);
}

static int
drop(SgGraph *graph, int x, const char *name, double probability)
{
  return probability > 0.0
             ? sg_graph_add_1(graph, "dropout", name, x, &(SgAttributes){ .probability = probability })
             : x;
}

/* [batch, units, bands, frames] through convolutions over whole frames, of `hidden` values each. */
static int
mix_times(SgGraph *graph, int x, int64_t units, int64_t n_bands, const SgBandUnetSettings *s)
{
  const int64_t hidden = s->hidden;
  char name[SG_NODE_NAME_SIZE];
  int y = sg_graph_add_1(graph, "reshape", "frames", x,
                         &(SgAttributes){ .shape = SG_SHAPE(0, units * n_bands, -1) });
  y = sg_graph_add_1(graph, "conv_1d", "enter", y, &(SgAttributes){ .units = hidden, .kernel = { 1 } });
  y = sg_graph_add_1(graph, "relu", "enter.act", y, NULL);
  y = drop(graph, y, "enter.drop", s->dropout);
  for (int64_t i = 0; i < N_DILATIONS; i++) {
    int z = sg_graph_add_1(
        graph, "conv_1d", name_of(name, "time", i + 1), y,
        &(SgAttributes){
            .units = hidden, .kernel = { 3 }, .padding = { dilations[i] }, .dilation = { dilations[i] } });
    z = sg_graph_add_1(graph, "relu", name_of(name, "time.act", i + 1), z, NULL);
    y = sg_graph_add_2(graph, "add", name_of(name, "time.sum", i + 1), y, z, NULL);
  }
  y = sg_graph_add_1(graph, "conv_1d", "leave", y,
                     &(SgAttributes){ .units = units * n_bands, .kernel = { 1 } });
  y = sg_graph_add_1(graph, "relu", "leave.act", y, NULL);
  y = drop(graph, y, "leave.drop", s->dropout);
  return sg_graph_add_1(graph, "reshape", "bands", y,
                        &(SgAttributes){ .shape = SG_SHAPE(0, units, n_bands, -1) });
}

/* log(x + ε) of the magnitudes with a level for each band. */
static int
compress(SgGraph *graph, int x, int64_t n_channels, int64_t n_bands)
{
  x = sg_graph_add_1(graph, "scale", "above", x, &(SgAttributes){ .multiplier = 1.0, .addend = LOG_FLOOR });
  x = sg_graph_add_1(graph, "log", "log", x, NULL);
  x = sg_graph_add_1(graph, "scale", "level", x, &(SgAttributes){ .multiplier = LOG_FACTOR });
  int level = sg_graph_add_parameter(graph, "band_level", SG_SHAPE(n_channels, n_bands, 1), 0.0);
  return sg_graph_add_2(graph, "add", "features", x, level, NULL);
}

/* The last layer's result to masks: each band adds a level of its own, and the sources compete. */
static int
compete(SgGraph *graph, int x, int64_t n_sources, int64_t n_channels, int64_t n_bands)
{
  int level = sg_graph_add_parameter(graph, "mask_level", SG_SHAPE(n_sources * n_channels, n_bands, 1), 0.0);
  x = sg_graph_add_2(graph, "add", "logits", x, level, NULL);
  x = sg_graph_add_1(graph, "reshape", "by_source", x,
                     &(SgAttributes){ .shape = SG_SHAPE(0, n_sources, n_channels * n_bands, -1) });
  x = sg_graph_add_1(graph, "softmax", "shares", x, &(SgAttributes){ .axis = 1 });
  return sg_graph_add_1(graph, "reshape", "mask", x,
                        &(SgAttributes){ .shape = SG_SHAPE(0, n_sources * n_channels, n_bands, -1) });
}

static int
build(SgGraph *graph, const SgBandUnetSettings *s)
{
  const int64_t units[N_LEVELS] = { s->width, s->width * 3 / 2, s->width * 2, s->width * 3 };
  int layers[N_LEVELS];
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, s->n_channels, s->n_bands, -1));
  int x = compress(graph, mixture, s->n_channels, s->n_bands);
  for (int64_t i = 0; i < N_LEVELS; i++)
    x = layers[i] = encode(graph, x, i + 1, units[i]);
  x = mix_times(graph, x, units[N_LEVELS - 1], s->n_bands / ALL_STRIDES, s);
  for (int64_t i = N_LEVELS - 1; i > 0; i--)
    x = decode(graph, x, layers[i], i + 1, units[i - 1]);
  x = sg_graph_add_2(graph, "concat", "skip1", x, layers[0], &(SgAttributes){ .axis = 1 });
  x = sg_graph_add_1(
      graph, "conv_2d", "join", x,
      &(SgAttributes){ .units = s->width, .kernel = { 3, 3 }, .padding = { 1, 1 }, .no_bias = true });
  x = activate(graph, x, "join", 1);
  x = sg_graph_add_1(graph, "conv_transpose_2d", "out", x,
                     &(SgAttributes){ .units = s->n_sources * s->n_channels,
                                      .kernel = { 2 * FIRST_STRIDE, 1 },
                                      .stride = { FIRST_STRIDE, 1 },
                                      .padding = { FIRST_STRIDE / 2, 0 } });
  return compete(graph, x, s->n_sources, s->n_channels, s->n_bands);
}

SgStatus
sg_zoo_band_unet(SgBandUnetSettings settings, SgGraph **out_graph, SgError *error)
{
  settings.n_channels = settings.n_channels != 0 ? settings.n_channels : 2;
  settings.n_sources = settings.n_sources != 0 ? settings.n_sources : 4;
  settings.width = settings.width != 0 ? settings.width : 32;
  settings.hidden = settings.hidden != 0 ? settings.hidden : 256;
  settings.n_bands = settings.n_bands != 0 ? settings.n_bands : STANDARD_BANDS;
  *out_graph = NULL;
  if (settings.width < 2 || settings.width > 1024 || !(settings.dropout >= 0.0 && settings.dropout < 1.0) ||
      settings.n_sources < 1 || settings.n_channels < 1 || settings.n_bands < 1 ||
      settings.n_bands % ALL_STRIDES != 0)
    return sg_error_set(error, SG_BAD_GRAPH, NULL,
                        "band U-Net: a width of 2 to 1024, a multiple of 32 bands, a dropout below 1");
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sg_graph_add_output(graph, build(graph, &settings));
  SgStatus status = sg_graph_check(graph, error);
  if (status == SG_OK)
    *out_graph = graph;
  else
    sg_graph_free(graph);
  return status;
}
