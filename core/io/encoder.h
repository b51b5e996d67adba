/* Writing sound files, atomically.
 *
 * The file has no name while it is written and appears under its name, complete, in sg_encoder_publish;
 * whatever happens before leaves nothing. Missing folders above it are made then. An existing file is kept
 * unless `overwrite`. Samples are never clipped in silence: floats go into 32f as they are; in integer
 * formats what lies above full scale is limited to it and counted.
 *
 * Ownership: free with sg_encoder_free (NULL ignored); freeing before publish drops the file. Threads: one
 * encoder, one thread. Audio callback: never. Errors: SG_EXISTS, SG_NO_PERMISSION,
 * SG_NO_SPACE, SG_BAD_FORMAT (the format cannot hold this rate or channel count; `detail` names it),
 * SG_WRITE_FAILED, SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

typedef enum { SG_CONTAINER_WAV, SG_CONTAINER_FLAC } SgContainer;
typedef enum { SG_BITS_16, SG_BITS_24, SG_BITS_32F } SgBits;

typedef struct {
  SgContainer container;
  SgBits bits;
  uint32_t rate_hz;
  uint32_t n_channels;
  int64_t n_samples; /* to come, 0 when unknown; a WAV file over 4 GB needs its 64-bit form from the start */
} SgEncoderFormat;

/* "wav", "flac": also the file name extension. */
const char *sg_container_id(SgContainer container);
bool sg_container_find(const char *id, SgContainer *out_container);
/* "16", "24", "32f". */
bool sg_bits_find(const char *id, SgBits *out_bits);

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
