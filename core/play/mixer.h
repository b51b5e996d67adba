/* The mixer: the half of the transport that runs in the audio callback.
 *
 * Two decks. A deck is a ring of frames at the device's rate, a frame being every stem's stereo pair and,
 * where the plan says so, the mixture's and a click: [n_stems × 2 (+ 2) (+ 1)] floats. The streamer loads a
 * deck, fills it and offers it; the callback takes it over, cross-fading from the deck that played (linear,
 * equal gain, 10 ms), and frees that one:
 *
 *   FREE ─load─▶ LOADING ─offer─▶ OFFERED ─callback─▶ PLAYING ─callback, after a cross-fade─▶ FREE
 *                                    └──── retract ────▶ FREE
 *
 * A deck may be offered to join another at one of its frames, for which it holds the same moment of the song:
 * what the callback is past that frame it drops from the new deck, so the song goes on without a jump.
 *   output = ceiling(master · level · (Σ_stems gain · balance(pan) · stem + click_gain · click))
 * Pan is a balance: pan p of −1 … 1 gives the left side min(1, 1 − p) and the right side min(1, 1 + p), so
 * that the middle is the stem as it is. The ceiling is that of core/play/ceiling.h. The level goes linearly
 * to 0 and 1 in 10 ms at pause and play, and before the ring runs empty (an underrun: counted, silence until
 * 50 ms are there). Played from the song's very first sample there is no fade: it is heard as it is. All
 * gains go linearly to a new value in 10 ms.
 *
 * Meters (core/play/meter.h): of each stem after gain and pan, of the master after the ceiling, and the null
 * meter: what Σ gain · balance · stem lacks of the mixture, before master, click and ceiling.
 *
 * Ownership: free with sg_mixer_free. Threads: "streamer" functions from one thread, sg_mixer_callback in
 * another at the same time, "any" from any. Audio callback: sg_mixer_callback only; it does not allocate,
 * lock or make a system call. Errors: none; false and NULL mean that memory is out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mask/strength.h"
#include "core/play/deck-plan.h"
#include "core/play/meter.h"

enum { SG_MIXER_N_DECKS = 2 };

/* Samples of the song that one noted level stands for. */
enum { SG_MIXER_LEVEL_SAMPLES = 1024 };

/* Length of cross-fades, of fades and of a gain's way to its new value. */
#define SG_MIXER_FADE_S 0.010

typedef enum { SG_DECK_FREE, SG_DECK_LOADING, SG_DECK_OFFERED, SG_DECK_PLAYING } SgDeckState;

typedef struct SgMixer SgMixer;

SgMixer *sg_mixer_new(void);
void sg_mixer_free(SgMixer *mixer);

/* Streamer, only while no callback can run. */
void sg_mixer_set_rate(SgMixer *mixer, uint32_t rate_hz);
uint32_t sg_mixer_rate(const SgMixer *mixer);
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
/* Of a deck whose stems have been mixed: notes the peak of one of them, left and right, about the sample
 * `travelled` of the deck, for its meter. To be called before the frames of that time are written. */
void sg_mixer_note_level(SgMixer *mixer, int deck, uint32_t stem, int64_t travelled, const float peak[2]);
/* At once, without the smoothing; of a deck that is LOADING. */
void sg_mixer_preset_gain(SgMixer *mixer, int deck, uint32_t stem, float gain);
void sg_mixer_preset_pan(SgMixer *mixer, int deck, uint32_t stem, float pan);

/* Any, but the deck must not be loaded or unloaded meanwhile. */
void sg_mixer_set_gain(SgMixer *mixer, int deck, uint32_t stem, float gain);
void sg_mixer_set_pan(SgMixer *mixer, int deck, uint32_t stem, float pan);
/* Any. Linear gains of all that is heard, of the click in the song and of that in the lead (at first 0). */
void sg_mixer_set_master(SgMixer *mixer, float gain);
void sg_mixer_set_click(SgMixer *mixer, float gain);
void sg_mixer_set_count_in(SgMixer *mixer, float gain);
void sg_mixer_set_playing(SgMixer *mixer, bool playing);

/* Of one moment: the values belong together. */
typedef struct {
  uint64_t serial;      /* of the deck that plays; 0 before the first */
  uint64_t n_decks;     /* how many have been taken over: tells one from the next of the same serial */
  int64_t position;     /* the song's sample that is mixed next */
  int64_t travelled;    /* the same as if there were no loop, see core/play/deck-plan.h */
  SgLoop loop;          /* of that deck */
  double samples_per_s; /* at which the song goes on: its rate, times the deck's speed */
  bool flowing;         /* the last callback mixed samples of the song */
  bool silent;          /* faded out: nothing is mixed until set_playing(true) */
  uint64_t n_underruns; /* since the mixer was made */
  uint64_t n_over;      /* frames over full scale that met the ceiling, since then */
  uint32_t block;       /* most frames that a callback asked for */
} SgMixerReport;

typedef struct {
  SgMeterReading stems[SG_MAX_SOURCES], master, null;
} SgMixerMeters;

/* Any. */
void sg_mixer_get_report(const SgMixer *mixer, SgMixerReport *out_report);
void sg_mixer_get_meters(const SgMixer *mixer, SgMixerMeters *out_meters);

/* An SgOutputCallback; `mixer` is the SgMixer. */
void sg_mixer_callback(float *out_stereo, size_t n, void *mixer);
