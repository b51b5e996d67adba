/* Reads what is played, block by block: the stems (or the song) folded to stereo, with the mixture beside
 * them, from a sample of the song on and around the loop.
 *
 * Frames are [n_pairs × 2]: every stem's stereo pair, then the mixture's where the stems are rendered. At the
 * loop's end what follows it is cross-faded into what the loop begins with, linearly over 10 ms (half of the
 * loop where it is shorter): the loop's period is exact and its sum is never louder than what it joins.
 *
 * Ownership: free with sg_song_reader_free (NULL ignored); borrows the source. Threads: all readers of one
 * source in one thread. Audio callback: never. Errors: SG_NO_MEMORY and those of core/base/scratch.h.
 */
#pragma once

#include "core/play/deck-plan.h"
#include "core/play/transport.h"

/* What is played, counted by references. The count is not atomic: ref and unref under one lock. */
typedef struct SgPlaySource SgPlaySource;
struct SgPlaySource {
  SgTransportSource what;
  SgRenderWork *work; /* made by the first reader that needs it */
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

typedef struct SgSongReader SgSongReader;

/* `start` may lie before the song, which is silence there. A loop that ends at or before it is not taken;
 * `returned`: the loop has been round, so that a start close behind its begin lies in the seam. */
SgStatus sg_song_reader_new(SgPlaySource *source, const SgRenderSettings *settings, SgLoop loop,
                            int64_t start, bool returned, SgSongReader **out_reader, SgError *error);
void sg_song_reader_free(SgSongReader *reader);

uint32_t sg_song_reader_n_pairs(const SgSongReader *reader);
/* The most frames that one call reads. */
size_t sg_song_reader_block(const SgSongReader *reader);

/* Reads the next frames; *out_n is 0 at the song's end. */
SgStatus sg_song_reader_read(SgSongReader *reader, float *out_frames, size_t *out_n, SgError *error);
