/* What a decoder is inside. A kind embeds SgDecoder as its first member and fills in the class and the info.
 */
#pragma once

#include "core/io/decoder.h"

typedef struct {
  SgStatus (*read)(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error);
  void (*free)(SgDecoder *decoder);
} SgDecoderClass;

struct SgDecoder {
  const SgDecoderClass *class;
  SgAudioInfo info;
  char path[SG_ERROR_PATH_SIZE];
  double fraction; /* how far it is where the length is not known; never falls */
  int64_t n_lost;  /* samples that could not be decoded so far, given as silence */
  int64_t lost_at; /* the first of them */
};

/* The libraries. A file that the library does not know is SG_NOT_AUDIO with what it says about it, if
 * anything. */
SgStatus sg_decoder_sndfile_open(const char *path, SgDecoder **out_decoder, SgError *error);
/* The `stream`-th stream of sound, −1: the one to play. */
SgStatus sg_decoder_ffmpeg_open(const char *path, int stream, SgDecoder **out_decoder, SgError *error);

/* Whether rate and channels can be handled, else SG_BAD_FORMAT. */
SgStatus sg_decoder_check_shape(const char *path, int64_t rate_hz, int64_t n_channels, SgError *error);

/* sg_decode_file of the `stream`-th stream of sound; −1: the one to play. */
SgStatus sg_decode_stream(const char *path, int stream, bool strict, const char *scratch_folder,
                          SgProgress progress, void *user, SgPcm **out_pcm, SgDecodeReport *out_report,
                          SgError *error);
