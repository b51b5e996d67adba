/* Open-Unmix: Stöter, Uhlich, Liutkus, Mitsufuji, "Open-Unmix – A Reference Implementation for Music Source
 * Separation", Journal of Open Source Software 4(41), 2019. One network a source.
 *
 * Input "mixture" [batch, frames, channels, bins]: magnitudes. Result "estimate", the same shape: the
 * source's magnitudes. Weights have the names of the authors' state dictionary.
 *
 *   x = (mixture's lower bins + input_mean)·input_scale, flattened to channels·bins_in
 *   fc1, bn1, tanh → hidden;  lstm of 3 layers, hidden/2 each way;  join [fc1's, lstm's]
 *   fc2, bn2, ReLU → hidden;  fc3, bn3 → channels·bins
 *   estimate = ReLU(·output_scale + output_mean) ⊙ mixture */
#include "core/nn/zoo/zoo.h"

/* Dense without bias and batch norm over the last axis. */
static int
dense_norm(SgGraph *graph, int x, const char *dense, const char *norm, int64_t units)
{
  x = sg_graph_add_1(graph, "dense", dense, x, &(SgAttributes){ .units = units, .no_bias = true });
  return sg_graph_add_1(graph, "batch_norm", norm, x, &(SgAttributes){ .axis = 2 });
}

static int
input_layer(SgGraph *graph, int mixture, const SgUmxSettings *s)
{
  int mean = sg_graph_add_parameter(graph, "input_mean", SG_SHAPE(s->n_bins_in), 0.0);
  int scale = sg_graph_add_parameter(graph, "input_scale", SG_SHAPE(s->n_bins_in), 1.0);
  int x = mixture;
  if (s->n_bins_in < s->n_bins)
    x = sg_graph_add_1(graph, "slice", "crop", x, &(SgAttributes){ .axis = 3, .end = s->n_bins_in });
  x = sg_graph_add_2(graph, "add", "centred", x, mean, NULL);
  x = sg_graph_add_2(graph, "mul", "scaled", x, scale, NULL);
  x = sg_graph_add_1(graph, "reshape", "flat", x, &(SgAttributes){ .shape = SG_SHAPE(0, 0, -1) });
  x = dense_norm(graph, x, "fc1", "bn1", s->hidden);
  return sg_graph_add_1(graph, "tanh", "act1", x, NULL);
}

static int
output_layer(SgGraph *graph, int x, int mixture, const SgUmxSettings *s)
{
  x = dense_norm(graph, x, "fc2", "bn2", s->hidden);
  x = sg_graph_add_1(graph, "relu", "act2", x, NULL);
  x = dense_norm(graph, x, "fc3", "bn3", s->n_channels * s->n_bins);
  x = sg_graph_add_1(graph, "reshape", "bins", x,
                     &(SgAttributes){ .shape = SG_SHAPE(0, 0, s->n_channels, s->n_bins) });
  int scale = sg_graph_add_parameter(graph, "output_scale", SG_SHAPE(s->n_bins), 1.0);
  int mean = sg_graph_add_parameter(graph, "output_mean", SG_SHAPE(s->n_bins), 1.0);
  x = sg_graph_add_2(graph, "mul", "rescaled", x, scale, NULL);
  x = sg_graph_add_2(graph, "add", "moved", x, mean, NULL);
  x = sg_graph_add_1(graph, "relu", "gain", x, NULL);
  return sg_graph_add_2(graph, "mul", "estimate", x, mixture, NULL);
}

static int64_t
or_standard(int64_t value, int64_t standard)
{
  return value != 0 ? value : standard;
}

SgStatus
sg_zoo_umx(SgUmxSettings settings, SgGraph **out_graph, SgError *error)
{
  SgUmxSettings s = settings;
  s.n_channels = or_standard(s.n_channels, 2);
  s.n_bins = or_standard(s.n_bins, 2049);
  s.n_bins_in = or_standard(s.n_bins_in, s.n_bins < 1487 ? s.n_bins : 1487);
  s.hidden = or_standard(s.hidden, 512);
  s.layers = or_standard(s.layers, 3);
  *out_graph = NULL;
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, -1, s.n_channels, s.n_bins));
  int x = input_layer(graph, mixture, &s);
  int lstm = sg_graph_add_1(graph, "lstm", "lstm", x,
                            &(SgAttributes){ .units = s.one_way ? s.hidden : s.hidden / 2,
                                             .layers = s.layers,
                                             .bidirectional = !s.one_way });
  int joined = sg_graph_add_2(graph, "concat", "skip", x, lstm, &(SgAttributes){ .axis = 2 });
  sg_graph_add_output(graph, output_layer(graph, joined, mixture, &s));
  SgStatus status = sg_graph_check(graph, error);
  if (status == SG_OK)
    *out_graph = graph;
  else
    sg_graph_free(graph);
  return status;
}
