/* The networks that settings can name, with the sizes that each reads (core/nn/zoo/zoo.h says what they mean;
 * left out, they have the published values):
 *
 *   umx            hidden, layers, one_way
 *   cnn-unet       width, depth
 *   band-unet      width, hidden, dropout
 *   dnn            hidden, layers, context, compressed, dropout
 *   drnn           hidden, layers, context, recurrent, compressed, dropout
 *   wvpnn, cvpnn   hidden, layers, compressed
 *   wave-unet      width, depth, window
 *   ensemble-ffn   hidden, layers, bins_in, segment, plain, linear
 *
 * Channels, bins and sources are those of the run. Threads: no shared state. Errors: SG_BAD_GRAPH,
 * SG_NO_MEMORY. */
#pragma once

#include "core/train/train-config.h"

bool sg_train_net_known(const char *net);
/* Whether the network works on waveforms, and the samples that it then takes at once. */
bool sg_train_net_is_wave(const char *net);
int64_t sg_train_net_window(const SgTrainConfig *config);

/* The network that config->net names. */
SgStatus sg_train_net_build(const SgTrainConfig *config, SgGraph **out_graph, SgError *error);
