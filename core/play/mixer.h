/* The mixer: the half of the transport that runs in the audio callback.
 *
 * Two decks. A deck is a ring of frames at the device's rate, a frame being every stem's stereo pair:
 * [n_stems × 2] floats. The streamer loads a deck, fills it and offers it; the callback takes it over,
 * cross-fading from the deck that played (linear, equal gain, 10 ms), and frees that one:
 *
 *   FREE ─load─▶ LOADING ─offer─▶ OFFERED ─callback─▶ PLAYING ─callback, after a cross-fade─▶ FREE
 *                                    └──── retract ────▶ FREE
 *
 * A deck may be offered to join another at one of its frames, for which it holds the same moment of the song:
 * what the callback is past that frame it drops from the new deck, so the song goes on without a jump. Output
 * = level · Σ_stems gain · stem. The level goes linearly to 0 and 1 in 10 ms at pause and play, and before
 * the ring runs empty (an underrun: counted, silence until 50 ms are there). Played from the song's very
 * first sample there is no fade: it is heard as it is. Gains go linearly to a new value in 10 ms.
 *
 * Ownership: free with sg_mixer_free. Threads: "streamer" functions from one thread, sg_mixer_callback in
 * another at the same time, "any" from any. Audio callback: sg_mixer_callback only; it does not allocate,
 * lock or make a system call. Errors: none; false and NULL mean that memory is out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SG_MIXER_N_DECKS = 2 };

/* Length of cross-fades, of fades and of a gain's way to its new value. */
#define SG_MIXER_FADE_S 0.010

typedef enum { SG_DECK_FREE, SG_DECK_LOADING, SG_DECK_OFFERED, SG_DECK_PLAYING } SgDeckState;

#define SG_DECK_JOIN_NOW (-1)

typedef struct {
  uint32_t n_stems; /* 1 … SG_MAX_SOURCES */
  int64_t start;    /* the song's sample that the first frame is */
  uint32_t song_rate_hz;
  int64_t join_frame; /* frame of the playing deck that the first frame is, or SG_DECK_JOIN_NOW */
  uint64_t serial;    /* the caller's mark, see SgMixerReport */
} SgDeckPlan;

typedef struct SgMixer SgMixer;

SgMixer *sg_mixer_new(void);
void sg_mixer_free(SgMixer *mixer);

/* Streamer, only while no callback can run. */
void sg_mixer_set_rate(SgMixer *mixer, uint32_t rate_hz);
/* Frees all decks at once. */
void sg_mixer_clear(SgMixer *mixer);

/* Streamer. Load makes a FREE deck LOADING with room for `n_frames` and all gains 1; unload and retract make
 * it FREE again; retract is false when the callback was faster. */
bool sg_mixer_load(SgMixer *mixer, int deck, const SgDeckPlan *plan, size_t n_frames);
void sg_mixer_unload(SgMixer *mixer, int deck);
void sg_mixer_offer(SgMixer *mixer, int deck);
bool sg_mixer_retract(SgMixer *mixer, int deck);
SgDeckState sg_mixer_deck_state(const SgMixer *mixer, int deck);

/* Streamer, of a deck that is not FREE. Write takes whole frames and returns how many fitted. After the
 * song's last frame sg_mixer_end tells that no more will come. */
size_t sg_mixer_write(SgMixer *mixer, int deck, const float *frames, size_t n);
size_t sg_mixer_writable(const SgMixer *mixer, int deck);
void sg_mixer_end(SgMixer *mixer, int deck);
/* Frames written and not yet played, and frames played. */
size_t sg_mixer_buffered(const SgMixer *mixer, int deck);
int64_t sg_mixer_played(const SgMixer *mixer, int deck);
/* At once, without the smoothing; of a deck that is LOADING. */
void sg_mixer_preset_gain(SgMixer *mixer, int deck, uint32_t stem, float gain);

/* Any, but the deck must not be loaded or unloaded meanwhile. */
void sg_mixer_set_gain(SgMixer *mixer, int deck, uint32_t stem, float gain);
/* Any. */
void sg_mixer_set_playing(SgMixer *mixer, bool playing);

typedef struct {
  uint64_t serial;      /* of the deck that plays; 0 before the first */
  int64_t position;     /* the song's sample that is mixed next */
  bool flowing;         /* the last callback mixed samples of the song */
  bool silent;          /* faded out: nothing is mixed until set_playing(true) */
  uint64_t n_underruns; /* since the mixer was made */
  uint32_t block;       /* most frames that a callback asked for */
} SgMixerReport;

/* Any. */
void sg_mixer_get_report(const SgMixer *mixer, SgMixerReport *out_report);

/* An SgOutputCallback; `mixer` is the SgMixer. */
void sg_mixer_callback(float *out_stereo, size_t n, void *mixer);
