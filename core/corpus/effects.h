/* What a mixing desk does to a stem: equaliser, compressor, saturation, crushing, width, echo, reverb, and
 * ducking under the kick.
 *
 * Settings are plain values, drawn to suit a role; a chain is applied to a whole clip in place, and the clip
 * is made longer by nothing: tails are cut at its end. Threads: no shared state. Errors: SG_NO_MEMORY.
 */
#pragma once

#include <stddef.h>

#include "core/base/random.h"
#include "core/corpus/clip.h"
#include "core/corpus/role.h"
#include "core/dsp/biquad.h"

enum { SG_EFFECTS_BANDS = 4 };

typedef struct {
  int n_bands;
  struct {
    SgBiquadKind kind;
    double freq_hz, q, gain_db;
  } bands[SG_EFFECTS_BANDS];
  double treble_db;                                /* power above 5.5 kHz against all, wanted; 0: as it is */
  double threshold_db, ratio, attack_s, release_s; /* compressor; ratio 1: none */
  double drive;                                    /* saturation; 0: none */
  int crush_hold, crush_bits;                      /* each sample held so long, so many bits; 0: none */
  double width;                                    /* of the side signal; 1 unchanged, 0 mono */
  double echo_wet, echo_s, echo_feedback;          /* wet 0: none */
  double reverb_wet, reverb_s, pre_delay_s;        /* wet 0: none; reverb_s: time to −60 dB */
  double damping;                                  /* 0 bright … 1 dull */
} SgEffects;

SgEffects sg_effects_draw(SgRole role, SgRandom *random);
SgStatus sg_effects_apply(const SgEffects *effects, SgClip *clip, SgError *error);

/* Lowers the clip at each of the given moments by depth (0 … 1), to recover within recovery_s: the pumping
 * that a compressor keyed by the kick drum gives. */
void sg_duck(SgClip *clip, const double *moments_s, size_t n_moments, double depth, double recovery_s);

/* Power above 5.5 kHz against all, in dB; −120 for silence. */
double sg_treble_db(const SgClip *clip);
