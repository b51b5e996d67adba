/* A feed-forward network for chamber ensembles, and the linear regression that it is held against.
 *
 * Input and result: core/nn/zoo/frames.h; the number of frames is a multiple of `segment`. The lowest
 * `n_bins_in` bins of a segment (all up to 8192 Hz) are flattened into one vector, which passes `layers`
 * layers of `hidden` ELU units and one linear layer, and is a segment of every source again. Bins above are
 * silent.
 *
 *   plain     as first described: magnitudes in, magnitudes out, clipped at zero; known to stay at a flat
 *             loss, or to overflow
 *   masking   standardised input and the joint mask layer of Huang et al. 2014 at the end
 *   linear    plain without hidden layers, y = max(0, Wx + b): the baseline, which core/train/ridge.h solves
 */
#include "core/nn/zoo/frames.h"

enum { PUBLISHED_HIDDEN = 512, STANDARD_SEGMENT = 16, MAX_SEGMENT = 1 << 12 };

/* [batch, frames, channels, bins] → [batch, segments, segment·channels·bins_in] */
static int
flatten(SgGraph *graph, int x, const SgEnsembleSettings *s)
{
  if (s->n_bins_in < s->frames.n_bins)
    x = sg_graph_add_1(graph, "slice", "crop", x, &(SgAttributes){ .axis = 3, .end = s->n_bins_in });
  if (!s->plain) {
    int mean = sg_graph_add_parameter(graph, "input_mean", SG_SHAPE(s->n_bins_in), 0.0);
    int scale = sg_graph_add_parameter(graph, "input_scale", SG_SHAPE(s->n_bins_in), 1.0);
    x = sg_graph_add_2(graph, "add", "centred", x, mean, NULL);
    x = sg_graph_add_2(graph, "mul", "scaled", x, scale, NULL);
  }
  int64_t n = s->segment * s->frames.n_channels * s->n_bins_in;
  return sg_graph_add_1(graph, "reshape", "flat", x, &(SgAttributes){ .shape = SG_SHAPE(0, -1, n) });
}

/* [batch, segments, sources·segment·channels·bins_in] → [batch, sources, frames, channels, bins] */
static int
unflatten(SgGraph *graph, int z, const SgEnsembleSettings *s)
{
  const SgFrameNetSettings *f = &s->frames;
  SgAttributes by_source = { .shape =
                                 SG_SHAPE(0, 0, f->n_sources, s->segment, f->n_channels * s->n_bins_in) };
  z = sg_graph_add_1(graph, "reshape", "by_source", z, &by_source);
  z = sg_graph_add_1(graph, "transpose", "sources_first", z,
                     &(SgAttributes){ .order = SG_SHAPE(0, 2, 1, 3, 4) });
  z = sg_graph_add_1(graph, "reshape", "frames", z,
                     &(SgAttributes){ .shape = SG_SHAPE(0, 0, -1, f->n_channels, s->n_bins_in) });
  if (s->n_bins_in == f->n_bins)
    return z;
  return sg_graph_add_1(graph, "pad", "above", z,
                        &(SgAttributes){ .axis = 4, .after = f->n_bins - s->n_bins_in });
}

static int
build(SgGraph *graph, const SgEnsembleSettings *s)
{
  char name[SG_NODE_NAME_SIZE];
  const SgFrameNetSettings *f = &s->frames;
  int mixture = sg_zoo_mixture(graph, f), x = flatten(graph, mixture, s);
  for (int64_t i = 1; i <= f->layers && !s->linear; i++) {
    x = sg_graph_add_1(graph, "dense", sg_zoo_name(name, "hidden", i), x,
                       &(SgAttributes){ .units = f->hidden });
    x = sg_graph_add_1(graph, "elu", sg_zoo_name(name, "act", i), x, NULL);
  }
  int64_t n_out = f->n_sources * s->segment * f->n_channels * s->n_bins_in;
  x = sg_graph_add_1(graph, "dense", "heads", x, &(SgAttributes){ .units = n_out });
  x = unflatten(graph, x, s);
  return s->plain ? sg_graph_add_1(graph, "relu", "estimate", x, NULL)
                  : sg_graph_add_2(graph, "mask", "estimate", x, mixture, &(SgAttributes){ .axis = 1 });
}

SgStatus
sg_zoo_ensemble_ffn(SgEnsembleSettings settings, SgGraph **out_graph, SgError *error)
{
  SgEnsembleSettings s = settings;
  *out_graph = NULL;
  SgStatus status = sg_zoo_frame_settings(&s.frames, PUBLISHED_HIDDEN, error);
  if (status != SG_OK)
    return status;
  s.plain = s.plain || s.linear;
  s.segment = s.segment != 0 ? s.segment : STANDARD_SEGMENT;
  s.n_bins_in = s.n_bins_in != 0 && s.n_bins_in < s.frames.n_bins ? s.n_bins_in : s.frames.n_bins;
  if (s.segment < 1 || s.segment > MAX_SEGMENT || s.n_bins_in < 1)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "segments of 1 to 4096 frames");
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return sg_zoo_finish(graph, build(graph, &s), out_graph, error);
}
