/* A feeder: the way of a song's samples into a deck of the mixer.
 *
 *   song or renderer → fold to stereo → resampler → frames [n_stems × 2] at the device's rate
 *
 * It begins at one sample of the song and goes on to its end, a tenth of a second at a time. At a begin
 * within the song it runs in on the samples before, so that its frames are those that a feeder from further
 * back gives there: at equal rates the same, else to the resampler's precision where the begin lies on its
 * grid (sg_feeder_grid), else moved by less than half a frame.
 *
 * Ownership: free with sg_feeder_free (NULL ignored); it holds a reference of its source. Threads: all
 * feeders of one source in one thread. Audio callback: never. Errors: SG_NO_MEMORY and those of
 * core/base/scratch.h.
 */
#pragma once

#include "core/play/mixer.h"
#include "core/play/transport.h"

/* What is played, counted by references. The count is not atomic: ref and unref under one lock. */
typedef struct SgPlaySource SgPlaySource;
struct SgPlaySource {
  SgTransportSource what;
  SgRenderWork *work; /* made by the first feeder that needs it */
  unsigned n_references;
  SgPlaySource *next; /* for a list of those without references */
};

/* One reference. NULL when memory is out. */
SgPlaySource *sg_play_source_new(const SgTransportSource *what);
/* Takes a reference away; true when it was the last one: then sg_play_source_release it, outside of the lock.
 */
bool sg_play_source_unref(SgPlaySource *source);
/* Tells the owner that its song is no longer read, and frees the source. NULL ignored. */
void sg_play_source_release(SgPlaySource *source);

typedef struct SgFeeder SgFeeder;

/* Borrows `source`, which must outlive it. */
SgStatus sg_feeder_new(SgPlaySource *source, const SgRenderSettings *settings, uint32_t device_rate_hz,
                       int64_t start, SgFeeder **out_feeder, SgError *error);
void sg_feeder_free(SgFeeder *feeder);

/* Frames after which song and device meet again at a whole sample: device_rate/gcd. */
int64_t sg_feeder_grid(uint32_t song_rate_hz, uint32_t device_rate_hz);

/* Writes the next frames, about a tenth of a second, to a deck of the mixer as far as there is room;
 * *out_ended when the song's last one has been written. */
SgStatus sg_feeder_feed(SgFeeder *feeder, SgMixer *mixer, int deck, bool *out_ended, SgError *error);
