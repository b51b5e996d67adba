#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/io/encoder.h"

struct SgEncoder {
  SgEncoderFormat format;
  SgAtomicFile *file;
  SNDFILE *sndfile;
  int64_t n_over;
  float peak;
};

static const char *const container_ids[] = { [SG_CONTAINER_WAV] = "wav", [SG_CONTAINER_FLAC] = "flac" };
static const char *const bits_ids[] = { [SG_BITS_16] = "16", [SG_BITS_24] = "24", [SG_BITS_32F] = "32f" };

const char *
sg_container_id(SgContainer container)
{
  return container_ids[container];
}

bool
sg_container_find(const char *id, SgContainer *out_container)
{
  for (unsigned i = 0; i < sizeof container_ids / sizeof *container_ids; i++)
    if (strcmp(container_ids[i], id) == 0) {
      *out_container = (SgContainer)i;
      return true;
    }
  return false;
}

bool
sg_bits_find(const char *id, SgBits *out_bits)
{
  for (unsigned i = 0; i < sizeof bits_ids / sizeof *bits_ids; i++)
    if (strcmp(bits_ids[i], id) == 0) {
      *out_bits = (SgBits)i;
      return true;
    }
  return false;
}

/* A RIFF chunk's size has 32 bits; leave room for the header. */
static const int64_t WAV_MAX_BYTES = UINT32_MAX - 4096;

static SF_INFO
sndfile_format(SgEncoderFormat format)
{
  static const int subtypes[] = {
    [SG_BITS_16] = SF_FORMAT_PCM_16, [SG_BITS_24] = SF_FORMAT_PCM_24, [SG_BITS_32F] = SF_FORMAT_FLOAT
  };
  static const int sample_bytes[] = { [SG_BITS_16] = 2, [SG_BITS_24] = 3, [SG_BITS_32F] = 4 };
  int64_t bytes = format.n_samples * format.n_channels * sample_bytes[format.bits];
  int type = format.container == SG_CONTAINER_FLAC ? SF_FORMAT_FLAC
             : bytes > WAV_MAX_BYTES               ? SF_FORMAT_RF64
                                                   : SF_FORMAT_WAV;
  return (SF_INFO){ .samplerate = (int)format.rate_hz,
                    .channels = (int)format.n_channels,
                    .format = type | subtypes[format.bits] };
}

SgStatus
sg_encoder_check(SgEncoderFormat format, SgError *error)
{
  SF_INFO info = sndfile_format(format);
  char detail[SG_ERROR_DETAIL_SIZE];
  /* FLAC holds integers only and rates up to 655,350 Hz. */
  bool fits = sf_format_check(&info) && (format.container != SG_CONTAINER_FLAC ||
                                         (format.bits != SG_BITS_32F && format.rate_hz <= 655350));
  if (fits)
    return SG_OK;
  snprintf(detail, sizeof detail, "%s, %s bits, %u Hz, %u channels", container_ids[format.container],
           bits_ids[format.bits], format.rate_hz, format.n_channels);
  return sg_error_set(error, SG_BAD_FORMAT, NULL, detail);
}

SgStatus
sg_encoder_new(const char *path, SgEncoderFormat format, bool overwrite, SgEncoder **out_encoder,
               SgError *error)
{
  *out_encoder = NULL;
  SgStatus status = sg_encoder_check(format, error);
  if (status != SG_OK)
    return status;
  SgEncoder *encoder = SG_NEW(SgEncoder, 1);
  if (encoder == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  encoder->format = format;
  status = sg_atomic_file_new(path, overwrite, &encoder->file, error);
  if (status != SG_OK)
    goto fail;
  SF_INFO info = sndfile_format(format);
  encoder->sndfile = sf_open_fd(sg_atomic_file_fd(encoder->file), SFM_WRITE, &info, SF_FALSE);
  if (encoder->sndfile == NULL) {
    status = sg_error_set(error, SG_WRITE_FAILED, path, sf_strerror(NULL));
    goto fail;
  }
  sf_command(encoder->sndfile, SFC_SET_CLIPPING, NULL, SF_TRUE);
  /* The PEAK chunk holds the time of day: equal sound would not give equal bytes. */
  sf_command(encoder->sndfile, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
  *out_encoder = encoder;
  return SG_OK;
fail:
  sg_encoder_free(encoder);
  return status;
}

void
sg_encoder_free(SgEncoder *encoder)
{
  if (encoder == NULL)
    return;
  if (encoder->sndfile != NULL)
    sf_close(encoder->sndfile);
  sg_atomic_file_free(encoder->file);
  sg_free(encoder);
}

static SgStatus
write_failed(SgEncoder *encoder, int errno_value, SgError *error)
{
  const char *path = sg_atomic_file_path(encoder->file);
  if (errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG)
    return sg_error_set_errno(error, errno_value, SG_WRITE_FAILED, path);
  return sg_error_set(error, SG_WRITE_FAILED, path, sf_strerror(encoder->sndfile));
}

static void
measure(SgEncoder *encoder, const float *interleaved, int64_t n)
{
  for (int64_t i = 0; i < n * encoder->format.n_channels; i++) {
    float level = fabsf(interleaved[i]);
    if (level > encoder->peak)
      encoder->peak = level;
    encoder->n_over += level > 1.0f;
  }
}

SgStatus
sg_encoder_write(SgEncoder *encoder, const float *interleaved, int64_t n, SgError *error)
{
  measure(encoder, interleaved, n);
  errno = 0;
  if (sf_writef_float(encoder->sndfile, interleaved, n) != n)
    return write_failed(encoder, errno, error);
  return SG_OK;
}

SgStatus
sg_encoder_complete(SgEncoder *encoder, SgError *error)
{
  errno = 0;
  bool failed = sf_error(encoder->sndfile) != SF_ERR_NO_ERROR;
  if (failed)
    return write_failed(encoder, errno, error);
  int result = sf_close(encoder->sndfile);
  encoder->sndfile = NULL;
  if (result != 0 || fsync(sg_atomic_file_fd(encoder->file)) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, sg_atomic_file_path(encoder->file));
  return SG_OK;
}

SgStatus
sg_encoder_publish(SgEncoder *encoder, SgError *error)
{
  return sg_atomic_file_publish(encoder->file, error);
}

SgStatus
sg_encoder_finish(SgEncoder *encoder, SgError *error)
{
  SgStatus status = sg_encoder_complete(encoder, error);
  return status == SG_OK ? sg_encoder_publish(encoder, error) : status;
}

int64_t
sg_encoder_n_over(const SgEncoder *encoder)
{
  return encoder->n_over;
}

float
sg_encoder_peak(const SgEncoder *encoder)
{
  return encoder->peak;
}
