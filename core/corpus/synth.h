/* A wavetable synthesiser for basses, leads, pads and keys, as electronic music has them.
 *
 * A voice is a band-limited wave whose harmonics go through a low-pass of 24 dB an octave that closes with
 * the envelope (subtractive synthesis): the waves at the filter's two ends are tables, faded from one to the
 * other. Several detuned voices a note (unison), vibrato, drive, echo. Equal seeds give equal samples.
 *
 * Ownership: patches are plain values. Threads: no shared state. Errors: SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>

#include "core/base/random.h"
#include "core/corpus/clip.h"
#include "core/corpus/midi-file.h"

typedef enum {
  SG_WAVE_SAW,
  SG_WAVE_SQUARE,
  SG_WAVE_TRIANGLE,
  SG_WAVE_PULSE,
  SG_WAVE_SINE,
  SG_WAVE_FM,
  SG_N_WAVES
} SgWave;

enum { SG_PATCH_HARMONICS = 256 };

typedef struct {
  float harmonics[SG_PATCH_HARMONICS]; /* amplitude of harmonic 1, 2, … */
  double closed_hz;                    /* the filter at rest … */
  double open_ratio;                   /* … and how many times higher when the note starts, ≥ 1 */
  double attack_s, decay_s, release_s;
  double sustain; /* level after the decay, 0 … 1 */
  int n_voices;
  double detune_semitones;
  double vibrato_semitones;
  double drive;  /* 1: none */
  double echo_s; /* 0: none */
  double sub;    /* level of a sine at the fundamental */
  int octave;
  double pan; /* −1 … 1 */
} SgPatch;

typedef enum { SG_PATCH_BASS, SG_PATCH_LEAD, SG_PATCH_PAD, SG_PATCH_KEYS } SgPatchRole;

SgPatch sg_patch_draw(SgPatchRole role, SgRandom *random);

/* Adds the notes, all with this patch, to the clip; a bass note below 32 Hz is played an octave higher. */
SgStatus sg_patch_render(const SgPatch *patch, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                         SgClip *clip, SgError *error);
