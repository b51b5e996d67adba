#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/decoder.h"

struct SgDecoder {
  SNDFILE *file;
  SgAudioInfo info;
  char path[SG_ERROR_PATH_SIZE];
};

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

/* What can be said about a path before a decoder looks at it. */
static SgStatus
check_path(const char *path, SgError *error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  struct stat status;
  SgStatus result = SG_OK;
  if (fstat(fd, &status) != 0)
    result = sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  else if (S_ISDIR(status.st_mode))
    result = sg_error_set(error, SG_IS_FOLDER, path, NULL);
  else if (!S_ISREG(status.st_mode))
    result = sg_error_set(error, SG_NOT_AUDIO, path, "not a regular file");
  else if (status.st_size == 0)
    result = sg_error_set(error, SG_EMPTY_FILE, path, NULL);
  close(fd);
  return result;
}

static void
read_tag(SNDFILE *file, int tag, char *out, size_t size)
{
  const char *text = sf_get_string(file, tag);
  snprintf(out, size, "%s", text != NULL ? text : "");
}

/* libsndfile keeps why it could not open a file in one place for all threads. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

static SgStatus
open_sndfile(SgDecoder *decoder, const char *path, SF_INFO *info, SgError *error)
{
  SgStatus status = SG_OK;
  pthread_mutex_lock(&open_lock);
  decoder->file = sf_open(path, SFM_READ, info);
  if (decoder->file == NULL) {
    /* Where the format is not known, libsndfile's sentence says so again or misleads. */
    bool malformed = sf_error(NULL) == SF_ERR_MALFORMED_FILE;
    status = sg_error_set(error, SG_NOT_AUDIO, path, malformed ? sf_strerror(NULL) : NULL);
  }
  pthread_mutex_unlock(&open_lock);
  return status;
}

SgStatus
sg_decoder_open(const char *path, SgDecoder **out_decoder, SgError *error)
{
  *out_decoder = NULL;
  SgStatus status = check_path(path, error);
  if (status != SG_OK)
    return status;
  SgDecoder *decoder = SG_NEW(SgDecoder, 1);
  if (decoder == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  snprintf(decoder->path, sizeof decoder->path, "%s", path);
  SF_INFO info = { 0 };
  status = open_sndfile(decoder, path, &info, error);
  if (status != SG_OK)
    goto fail;
  if (info.channels < 1 || info.channels > SG_MAX_CHANNELS || info.samplerate < 1 ||
      info.samplerate > SG_MAX_RATE_HZ) {
    char detail[SG_ERROR_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "%d channels, %d Hz", info.channels, info.samplerate);
    status = sg_error_set(error, SG_BAD_FORMAT, path, detail);
    goto fail;
  }
  if (info.frames == 0) {
    status = sg_error_set(error, SG_NO_SAMPLES, path, NULL);
    goto fail;
  }
  decoder->info = (SgAudioInfo){ .rate_hz = (uint32_t)info.samplerate,
                                 .n_channels = (uint32_t)info.channels,
                                 .n_samples = info.frames < SF_COUNT_MAX ? info.frames : 0 };
  name_format(info.format, SF_FORMAT_TYPEMASK, decoder->info.container, sizeof decoder->info.container);
  name_format(info.format, SF_FORMAT_SUBMASK, decoder->info.encoding, sizeof decoder->info.encoding);
  read_tag(decoder->file, SF_STR_TITLE, decoder->info.title, sizeof decoder->info.title);
  read_tag(decoder->file, SF_STR_ARTIST, decoder->info.artist, sizeof decoder->info.artist);
  *out_decoder = decoder;
  return SG_OK;
fail:
  sg_decoder_free(decoder);
  return status;
}

void
sg_decoder_free(SgDecoder *decoder)
{
  if (decoder == NULL)
    return;
  if (decoder->file != NULL)
    sf_close(decoder->file);
  sg_free(decoder);
}

const SgAudioInfo *
sg_decoder_info(const SgDecoder *decoder)
{
  return &decoder->info;
}

SgStatus
sg_decoder_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error)
{
  /* A short read is the end, whether the file says more (a truncated one) or not: the caller compares. */
  *out_n = sf_readf_float(decoder->file, out_interleaved, n);
  if (*out_n == 0 && sf_error(decoder->file) == SF_ERR_SYSTEM)
    return sg_error_set(error, SG_READ_FAILED, decoder->path, sf_strerror(decoder->file));
  return SG_OK;
}
