/* Folding down to stereo, for listening only; exports keep the song's own channels.
 *
 * Mono goes to both sides at equal level, stereo stays as it is. More channels are taken in the order of WAV
 * files (3: L R C, 4: L R Ls Rs, 5: L R C Ls Rs, 6: with LFE after C, 7: L R C LFE Cs Ls Rs, 8: L R C LFE Lb
 * Rb Ls Rs) and mixed after ITU-R BS.775 (centre and surrounds at −3 dB, no LFE), scaled so that a side's
 * weights sum to one: what is not over full scale does not get over it.
 *
 * Threads: no shared state. Audio callback: allowed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/io/pcm.h"

/* Weight of each of `n_channels` (1 … SG_MAX_CHANNELS) channels in the left and right side. */
void sg_fold_weights(uint32_t n_channels, float out_weights[SG_MAX_CHANNELS][2]);

/* in[n × n_channels] → out[2·i·stride], out[2·i·stride + 1] for i < n: stereo pairs, `stride` pairs apart. */
void sg_fold(const float *in, uint32_t n_channels, size_t n, float *out, size_t stride);
