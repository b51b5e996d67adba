/* The order of channels in Ogg Vorbis (Vorbis I §4.3.9) and Opus (RFC 7845 §5.1.1.2), for 3 channels and
 * more, and in WAV files, which is ours (FL FR FC LFE BL BR …). Threads: no shared state. Audio callback:
 * allowed.
 */
#pragma once

#include <stdint.h>

/* In place, samples[n × n_channels]; n_channels is 1 … SG_MAX_CHANNELS. */
void sg_order_vorbis_to_wav(float *interleaved, uint32_t n_channels, int64_t n);
void sg_order_wav_to_vorbis(float *interleaved, uint32_t n_channels, int64_t n);
