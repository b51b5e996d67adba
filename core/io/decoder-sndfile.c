#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/decoder-private.h"
#include "core/io/frames.h"
#include "core/io/mp4-atoms.h"
#include "core/io/truncation.h"
#include "core/io/vorbis-order.h"

typedef struct {
  SgDecoder decoder;
  SNDFILE *file;
  bool is_in_vorbis_order; /* libsndfile leaves the channels as they are */
  int fd;
  int64_t at, n_bytes; /* where libsndfile reads, and how long it is told that the file is */
  /* Four bytes that it is given in place of the file's, -1 for none */
  int64_t patch_at;
  unsigned char patch[4];
} SndfileDecoder;

static const struct {
  int format;
  const char *name;
} containers[] = {
  { SF_FORMAT_WAV, "WAV" },   { SF_FORMAT_WAVEX, "WAV" }, { SF_FORMAT_RF64, "WAV" },
  { SF_FORMAT_FLAC, "FLAC" }, { SF_FORMAT_OGG, "Ogg" },   { SF_FORMAT_MPEG, "MP3" },
  { SF_FORMAT_AIFF, "AIFF" }, { SF_FORMAT_CAF, "CAF" },   { SF_FORMAT_W64, "W64" },
  { SF_FORMAT_AU, "AU" },
}, encodings[] = {
  { SF_FORMAT_PCM_S8, "8-bit PCM" },   { SF_FORMAT_PCM_U8, "8-bit PCM" },
  { SF_FORMAT_PCM_16, "16-bit PCM" },  { SF_FORMAT_PCM_24, "24-bit PCM" },
  { SF_FORMAT_PCM_32, "32-bit PCM" },  { SF_FORMAT_FLOAT, "32-bit float" },
  { SF_FORMAT_DOUBLE, "64-bit float" }, { SF_FORMAT_VORBIS, "Vorbis" },
  { SF_FORMAT_OPUS, "Opus" },          { SF_FORMAT_MPEG_LAYER_III, "MPEG layer III" },
};

/* Our name for a format, or else libsndfile's own. */
static void
name_format(int format, int mask, char *out, size_t size)
{
  bool is_container = mask == SF_FORMAT_TYPEMASK;
  size_t n = is_container ? sizeof containers / sizeof *containers : sizeof encodings / sizeof *encodings;
  for (size_t i = 0; i < n; i++)
    if ((is_container ? containers[i].format : encodings[i].format) == (format & mask)) {
      snprintf(out, size, "%s", is_container ? containers[i].name : encodings[i].name);
      return;
    }
  SF_FORMAT_INFO info = { .format = format & mask };
  bool known = sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof info) == 0 && info.name != NULL;
  snprintf(out, size, "%s", known ? info.name : "");
}

/* Whole bits of what is kept as integers, else 0. */
static uint32_t
integer_bits(int format)
{
  switch (format & SF_FORMAT_SUBMASK) {
  case SF_FORMAT_PCM_S8:
  case SF_FORMAT_PCM_U8:
    return 8;
  case SF_FORMAT_PCM_16:
  case SF_FORMAT_ALAC_16:
    return 16;
  case SF_FORMAT_ALAC_20:
    return 20;
  case SF_FORMAT_PCM_24:
  case SF_FORMAT_ALAC_24:
    return 24;
  case SF_FORMAT_PCM_32:
  case SF_FORMAT_ALAC_32:
    return 32;
  default:
    return 0;
  }
}

/* libsndfile reads through these. It then sees no file name, whose ending it would believe; of a CAF file
 * that was cut it sees the length that it once had, or it would refuse it; an MP3 file's tag tells it the
 * length that the file has, or libmpg123 would complain on standard error; and one without a tag ends with
 * its last whole frame, or libsndfile would drop the block before what follows. */
static sf_count_t
file_length(void *user)
{
  const SndfileDecoder *self = user;
  return self->n_bytes;
}

static sf_count_t
seek_file(sf_count_t offset, int whence, void *user)
{
  SndfileDecoder *self = user;
  if (whence == SEEK_CUR)
    offset += self->at;
  else if (whence == SEEK_END)
    offset += self->n_bytes;
  if (offset < 0)
    return -1;
  self->at = offset;
  return offset;
}

static sf_count_t
tell_file(void *user)
{
  const SndfileDecoder *self = user;
  return self->at;
}

static sf_count_t
read_file(void *bytes, sf_count_t n, void *user)
{
  SndfileDecoder *self = user;
  sf_count_t n_read = 0;
  int64_t from = self->at;
  if (n > self->n_bytes - self->at)
    n = self->n_bytes - self->at;
  while (n_read < n) {
    ssize_t count = pread(self->fd, (char *)bytes + n_read, (size_t)(n - n_read), self->at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    n_read += count;
    self->at += count;
  }
  for (int64_t i = 0; i < (int64_t)sizeof self->patch && self->patch_at >= 0; i++)
    if (self->patch_at + i >= from && self->patch_at + i < from + n_read)
      ((unsigned char *)bytes)[self->patch_at + i - from] = self->patch[i];
  return n_read;
}

static SF_VIRTUAL_IO file_io = {
  .get_filelen = file_length, .seek = seek_file, .read = read_file, .tell = tell_file
};

static void
read_tag(SNDFILE *file, int tag, char *out, size_t size)
{
  const char *text = sf_get_string(file, tag);
  snprintf(out, size, "%s", text != NULL ? text : "");
}

static SgStatus
sndfile_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error)
{
  SndfileDecoder *self = (SndfileDecoder *)decoder;
  /* A short read is the end, whether the file says more (a truncated one) or not: the caller compares. */
  *out_n = sf_readf_float(self->file, out_interleaved, n);
  if (*out_n == 0 && sf_error(self->file) == SF_ERR_SYSTEM)
    return sg_error_set(error, SG_READ_FAILED, decoder->path, sf_strerror(self->file));
  if (self->is_in_vorbis_order)
    sg_order_vorbis_to_wav(out_interleaved, decoder->info.n_channels, *out_n);
  return SG_OK;
}

static void
sndfile_free(SgDecoder *decoder)
{
  SndfileDecoder *self = (SndfileDecoder *)decoder;
  if (self->file != NULL)
    sf_close(self->file);
  if (self->fd >= 0)
    close(self->fd);
  sg_free(self);
}

/* libsndfile keeps why it could not open a file in one place for all threads. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

static SgStatus
open_sndfile(SndfileDecoder *self, SF_INFO *info, SgError *error)
{
  SgStatus status = SG_OK;
  pthread_mutex_lock(&open_lock);
  self->file = sf_open_virtual(&file_io, SFM_READ, info, self);
  if (self->file == NULL) {
    /* Where the format is not known, libsndfile's sentence says so again or misleads. */
    bool malformed = sf_error(NULL) == SF_ERR_MALFORMED_FILE;
    status = sg_error_set(error, SG_NOT_AUDIO, self->decoder.path, malformed ? sf_strerror(NULL) : NULL);
  }
  pthread_mutex_unlock(&open_lock);
  return status;
}

/* Only of MP3 without a tag, and not the ID3v1 tag. */
static void
leave_out_tail(SndfileDecoder *self)
{
  char tail[3] = "";
  int64_t end;
  if (sg_mp3_tells_length(self->fd) || !sg_mp3_begins(self->fd))
    return;
  sg_mp3_is_cut(self->fd, &end);
  if (end > 0 && pread(self->fd, tail, sizeof tail, end) >= 0 && memcmp(tail, "TAG", sizeof tail) != 0)
    self->n_bytes = end;
}

static SgStatus
open_file(SndfileDecoder *self, SF_INFO *info, SgError *error)
{
  const char *path = self->decoder.path;
  struct stat status;
  self->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (self->fd < 0 || fstat(self->fd, &status) != 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  int64_t base, announced = sg_announced_bytes(self->fd, &self->patch_at, &base);
  self->n_bytes = status.st_size;
  if (self->patch_at >= 0)
    sg_atom_put_number(self->patch, sizeof self->patch, (uint64_t)(self->n_bytes - base));
  else if (announced > self->n_bytes)
    self->n_bytes = announced;
  else
    leave_out_tail(self);
  SgStatus result = open_sndfile(self, info, error);
  if (result != SG_OK)
    return result;
  result = sg_decoder_check_shape(path, info->samplerate, info->channels, error);
  return result == SG_OK && info->frames == 0 ? sg_error_set(error, SG_NO_SAMPLES, path, NULL) : result;
}

SgStatus
sg_decoder_sndfile_open(const char *path, SgDecoder **out_decoder, SgError *error)
{
  static const SgDecoderClass class = { .read = sndfile_read, .free = sndfile_free };
  *out_decoder = NULL;
  SndfileDecoder *self = SG_NEW(SndfileDecoder, 1);
  if (self == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  self->decoder.class = &class;
  snprintf(self->decoder.path, sizeof self->decoder.path, "%s", path);
  SF_INFO format = { 0 };
  SgStatus status = open_file(self, &format, error);
  if (status != SG_OK) {
    sndfile_free(&self->decoder);
    return status;
  }
  int codec = format.format & SF_FORMAT_SUBMASK;
  self->is_in_vorbis_order = codec == SF_FORMAT_VORBIS || codec == SF_FORMAT_OPUS;
  SgAudioInfo *info = &self->decoder.info;
  *info = (SgAudioInfo){ .rate_hz = (uint32_t)format.samplerate,
                         .n_channels = (uint32_t)format.channels,
                         .n_samples = format.frames < SF_COUNT_MAX ? format.frames : 0,
                         .n_streams = 1,
                         .n_bits = integer_bits(format.format) };
  if ((format.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG && !sg_mp3_tells_length(self->fd))
    info->n_samples = 0;
  name_format(format.format, SF_FORMAT_TYPEMASK, info->container, sizeof info->container);
  name_format(format.format, SF_FORMAT_SUBMASK, info->encoding, sizeof info->encoding);
  read_tag(self->file, SF_STR_TITLE, info->title, sizeof info->title);
  read_tag(self->file, SF_STR_ARTIST, info->artist, sizeof info->artist);
  *out_decoder = &self->decoder;
  return SG_OK;
}
