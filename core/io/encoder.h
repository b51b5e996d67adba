/* Writing sound files, atomically.
 *
 * The file has no name while it is written and appears under its name, complete, in sg_encoder_publish;
 * whatever happens before leaves nothing. Missing folders above it are made then. An existing file is kept
 * unless `overwrite`. Samples are never clipped in silence: floats go into 32f as they are; in integer
 * formats what lies above full scale is limited to it and counted.
 *
 * Codecs that lose are written as they come, over full scale or not.
 *
 * Stems sum to the mixture (stems null) where the format is 32f: to the rounding of floats; 24 bits: to −120
 * dBFS and below while nothing is over full scale; 16 bits and codecs that lose cannot hold that
 * (sg_format_nulling).
 *
 * Ownership: free with sg_encoder_free (NULL ignored); freeing before publish drops the file. Threads: one
 * encoder, one thread. Audio callback: never. Errors: SG_EXISTS, SG_NO_PERMISSION,
 * SG_NO_SPACE, SG_BAD_FORMAT (the format cannot hold this rate or channel count; `detail` names it),
 * SG_NEEDS_FFMPEG, SG_WRITE_FAILED, SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/io/tags.h"

typedef enum {
  SG_CONTAINER_WAV,
  SG_CONTAINER_FLAC,
  SG_CONTAINER_OGG, /* Vorbis */
  SG_CONTAINER_OPUS,
  SG_CONTAINER_MP3,
  SG_CONTAINER_STEM_MP4, /* all stems in one file, written through core/io/stem-mp4.h */
  SG_N_CONTAINERS
} SgContainer;

typedef enum {
  SG_BITS_16,
  SG_BITS_24,
  SG_BITS_32F,
  SG_BITS_LOSSY, /* what a codec that loses makes of it; the only one that those have */
  SG_N_BITS
} SgBits;

typedef struct {
  SgContainer container;
  SgBits bits;
  uint32_t rate_hz;
  uint32_t n_channels;
  int64_t n_samples; /* to come, 0 when unknown; a WAV file over 4 GB needs its 64-bit form from the start */
  double quality;    /* of a codec that loses: 1 (small) … 10 (best), 0 for the standard */
  bool dither; /* with 16 bits: triangular dither (TPDF) of ±1 step, the same on every run, for samples that
                  do not lie on a step; those that do stay as they are */
  const SgTags *tags; /* borrowed until sg_encoder_new is back; NULL for none */
} SgEncoderFormat;

/* "wav", "flac", "ogg", "opus", "mp3", "stem.mp4": also the file name extension. */
const char *sg_container_id(SgContainer container);
bool sg_container_find(const char *id, SgContainer *out_container);
/* "16", "24", "32f". */
bool sg_bits_find(const char *id, SgBits *out_bits);
/* What is taken when nobody says: 32f for WAV, 24 for FLAC. */
SgBits sg_bits_standard(SgContainer container);

/* What a format can hold. */
typedef struct {
  const uint32_t *rates_hz; /* ascending, ends with 0; NULL: all from min_rate_hz to max_rate_hz */
  uint32_t min_rate_hz, max_rate_hz;
  uint32_t coarse_rate_hz; /* from here on only multiples of 10; 0: there is no such rule */
  uint32_t max_channels;
  unsigned bits;       /* set of 1 << SgBits */
  int64_t max_samples; /* 0: no limit that a song meets (WAV takes its 64-bit form over 4 GB) */
  bool has_cover;      /* tags all of them have */
  bool needs_ffmpeg;
} SgEncoderLimits;

enum { SG_QUALITY_MIN = 1, SG_QUALITY_MAX = 10, SG_QUALITY_STANDARD = 7 };

const SgEncoderLimits *sg_encoder_limits(SgContainer container);

typedef enum {
  SG_FITS,
  SG_MISFIT_BITS,
  SG_MISFIT_CHANNELS,
  SG_MISFIT_RATE,
  SG_MISFIT_LENGTH,
} SgMisfit;

/* The first thing about a format that its container cannot hold. */
SgMisfit sg_encoder_misfit(SgEncoderFormat format);
/* The rate to convert to: the lowest that holds all of rate_hz, or else the highest there is. */
uint32_t sg_encoder_nearest_rate(SgContainer container, uint32_t rate_hz);

typedef enum {
  SG_NULLS,           /* to the rounding of floats */
  SG_NULLS_UNLIMITED, /* below −120 dBFS, while no sample is over full scale */
  SG_NULLS_NOT,
} SgNulling;

SgNulling sg_format_nulling(SgBits bits);

/* Whether the container can hold this format; says why not. Nothing is written. */
SgStatus sg_encoder_check(SgEncoderFormat format, SgError *error);

typedef struct SgEncoder SgEncoder;

SgStatus sg_encoder_new(const char *path, SgEncoderFormat format, bool overwrite, SgEncoder **out_encoder,
                        SgError *error);
void sg_encoder_free(SgEncoder *encoder);

/* Adds `n` samples [n × n_channels]. */
SgStatus sg_encoder_write(SgEncoder *encoder, const float *interleaved, int64_t n, SgError *error);

/* Completes the file on disk, still without a name; nothing can be written afterwards. */
SgStatus sg_encoder_complete(SgEncoder *encoder, SgError *error);
/* Gives the completed file its name. */
SgStatus sg_encoder_publish(SgEncoder *encoder, SgError *error);
/* Both. */
SgStatus sg_encoder_finish(SgEncoder *encoder, SgError *error);

/* Samples (of any channel) over full scale so far, and the highest absolute value. */
int64_t sg_encoder_n_over(const SgEncoder *encoder);
float sg_encoder_peak(const SgEncoder *encoder);
