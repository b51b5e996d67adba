#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/io/encoder.h"

struct SgEncoder {
  SgEncoderFormat format;
  SgAtomicFile *file;
  SNDFILE *sndfile;
  int write_errno; /* of the first write that failed: libsndfile does not tell of all */
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

/* libsndfile writes through these, so that no failure is lost: what its FLAC encoder cannot write while
 * closing it keeps to itself. */
static sf_count_t
file_length(void *user)
{
  const SgEncoder *encoder = user;
  struct stat info;
  return fstat(sg_atomic_file_fd(encoder->file), &info) == 0 ? info.st_size : -1;
}

static sf_count_t
seek_file(sf_count_t offset, int whence, void *user)
{
  const SgEncoder *encoder = user;
  return lseek(sg_atomic_file_fd(encoder->file), offset, whence);
}

static sf_count_t
tell_file(void *user)
{
  return seek_file(0, SEEK_CUR, user);
}

static sf_count_t
write_file(const void *bytes, sf_count_t n, void *user)
{
  SgEncoder *encoder = user;
  sf_count_t written = 0;
  while (written < n) {
    ssize_t count =
        write(sg_atomic_file_fd(encoder->file), (const char *)bytes + written, (size_t)(n - written));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      if (encoder->write_errno == 0)
        encoder->write_errno = count < 0 ? errno : EIO;
      break;
    }
    written += count;
  }
  return written;
}

static SF_VIRTUAL_IO file_io = {
  .get_filelen = file_length, .seek = seek_file, .write = write_file, .tell = tell_file
};

static SgStatus
write_failed(const SgEncoder *encoder, SgError *error)
{
  const char *path = sg_atomic_file_path(encoder->file);
  if (encoder->write_errno != 0)
    return sg_error_set_errno(error, encoder->write_errno, SG_WRITE_FAILED, path);
  return sg_error_set(error, SG_WRITE_FAILED, path, sf_strerror(encoder->sndfile));
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
  encoder->sndfile = sf_open_virtual(&file_io, SFM_WRITE, &info, encoder);
  if (encoder->sndfile == NULL) {
    status = write_failed(encoder, error);
    goto fail;
  }
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

/* The nearest step of an integer format, limited to its range, in the upper bits. libsndfile's own conversion
 * rounds down, half a step too low on the mean. */
static int
to_integer(float sample, int n_bits)
{
  double full_scale = 1 << (n_bits - 1);
  double step = rint(sample * full_scale);
  if (!(step < full_scale))
    step = full_scale - 1.0;
  if (!(step >= -full_scale))
    step = -full_scale;
  return (int)step * (1 << (32 - n_bits));
}

static bool
write_integers(SgEncoder *encoder, const float *interleaved, int64_t n)
{
  enum { BLOCK = 4096 };
  int block[BLOCK];
  int64_t n_channels = encoder->format.n_channels, block_samples = BLOCK / n_channels;
  int n_bits = encoder->format.bits == SG_BITS_16 ? 16 : 24;
  for (int64_t at = 0; at < n; at += block_samples) {
    int64_t count = n - at < block_samples ? n - at : block_samples;
    for (int64_t i = 0; i < count * n_channels; i++)
      block[i] = to_integer(interleaved[at * n_channels + i], n_bits);
    if (sf_writef_int(encoder->sndfile, block, count) != count)
      return false;
  }
  return true;
}

SgStatus
sg_encoder_write(SgEncoder *encoder, const float *interleaved, int64_t n, SgError *error)
{
  measure(encoder, interleaved, n);
  bool is_written = encoder->format.bits == SG_BITS_32F
                        ? sf_writef_float(encoder->sndfile, interleaved, n) == n
                        : write_integers(encoder, interleaved, n);
  return is_written && encoder->write_errno == 0 ? SG_OK : write_failed(encoder, error);
}

SgStatus
sg_encoder_complete(SgEncoder *encoder, SgError *error)
{
  if (sf_error(encoder->sndfile) != SF_ERR_NO_ERROR)
    return write_failed(encoder, error);
  int result = sf_close(encoder->sndfile);
  encoder->sndfile = NULL;
  if (result != 0 || encoder->write_errno != 0)
    return write_failed(encoder, error);
  if (fsync(sg_atomic_file_fd(encoder->file)) != 0)
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
