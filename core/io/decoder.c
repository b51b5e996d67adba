#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/decoder-private.h"

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

SgStatus
sg_decoder_check_shape(const char *path, int64_t rate_hz, int64_t n_channels, SgError *error)
{
  if (n_channels >= 1 && n_channels <= SG_MAX_CHANNELS && rate_hz >= 1 && rate_hz <= SG_MAX_RATE_HZ)
    return SG_OK;
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail, "%lld channels, %lld Hz", (long long)n_channels, (long long)rate_hz);
  return sg_error_set(error, SG_BAD_FORMAT, path, detail);
}

#ifdef SG_HAVE_FFMPEG

bool
sg_decoder_has_ffmpeg(void)
{
  return true;
}

#else

bool
sg_decoder_has_ffmpeg(void)
{
  return false;
}

/* Tells by their first bytes the formats that FFmpeg would read. */
SgStatus
sg_decoder_ffmpeg_open(const char *path, int stream, SgDecoder **out_decoder, SgError *error)
{
  static const struct {
    size_t at, n;
    const char *bytes, *name;
  } formats[] = {
    { 4, 4, "ftyp", "MP4" },
    { 0, 4, "\x1a\x45\xdf\xa3", "Matroska" },
    { 0, 4, "\x30\x26\xb2\x75", "ASF" },
    { 0, 4, "wvpk", "WavPack" },
    { 0, 4, "TTA1", "TTA" },
    { 0, 4, "MAC ", "APE" },
    { 0, 2, "\xff\xf1", "ADTS" },
    { 0, 2, "\xff\xf9", "ADTS" },
    { 8, 4, "AVI ", "AVI" },
    { 0, 4, "caff", "CAF" },
  };
  char head[12] = "";
  *out_decoder = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : 0;
  if (fd >= 0)
    close(fd);
  for (size_t i = 0; i < sizeof formats / sizeof *formats && n == sizeof head; i++)
    if (memcmp(head + formats[i].at, formats[i].bytes, formats[i].n) == 0)
      return sg_error_set(error, SG_NEEDS_FFMPEG, path, formats[i].name);
  return sg_error_set(error, SG_NOT_AUDIO, path, NULL);
}

#endif

const char *const *
sg_decoder_endings(void)
{
  static const char *const endings[] = { "wav",  "flac", "mp3",  "ogg",  "oga", "opus", "aif", "aiff",
                                         "aifc", "caf",  "w64",  "rf64", "au",  "snd",
#ifdef SG_HAVE_FFMPEG
                                         "m4a",  "m4b",  "aac",  "mp4",  "m4v", "mov",  "wma", "wmv",
                                         "asf",  "webm", "weba", "mkv",  "mka", "avi",  "mpg", "mpeg",
                                         "ts",   "m2ts", "vob",  "flv",  "3gp", "ac3",  "dts", "ape",
                                         "wv",   "tta",  "tak",  "mpc",  "dsf", "amr",
#endif
                                         NULL };
  return endings;
}

SgStatus
sg_decoder_open(const char *path, SgDecoder **out_decoder, SgError *error)
{
  SgError first = { 0 };
  *out_decoder = NULL;
  SgStatus status = check_path(path, error);
  if (status != SG_OK)
    return status;
  status = sg_decoder_sndfile_open(path, out_decoder, &first);
  if (status == SG_NOT_AUDIO)
    status = sg_decoder_ffmpeg_open(path, -1, out_decoder, error);
  else if (status != SG_OK && error != NULL)
    *error = first;
  /* Neither: then libsndfile's reason if it knew the format, or else FFmpeg's. */
  bool is_unknown = status == SG_NOT_AUDIO || status == SG_NEEDS_FFMPEG;
  if (is_unknown && first.status == SG_NOT_AUDIO && first.detail[0] != '\0') {
    if (error != NULL)
      *error = first;
    return SG_NOT_AUDIO;
  }
  return status;
}

SgStatus
sg_decoder_open_stream(const char *path, uint32_t stream, SgDecoder **out_decoder, SgError *error)
{
  *out_decoder = NULL;
  SgStatus status = check_path(path, error);
  return status == SG_OK ? sg_decoder_ffmpeg_open(path, (int)stream, out_decoder, error) : status;
}

void
sg_decoder_free(SgDecoder *decoder)
{
  if (decoder != NULL)
    decoder->class->free(decoder);
}

const SgAudioInfo *
sg_decoder_info(const SgDecoder *decoder)
{
  return &decoder->info;
}

SgStatus
sg_decoder_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error)
{
  return decoder->class->read(decoder, out_interleaved, n, out_n, error);
}
