/* The streamer: the thread that does what the transport is told, so that nobody waits for it.
 *
 * It opens and starts the output, renders from the playhead on into the mixer's decks, begins a new deck at a
 * seek or a change of what is heard, notices the song's end and a device that has gone, and releases songs
 * that are no longer read. What is wanted and how it stands are in SgOrders, under a lock that is held for
 * moments only.
 *
 * Internal to core/play/transport.c. Ownership: free with sg_streamer_free (NULL ignored), which ends the
 * thread and frees output and sources. Threads: fields of SgOrders only under its lock; new and free from one
 * thread. Audio callback: never. Errors: SG_NO_MEMORY.
 */
#pragma once

#include "core/play/mixer.h"
#include "core/play/orders.h"
#include "core/play/output.h"

typedef struct SgStreamer SgStreamer;

/* Takes `output`, also when it fails. */
SgStatus sg_streamer_new(SgOutput *output, SgStreamer **out_streamer, SgError *error);
void sg_streamer_free(SgStreamer *streamer);
SgOrders *sg_streamer_orders(const SgStreamer *streamer);
SgMixer *sg_streamer_mixer(const SgStreamer *streamer);
