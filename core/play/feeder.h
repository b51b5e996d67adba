/* A feeder: the way of a song's samples into a deck of the mixer.
 *
 *   song reader (around the loop) → [stems mixed → stretch] → resampler → frames at the device's rate, +
 * click
 *
 * It begins at one sample of the song and goes on to its end, or for ever around a loop, a tenth of a second
 * at a time. At a begin within the song it runs in on the samples before, so that its frames are those that a
 * feeder from further back gives there: at equal rates the same, else to the resampler's precision where the
 * begin lies on its grid (sg_feeder_grid), else moved by less than half a frame. (In a loop the run-in is the
 * song before the begin, not the loop's end.)
 *
 * While speed or pitch are changed the stems are mixed first, with the gains of the style, and the deck has
 * one stem; a change of gain is then a change of style, to which the mixer cross-fades. At speed 1 and 0
 * semitones the stretch does not exist and the samples are those of the song.
 *
 * Ownership: free with sg_feeder_free (NULL ignored); it holds a reference of its grid and borrows the
 * source. Threads: all feeders of one source in one thread. Audio callback: never. Errors: SG_NO_MEMORY and
 * those of core/base/scratch.h.
 */
#pragma once

#include "core/beat/beat-grid.h"
#include "core/play/mixer.h"
#include "core/play/song-reader.h"

/* All that shapes a deck when it is made; a change begins a new deck. */
typedef struct {
  SgRenderSettings settings;
  SgLoop loop;
  double speed, semitones;
  SgBeatGrid *grid;               /* of the click; NULL: none */
  float gains[SG_MAX_SOURCES][2]; /* left, right: taken while stretching only */
} SgPlayStyle;

bool sg_play_style_is_stretched(const SgPlayStyle *style);

typedef struct SgFeeder SgFeeder;

/* Borrows `source`, which must outlive it. Takes n_lead, start, and the loop from `plan`, and sets n_stems,
 * has_mixture, has_click, song_rate_hz, speed and (where the deck does not loop) loop in it. */
SgStatus sg_feeder_new(SgPlaySource *source, const SgPlayStyle *style, uint32_t device_rate_hz,
                       SgDeckPlan *plan, SgFeeder **out_feeder, SgError *error);
void sg_feeder_free(SgFeeder *feeder);

/* Frames after which song and device meet again at a whole sample: device_rate/gcd. */
int64_t sg_feeder_grid(uint32_t song_rate_hz, uint32_t device_rate_hz);

/* Writes the next frames, about a tenth of a second, to a deck of the mixer as far as there is room;
 * *out_ended when the song's last one has been written. */
SgStatus sg_feeder_feed(SgFeeder *feeder, SgMixer *mixer, int deck, bool *out_ended, SgError *error);
