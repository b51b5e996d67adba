/* The transport: plays a song or its stems, from a position, through an output.
 *
 *   streamer thread: renderer → resampler (soxr) → ring of a deck        callback: ring → gains → device
 *
 * The ring carries every stem by itself at the device's rate, folded down to stereo, so gains act in the
 * callback. A seek or a change of strength fills a second deck from the wanted position; the callback
 * cross-fades to it when it is ready, so neither clicks nor leaves a gap. Positions are samples of the song,
 * whatever the device's rate is. The device is opened by the streamer thread at the first play, never by the
 * caller; that it cannot be is told by sg_transport_get_state, and the next play tries again.
 *
 * A loop is played round and round, cross-faded at its seam (core/play/song-reader.h); when it is set with
 * the playhead at or behind its end the playhead goes to its start. Speed and pitch are changed by a stretch
 * of the mix (core/play/stretch.h); while they are, gains take the way of strengths and are heard within
 * 250 ms. The click and the count-in follow a beat grid.
 *
 * Play and pause fade over 10 ms, but a song that is played from its first sample is heard as it is from
 * there on. At the song's end playing is over and the position stays there; play then begins at the start.
 *
 * Threads: all functions from one control thread (never blocked by the device or by rendering); get_state and
 * the setters of gains may come from any thread. Audio callback: none of these.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/beat/beat-grid.h"
#include "core/io/pcm.h"
#include "core/play/mixer.h"
#include "core/play/output.h"
#include "core/render/renderer.h"

/* What is to be played. Without a renderer the song itself is the only stem. The transport calls
 * release(user) from one of its threads once it no longer reads pcm and renderer. */
typedef struct {
  const SgPcm *pcm;
  const SgRenderer *renderer; /* NULL: the mixture */
  uint32_t n_stems;           /* 1 without a renderer */
  void (*release)(void *user);
  void *user;
} SgTransportSource;

typedef struct {
  bool playing;            /* wanted, and not yet at the end of the song */
  int64_t position;        /* the sample that is heard now */
  uint32_t output_rate_hz; /* 0 while no output is open */
  char output_name[SG_OUTPUT_NAME_SIZE];
  double latency_s;     /* of the output */
  uint32_t block;       /* most frames that a callback asked for */
  uint64_t n_over;      /* frames over full scale that met the soft ceiling */
  uint64_t n_underruns; /* times the ring ran empty while playing */
  SgError output_error; /* status SG_OK, or why playing could not begin or go on */
} SgTransportState;

typedef struct SgTransport SgTransport;

/* Takes `output`, also when it fails; it is used from the streamer thread and freed with the transport. Free
 * waits until the output is closed, and releases the source. */
SgStatus sg_transport_new(SgOutput *output, SgTransport **out_transport, SgError *error);
void sg_transport_free(SgTransport *transport);

/* Replaces what is played; the position is kept when it lies within the new song, playing goes on with a
 * cross-fade. NULL: nothing. Gains and settings of the stems are reset to 1, pans to 0; another song has no
 * loop and no beats at first. */
void sg_transport_set_source(SgTransport *transport, const SgTransportSource *source);

void sg_transport_play(SgTransport *transport);
void sg_transport_pause(SgTransport *transport);
void sg_transport_seek(SgTransport *transport, int64_t position);

/* Linear gain of a stem, 0 when it is muted or another is soloed; smoothed in the callback over 10 ms. */
void sg_transport_set_gain(SgTransport *transport, uint32_t stem, float gain);
/* −1 … 1, a balance (core/play/mixer.h); smoothed in the same way. */
void sg_transport_set_pan(SgTransport *transport, uint32_t stem, float pan);
/* Linear gain of all that is heard, and of the click. */
void sg_transport_set_master(SgTransport *transport, float gain);
void sg_transport_set_click(SgTransport *transport, float gain);
/* Strengths of all stems; heard from a little ahead of the playhead on. */
void sg_transport_set_settings(SgTransport *transport, const SgRenderSettings *settings);
/* Renders again from the playhead on because masks that were not ready now are. */
void sg_transport_refresh(SgTransport *transport);

/* None where end ≤ start; cut to the song. */
void sg_transport_set_loop(SgTransport *transport, SgLoop loop);
/* Cut to what core/play/stretch.h can; 1 and 0: as it is. */
void sg_transport_set_stretch(SgTransport *transport, double speed, double semitones);
/* The grid of click and count-in, of which it takes a reference; NULL: none. */
void sg_transport_set_beats(SgTransport *transport, SgBeatGrid *grid);
/* Linear gain of a bar of clicks before playing begins, 0: none. Needs a grid. */
void sg_transport_set_count_in(SgTransport *transport, float gain);
/* Takes `output` and uses it from now on; playing goes on from where it was. NULL ignored. */
void sg_transport_set_output(SgTransport *transport, SgOutput *output);

/* Any thread. */
void sg_transport_get_meters(const SgTransport *transport, SgMixerMeters *out_meters);
void sg_transport_get_state(const SgTransport *transport, SgTransportState *out_state);
