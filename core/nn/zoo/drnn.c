/* Deep networks with a joint mask layer, without and with recurrence: Huang, Kim, Hasegawa-Johnson,
 * Smaragdis, "Deep Learning for Monaural Speech Separation", ICASSP 2014, and "Singing-Voice Separation from
 * Monaural Recordings Using Deep Recurrent Neural Networks", ISMIR 2014.
 *
 * Input and result: core/nn/zoo/frames.h. Standardised frames with their context → `layers` layers of
 * `hidden` ReLU units → a linear layer that gives z_k of every source → ŷ_k = |z_k|/Σ|z_i| ⊙ mixture.
 *
 *   dnn       all layers dense
 *   drnn-k    layer k recurrent: h_t = ReLU(W x_t + U h_{t−1} + b); recurrent = 0: all of them ("stacked")
 *
 * `dropout` of every layer's units while training is ours: two singers are few.
 *
 * The discriminative variants are the same networks under the loss of core/train/losses.h. */
#include "core/nn/zoo/frames.h"

enum { PUBLISHED_HIDDEN = 1000 };

static int
layer(SgGraph *graph, int x, int64_t number, const SgFrameNetSettings *s, bool recurs)
{
  char name[SG_NODE_NAME_SIZE];
  if (recurs) {
    x = sg_graph_add_1(graph, "rnn", sg_zoo_name(name, "hidden", number), x,
                       &(SgAttributes){ .units = s->hidden, .relu = true });
  } else {
    x = sg_graph_add_1(graph, "dense", sg_zoo_name(name, "hidden", number), x,
                       &(SgAttributes){ .units = s->hidden });
    x = sg_graph_add_1(graph, "relu", sg_zoo_name(name, "act", number), x, NULL);
  }
  return s->dropout > 0.0 ? sg_graph_add_1(graph, "dropout", sg_zoo_name(name, "drop", number), x,
                                           &(SgAttributes){ .probability = s->dropout })
                          : x;
}

static SgStatus
build(const SgFrameNetSettings *settings, bool recurs, SgGraph **out_graph, SgError *error)
{
  SgFrameNetSettings s = *settings;
  *out_graph = NULL;
  SgStatus status = sg_zoo_frame_settings(&s, PUBLISHED_HIDDEN, error);
  if (status != SG_OK)
    return status;
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  int mixture = sg_zoo_mixture(graph, &s);
  int x = sg_zoo_context(graph, sg_zoo_flat_frames(graph, mixture, &s, true), s.context);
  for (int64_t i = 1; i <= s.layers; i++)
    x = layer(graph, x, i, &s, recurs && (s.recurrent == 0 || s.recurrent == i));
  x = sg_graph_add_1(graph, "dense", "heads", x,
                     &(SgAttributes){ .units = s.n_sources * s.n_channels * s.n_bins });
  return sg_zoo_finish(graph, sg_zoo_joint_mask(graph, x, mixture, &s), out_graph, error);
}

SgStatus
sg_zoo_dnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error)
{
  return build(&settings, false, out_graph, error);
}

SgStatus
sg_zoo_drnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error)
{
  return build(&settings, true, out_graph, error);
}
