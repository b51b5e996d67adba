#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/io/dither.h"
#include "core/io/encoder.h"
#include "core/io/ogg-serial.h"
#include "core/io/vorbis-order.h"

struct SgEncoder {
  SgEncoderFormat format;
  SgAtomicFile *file;
  SNDFILE *sndfile;
  int64_t at;      /* where libsndfile writes, */
  int64_t n_bytes; /* and how long it believes the file to be */
  /* Bytes that we put in before what it writes at inserted_at. */
  uint8_t *inserted;
  size_t n_inserted;
  int64_t inserted_at;
  SgRandom dither;
  int write_errno; /* of the first write that failed: libsndfile does not tell of all */
  int64_t n_over;
  float peak;
};

/* A RIFF chunk's size has 32 bits; leave room for the header. */
static const int64_t WAV_MAX_BYTES = UINT32_MAX - 4096;
/* Behind "fLaC" and the block that FLAC files begin with, which is never the last. */
enum { FLAC_SECOND_BLOCK = 42 };
enum { DITHER_SEED = 16, OGG_SERIAL = 1, BLOCK = 4096 };

static int
sndfile_type(SgEncoderFormat format)
{
  static const int sample_bytes[SG_N_BITS] = { [SG_BITS_16] = 2, [SG_BITS_24] = 3, [SG_BITS_32F] = 4 };
  int64_t bytes = format.n_samples * format.n_channels * sample_bytes[format.bits];
  switch (format.container) {
  case SG_CONTAINER_FLAC:
    return SF_FORMAT_FLAC;
  case SG_CONTAINER_OGG:
    return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  case SG_CONTAINER_OPUS:
    return SF_FORMAT_OGG | SF_FORMAT_OPUS;
  case SG_CONTAINER_MP3:
    return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  default:
    return bytes > WAV_MAX_BYTES ? SF_FORMAT_RF64 : SF_FORMAT_WAV;
  }
}

static SF_INFO
sndfile_format(SgEncoderFormat format)
{
  static const int subtypes[SG_N_BITS] = {
    [SG_BITS_16] = SF_FORMAT_PCM_16, [SG_BITS_24] = SF_FORMAT_PCM_24, [SG_BITS_32F] = SF_FORMAT_FLOAT
  };
  return (SF_INFO){ .samplerate = (int)format.rate_hz,
                    .channels = (int)format.n_channels,
                    .format = sndfile_type(format) | subtypes[format.bits] };
}

/* libsndfile writes through these, so that no failure is lost: what its FLAC encoder cannot write while
 * closing it keeps to itself. */
static sf_count_t
file_length(void *user)
{
  const SgEncoder *encoder = user;
  return encoder->n_bytes;
}

static sf_count_t
seek_file(sf_count_t offset, int whence, void *user)
{
  SgEncoder *encoder = user;
  if (whence == SEEK_CUR)
    offset += encoder->at;
  else if (whence == SEEK_END)
    offset += encoder->n_bytes;
  if (offset < 0)
    return -1;
  encoder->at = offset;
  return offset;
}

static sf_count_t
tell_file(void *user)
{
  const SgEncoder *encoder = user;
  return encoder->at;
}

static bool
write_at(SgEncoder *encoder, const void *bytes, int64_t n, int64_t position)
{
  int64_t written = 0;
  while (written < n) {
    ssize_t count = pwrite(sg_atomic_file_fd(encoder->file), (const char *)bytes + written,
                           (size_t)(n - written), position + written);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      if (encoder->write_errno == 0)
        encoder->write_errno = count < 0 ? errno : EIO;
      return false;
    }
    written += count;
  }
  return true;
}

static sf_count_t
write_file(const void *bytes, sf_count_t n, void *user)
{
  SgEncoder *encoder = user;
  int64_t n_before = encoder->inserted_at - encoder->at;
  n_before = n_before < 0 ? 0 : n_before > n ? n : n_before;
  if (!write_at(encoder, bytes, n_before, encoder->at) ||
      !write_at(encoder, (const char *)bytes + n_before, n - n_before,
                encoder->at + n_before + (int64_t)encoder->n_inserted))
    return 0;
  encoder->at += n;
  if (encoder->at > encoder->n_bytes)
    encoder->n_bytes = encoder->at;
  return n;
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

/* What libsndfile does not write of the tags is put in by us: pictures, and all of MP3's tag, which it writes
 * in Latin-1. A picture in Ogg would be a comment, and it offers none but its own. */
static SgStatus
insert_tags(SgEncoder *encoder, SgError *error)
{
  const SgTags *tags = encoder->format.tags;
  if (tags != NULL && encoder->format.container == SG_CONTAINER_MP3) {
    encoder->inserted = sg_tags_dup_id3(tags, &encoder->n_inserted);
  } else if (tags != NULL && encoder->format.container == SG_CONTAINER_FLAC) {
    encoder->inserted = sg_tags_dup_flac_picture(tags, &encoder->n_inserted);
    encoder->inserted_at = FLAC_SECOND_BLOCK;
  }
  if (encoder->inserted == NULL ||
      write_at(encoder, encoder->inserted, (int64_t)encoder->n_inserted, encoder->inserted_at))
    return SG_OK;
  return sg_error_set_errno(error, encoder->write_errno, SG_WRITE_FAILED, sg_atomic_file_path(encoder->file));
}

static void
set_texts(SgEncoder *encoder)
{
  const SgTags *tags = encoder->format.tags;
  if (tags == NULL || encoder->format.container == SG_CONTAINER_MP3)
    return;
  const struct {
    int tag;
    const char *text;
  } texts[] = {
    { SF_STR_TITLE, tags->title },     { SF_STR_ARTIST, tags->artist },     { SF_STR_ALBUM, tags->album },
    { SF_STR_DATE, tags->date },       { SF_STR_TRACKNUMBER, tags->track }, { SF_STR_GENRE, tags->genre },
    { SF_STR_COMMENT, tags->comment },
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].text[0] != '\0')
      sf_set_string(encoder->sndfile, texts[i].tag, texts[i].text);
}

/* libsndfile's setting runs from 0, its best, to 1. For Opus it stands for 256 to 6 kbit/s a channel, of
 * which we use 24 to 132; for Vorbis and MP3 it is the codec's own scale, whose bit rates follow the sound.
 */
static void
set_quality(SgEncoder *encoder)
{
  double wanted = encoder->format.quality > 0.0 ? encoder->format.quality : SG_QUALITY_STANDARD;
  double compression = 1.0 - (wanted - SG_QUALITY_MIN) / (SG_QUALITY_MAX - SG_QUALITY_MIN);
  int mode = SF_BITRATE_MODE_VARIABLE;
  if (encoder->format.bits != SG_BITS_LOSSY)
    return;
  if (encoder->format.container == SG_CONTAINER_OPUS)
    compression = 1.0 - (24.0 + 12.0 * (wanted - SG_QUALITY_MIN) - 6.0) / 250.0;
  if (encoder->format.container == SG_CONTAINER_MP3)
    sf_command(encoder->sndfile, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
  sf_command(encoder->sndfile, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
}

static SgStatus
begin(SgEncoder *encoder, SgError *error)
{
  SF_INFO info = sndfile_format(encoder->format);
  SgStatus status = insert_tags(encoder, error);
  if (status != SG_OK)
    return status;
  encoder->sndfile = sf_open_virtual(&file_io, SFM_WRITE, &info, encoder);
  if (encoder->sndfile == NULL)
    return write_failed(encoder, error);
  /* The PEAK chunk holds the time of day: equal sound would not give equal bytes. */
  sf_command(encoder->sndfile, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
  set_quality(encoder);
  set_texts(encoder);
  return SG_OK;
}

SgStatus
sg_encoder_new(const char *path, SgEncoderFormat format, bool overwrite, SgEncoder **out_encoder,
               SgError *error)
{
  *out_encoder = NULL;
  SgStatus status = sg_encoder_check(format, error);
  if (status == SG_OK && format.container == SG_CONTAINER_STEM_MP4)
    status = sg_error_set(error, SG_BAD_ARGUMENT, path, "stem.mp4");
  if (status != SG_OK)
    return status;
  SgEncoder *encoder = SG_NEW(SgEncoder, 1);
  if (encoder == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  encoder->format = format;
  encoder->dither = sg_random_seeded(DITHER_SEED);
  status = sg_atomic_file_new(path, overwrite, &encoder->file, error);
  if (status == SG_OK)
    status = begin(encoder, error);
  if (status != SG_OK) {
    sg_encoder_free(encoder);
    return status;
  }
  encoder->format.tags = NULL;
  *out_encoder = encoder;
  return SG_OK;
}

void
sg_encoder_free(SgEncoder *encoder)
{
  if (encoder == NULL)
    return;
  if (encoder->sndfile != NULL)
    sf_close(encoder->sndfile);
  sg_atomic_file_free(encoder->file);
  sg_free(encoder->inserted);
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

/* In the upper bits, as libsndfile takes them. Its own conversion rounds down, half a step too low on the
 * mean. */
static bool
write_integers(SgEncoder *encoder, const float *samples, int64_t n)
{
  int block[BLOCK], n_bits = encoder->format.bits == SG_BITS_16 ? 16 : 24;
  SgRandom *dither = encoder->format.dither && n_bits == 16 ? &encoder->dither : NULL;
  for (int64_t i = 0; i < n * encoder->format.n_channels; i++)
    block[i] = sg_round_to_steps(samples[i], n_bits, dither) * (1 << (32 - n_bits));
  return sf_writef_int(encoder->sndfile, block, n) == n;
}

static bool
write_floats(SgEncoder *encoder, const float *samples, int64_t n)
{
  float block[BLOCK];
  uint32_t n_channels = encoder->format.n_channels;
  if (encoder->format.bits == SG_BITS_LOSSY && n_channels > 2) {
    memcpy(block, samples, (size_t)n * n_channels * sizeof *block);
    sg_order_wav_to_vorbis(block, n_channels, n);
    samples = block;
  }
  return sf_writef_float(encoder->sndfile, samples, n) == n;
}

SgStatus
sg_encoder_write(SgEncoder *encoder, const float *interleaved, int64_t n, SgError *error)
{
  bool is_integer = encoder->format.bits == SG_BITS_16 || encoder->format.bits == SG_BITS_24;
  int64_t n_channels = encoder->format.n_channels, block_samples = BLOCK / n_channels;
  measure(encoder, interleaved, n);
  for (int64_t at = 0; at < n; at += block_samples) {
    int64_t count = n - at < block_samples ? n - at : block_samples;
    const float *samples = interleaved + at * n_channels;
    bool is_written =
        is_integer ? write_integers(encoder, samples, count) : write_floats(encoder, samples, count);
    if (!is_written || encoder->write_errno != 0)
      return write_failed(encoder, error);
  }
  return SG_OK;
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
  bool is_ogg =
      encoder->format.container == SG_CONTAINER_OGG || encoder->format.container == SG_CONTAINER_OPUS;
  if (is_ogg && !sg_ogg_set_serial(sg_atomic_file_fd(encoder->file), OGG_SERIAL))
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, sg_atomic_file_path(encoder->file));
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
