/* Vector product networks: Fan, Chan, Yang, Jang, "Singing Voice Separation and Pitch Extraction from
 * Monaural Polyphonic Audio Music via DNN and Adaptive Pitch Tracking" with vector product neural networks,
 * 2017; Nitta, "Three-Dimensional Vector Valued Neural Network", 2007.
 *
 * Input and result: core/nn/zoo/frames.h. Every bin becomes a 3-vector, [batch, frames, 3, channels·bins];
 * then `layers` layers of `hidden` vectors (vector_dense, ReLU on each component), a layer that gives a
 * vector for every source and bin, one number of each, z_k, and the joint mask layer.
 *
 *   wvpnn   the vector is the standardised (previous, current, next frame); z is component 2
 *   cvpnn   the vector is the colour of the magnitude, taken as 0 … 1; z is the colour's magnitude
 *
 * Colours (the "hot" map, with n = HOT): r = clamp(x/n), g = clamp((x − n)/n), b = clamp((x − 2n)/(1 − 2n)),
 * each to 0 … 1; its inverse, exact there: x = n·r + n·g + (1 − 2n)·b. */
#include "core/nn/zoo/frames.h"

enum { PUBLISHED_HIDDEN = 512, N_COMPONENTS = 3 };

static const double HOT = 0.0938;

/* x [batch, frames, n] as the vector's components [batch, frames, 3, n]. */
static int
stack(SgGraph *graph, const int components[N_COMPONENTS], int64_t n)
{
  int x = sg_graph_add(graph, "concat", "components", components, N_COMPONENTS, &(SgAttributes){ .axis = 2 });
  return sg_graph_add_1(graph, "reshape", "vectors", x,
                        &(SgAttributes){ .shape = SG_SHAPE(0, 0, N_COMPONENTS, n) });
}

/* clamp((x − from)/width, 0, 1) */
static int
ramp(SgGraph *graph, int x, int64_t number, double from, double width)
{
  char name[SG_NODE_NAME_SIZE];
  x = sg_graph_add_1(graph, "scale", sg_zoo_name(name, "ramp", number), x,
                     &(SgAttributes){ .multiplier = 1.0 / width, .addend = -from / width });
  return sg_graph_add_1(graph, "clamp", sg_zoo_name(name, "colour", number), x,
                        &(SgAttributes){ .minimum = 0.0, .maximum = 1.0 });
}

int
sg_zoo_hot(SgGraph *graph, int x, int64_t n)
{
  int colours[N_COMPONENTS] = { ramp(graph, x, 1, 0.0, HOT), ramp(graph, x, 2, HOT, HOT),
                                ramp(graph, x, 3, 2.0 * HOT, 1.0 - 2.0 * HOT) };
  return stack(graph, colours, n);
}

int
sg_zoo_hot_inverse(SgGraph *graph, int colours)
{
  int shares = sg_graph_add(graph, "constant", "hot", NULL, 0,
                            &(SgAttributes){ .shape = SG_SHAPE(N_COMPONENTS, 1),
                                             .values = (double[]){ HOT, HOT, 1.0 - 2.0 * HOT },
                                             .n_values = N_COMPONENTS });
  int x = sg_graph_add_2(graph, "mul", "shares", colours, shares, NULL);
  return sg_graph_add_1(graph, "sum", "uncoloured", x,
                        &(SgAttributes){ .axes = { 1, { 2 } }, .drop_axes = true });
}

static int
neighbours(SgGraph *graph, int x, int64_t n)
{
  int frames[N_COMPONENTS] = { sg_zoo_shifted(graph, x, -1), x, sg_zoo_shifted(graph, x, 1) };
  return stack(graph, frames, n);
}

static int
middle_component(SgGraph *graph, int vectors, int64_t n)
{
  int x = sg_graph_add_1(graph, "slice", "component2", vectors,
                         &(SgAttributes){ .axis = 2, .start = 1, .end = 2 });
  return sg_graph_add_1(graph, "reshape", "numbers", x, &(SgAttributes){ .shape = SG_SHAPE(0, 0, n) });
}

static int
layers(SgGraph *graph, int x, const SgFrameNetSettings *s)
{
  char name[SG_NODE_NAME_SIZE];
  for (int64_t i = 1; i <= s->layers; i++) {
    x = sg_graph_add_1(graph, "vector_dense", sg_zoo_name(name, "hidden", i), x,
                       &(SgAttributes){ .units = s->hidden });
    x = sg_graph_add_1(graph, "relu", sg_zoo_name(name, "act", i), x, NULL);
  }
  return sg_graph_add_1(graph, "vector_dense", "heads", x,
                        &(SgAttributes){ .units = s->n_sources * s->n_channels * s->n_bins });
}

static SgStatus
build(const SgFrameNetSettings *settings, bool coloured, SgGraph **out_graph, SgError *error)
{
  SgFrameNetSettings s = *settings;
  *out_graph = NULL;
  SgStatus status = sg_zoo_frame_settings(&s, PUBLISHED_HIDDEN, error);
  if (status != SG_OK)
    return status;
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  int64_t n = s.n_channels * s.n_bins;
  int mixture = sg_zoo_mixture(graph, &s), x = sg_zoo_flat_frames(graph, mixture, &s, !coloured);
  x = layers(graph, coloured ? sg_zoo_hot(graph, x, n) : neighbours(graph, x, n), &s);
  x = coloured ? sg_zoo_hot_inverse(graph, x) : middle_component(graph, x, s.n_sources * n);
  return sg_zoo_finish(graph, sg_zoo_joint_mask(graph, x, mixture, &s), out_graph, error);
}

SgStatus
sg_zoo_wvpnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error)
{
  return build(&settings, false, out_graph, error);
}

SgStatus
sg_zoo_cvpnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error)
{
  return build(&settings, true, out_graph, error);
}
