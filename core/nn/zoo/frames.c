#include "core/nn/zoo/frames.h"

#include <stdio.h>

enum { MAX_LAYERS = 16, MAX_HIDDEN = 1 << 16, MAX_CONTEXT = 15 };

const char *
sg_zoo_name(char out[SG_NODE_NAME_SIZE], const char *kind, int64_t number)
{
  snprintf(out, SG_NODE_NAME_SIZE, "%s%lld", kind, (long long)number);
  return out;
}

static int64_t
or_standard(int64_t value, int64_t standard)
{
  return value != 0 ? value : standard;
}

SgStatus
sg_zoo_frame_settings(SgFrameNetSettings *settings, int64_t hidden, SgError *error)
{
  SgFrameNetSettings *s = settings;
  s->n_channels = or_standard(s->n_channels, 1);
  s->n_bins = or_standard(s->n_bins, 513);
  s->n_sources = or_standard(s->n_sources, 2);
  s->hidden = or_standard(s->hidden, hidden);
  s->layers = or_standard(s->layers, 3);
  s->context = or_standard(s->context, 1);
  bool good = s->n_channels >= 1 && s->n_channels <= 2 && s->n_bins >= 2 && s->n_sources >= 2 &&
              s->n_sources <= SG_MAX_INPUTS && s->hidden >= 1 && s->hidden <= MAX_HIDDEN && s->layers >= 1 &&
              s->layers <= MAX_LAYERS && s->context >= 1 && s->context <= MAX_CONTEXT &&
              s->context % 2 == 1 && s->recurrent >= 0 && s->recurrent <= s->layers && s->dropout >= 0.0 &&
              s->dropout < 1.0;
  return good ? SG_OK
              : sg_error_set(error, SG_BAD_GRAPH, NULL,
                             "1 to 16 layers, 2 to 16 sources (the rest is one), 1 or 2 channels, an odd "
                             "context, recurrence at one of the layers, a dropout below 1");
}

int
sg_zoo_mixture(SgGraph *graph, const SgFrameNetSettings *settings)
{
  return sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, -1, settings->n_channels, settings->n_bins));
}

static int
shift_and_scale(SgGraph *graph, int x, int64_t n_bins)
{
  int mean = sg_graph_add_parameter(graph, "input_mean", SG_SHAPE(n_bins), 0.0);
  int scale = sg_graph_add_parameter(graph, "input_scale", SG_SHAPE(n_bins), 1.0);
  x = sg_graph_add_2(graph, "add", "centred", x, mean, NULL);
  return sg_graph_add_2(graph, "mul", "scaled", x, scale, NULL);
}

int
sg_zoo_flat_frames(SgGraph *graph, int mixture, const SgFrameNetSettings *settings, bool standardised)
{
  int x = mixture;
  if (settings->compressed)
    x = sg_graph_add_1(graph, "sqrt", "compressed", x, NULL);
  if (standardised && settings->compressed)
    x = sg_graph_add_1(graph, "batch_norm", "standardised", x,
                       &(SgAttributes){ .axis = 3, .no_affine = true });
  else if (standardised)
    x = shift_and_scale(graph, x, settings->n_bins);
  return sg_graph_add_1(graph, "reshape", "flat", x, &(SgAttributes){ .shape = SG_SHAPE(0, 0, -1) });
}

int
sg_zoo_shifted(SgGraph *graph, int x, int64_t offset)
{
  char name[SG_NODE_NAME_SIZE];
  if (offset == 0)
    return x;
  bool later = offset > 0;
  int64_t n = later ? offset : -offset;
  SgAttributes pad = { .axis = 1, .before = later ? 0 : n, .after = later ? n : 0 };
  SgAttributes slice = { .axis = 1, .start = later ? n : 0, .end = later ? 0 : -n };
  x = sg_graph_add_1(graph, "pad", sg_zoo_name(name, later ? "pad_next" : "pad_previous", n), x, &pad);
  return sg_graph_add_1(graph, "slice", sg_zoo_name(name, later ? "next" : "previous", n), x, &slice);
}

int
sg_zoo_context(SgGraph *graph, int x, int64_t n)
{
  int frames[SG_MAX_INPUTS];
  if (n == 1)
    return x;
  for (int64_t i = 0; i < n; i++)
    frames[i] = sg_zoo_shifted(graph, x, i - n / 2);
  return sg_graph_add(graph, "concat", "context", frames, (size_t)n, &(SgAttributes){ .axis = 2 });
}

int
sg_zoo_joint_mask(SgGraph *graph, int z, int mixture, const SgFrameNetSettings *settings)
{
  SgAttributes by_source = { .shape = SG_SHAPE(0, 0, settings->n_sources, settings->n_channels,
                                               settings->n_bins) };
  z = sg_graph_add_1(graph, "reshape", "by_source", z, &by_source);
  z = sg_graph_add_1(graph, "transpose", "sources_first", z,
                     &(SgAttributes){ .order = SG_SHAPE(0, 2, 1, 3, 4) });
  return sg_graph_add_2(graph, "mask", "estimate", z, mixture, &(SgAttributes){ .axis = 1 });
}

SgStatus
sg_zoo_finish(SgGraph *graph, int result, SgGraph **out_graph, SgError *error)
{
  sg_graph_add_output(graph, result);
  SgStatus status = sg_graph_check(graph, error);
  if (status == SG_OK)
    *out_graph = graph;
  else
    sg_graph_free(graph);
  return status;
}
