/* A guitar amplifier with its cabinet: gain, a waveshaper, and what a loudspeaker leaves of the sound.
 *
 * Settings are plain values; the clip is changed in place, its level kept. Threads: no shared state. Errors:
 * none.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/clip.h"

typedef struct {
  double low_cut_hz; /* before the waveshaper: tight … loose */
  double gain;       /* how far the playing's level is driven into it, 1 crunch … 60 high gain */
  double bias;       /* uneven halves, 0 … 0.4 */
  double presence_hz, presence_db;
  double scoop_db;   /* of the mids, ≤ 0 */
  double cabinet_hz; /* the loudspeaker's upper end */
} SgAmp;

SgAmp sg_amp_draw(SgRandom *random);
void sg_amp_apply(const SgAmp *amp, SgClip *clip);
