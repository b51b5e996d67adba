#include "core/io/file-ffmpeg.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

enum {
  IO_BYTES = 65536,
  MAX_STREAMS = 256,
  DECODERS_SIZE = 8192,
  /* Of one allocation: the index of sixty hours of AAC takes as much, and a header that promises more is not
     believed. */
  MAX_ALLOCATION = 256 << 20,
};

/* Containers of sound and film. No playlists, pictures, texts or devices. */
static const char demuxers[] = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,asf_o,xwma,aac,loas,mp3,ogg,flac,"
                               "wav,w64,aiff,caf,au,avi,flv,mpeg,"
                               "mpegts,rm,ac3,eac3,dts,dtshd,truehd,mlp,ape,wv,tta,tak,mpc,mpc8,shn,dsf,iff,"
                               "amr,amrnb,amrwb,voc,oma,nut,mxf,gxf,"
                               "nsv,qcp,spdif,svx,wtv,ivf,sox,pvf,ircam,nistsphere,sds,smjpeg";

static _Thread_local char message[SG_ERROR_DETAIL_SIZE];
static char decoders[DECODERS_SIZE]; /* all decoders of sound, as FFmpeg takes lists */

static void
keep_message(void *object, int level, const char *format, va_list arguments)
{
  if (level > AV_LOG_ERROR)
    return;
  vsnprintf(message, sizeof message, format, arguments);
  size_t n = strcspn(message, "\n");
  while (n > 0 && strchr(". ", message[n - 1]) != NULL)
    n--;
  message[n] = '\0';
}

static void
set_up(void)
{
  av_log_set_callback(keep_message);
  av_max_alloc(MAX_ALLOCATION);
  void *state = NULL;
  const AVCodec *codec;
  size_t n = 0;
  while ((codec = av_codec_iterate(&state)) != NULL)
    if (av_codec_is_decoder(codec) && codec->type == AVMEDIA_TYPE_AUDIO &&
        n + strlen(codec->name) + 2 <= sizeof decoders)
      n += (size_t)sprintf(decoders + n, "%s%s", n > 0 ? "," : "", codec->name);
}

void
sg_ffmpeg_catch_log(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, set_up);
  message[0] = '\0';
}

const char *
sg_ffmpeg_message(void)
{
  return message;
}

static int
read_bytes(void *user, uint8_t *out_bytes, int n)
{
  SgFfmpegFile *file = user;
  ssize_t count;
  do
    count = pread(file->fd, out_bytes, (size_t)n, file->at);
  while (count < 0 && errno == EINTR);
  if (count < 0 && file->read_errno == 0)
    file->read_errno = errno;
  if (count <= 0)
    return count == 0 ? AVERROR_EOF : AVERROR(errno);
  file->at += count;
  return (int)count;
}

static int64_t
seek_bytes(void *user, int64_t offset, int whence)
{
  SgFfmpegFile *file = user;
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE:
    return file->n_bytes;
  case SEEK_CUR:
    offset += file->at;
    break;
  case SEEK_END:
    offset += file->n_bytes;
    break;
  default:
    break;
  }
  if (offset < 0)
    return AVERROR(EINVAL);
  file->at = offset;
  return offset;
}

static int
open_nothing_else(AVFormatContext *format, AVIOContext **out_io, const char *url, int flags,
                  AVDictionary **options)
{
  return AVERROR(EPERM);
}

static SgStatus
open_descriptor(SgFfmpegFile *file, const char *path, SgError *error)
{
  struct stat status;
  file->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (file->fd < 0 || fstat(file->fd, &status) != 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  file->n_bytes = status.st_size;
  file->map = sg_mp4_map(file->fd);
  file->moov = sg_mp4_read_moov(file->fd, &file->map, &file->n_moov);
  /* A download that was broken off before the index at its end: nothing in it can be found. */
  if (file->map.is_mp4 && file->map.is_cut && file->map.moov_at < 0 && !file->map.is_fragmented)
    return sg_error_set(error, SG_NO_INDEX, path, NULL);
  return SG_OK;
}

/* Streams of picture, text and data are passed over. */
static void
discard_all_but_sound(AVFormatContext *format)
{
  for (unsigned i = 0; i < format->nb_streams; i++)
    if (format->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO)
      format->streams[i]->discard = AVDISCARD_ALL;
}

static SgStatus
open_format(SgFfmpegFile *file, const char *path, SgError *error)
{
  unsigned char *buffer = av_malloc(IO_BYTES);
  file->io = avio_alloc_context(buffer, IO_BYTES, 0, file, read_bytes, NULL, seek_bytes);
  file->packet = av_packet_alloc();
  file->format = avformat_alloc_context();
  AVDictionary *options = NULL;
  if (file->io == NULL)
    av_free(buffer);
  file->edits_ignored = file->moov != NULL && sg_mp4_edits_are_simple(file->moov, file->n_moov);
  if (file->io == NULL || file->packet == NULL || file->format == NULL ||
      av_dict_set(&options, "ignore_editlist", file->edits_ignored ? "1" : "0", 0) < 0 ||
      av_dict_set(&options, "format_whitelist", demuxers, 0) < 0 ||
      av_dict_set(&options, "codec_whitelist", decoders, 0) < 0) {
    av_dict_free(&options);
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  }
  file->format->pb = file->io;
  file->format->io_open = open_nothing_else;
  file->format->flags |= AVFMT_FLAG_CUSTOM_IO;
  file->format->max_streams = MAX_STREAMS;
  /* The name is not given: what a file is, its content says. On failure the format is freed. */
  int result = avformat_open_input(&file->format, NULL, NULL, &options);
  av_dict_free(&options);
  if (result >= 0) {
    discard_all_but_sound(file->format);
    result = avformat_find_stream_info(file->format, NULL);
  }
  if (file->read_errno != 0)
    return sg_error_set_errno(error, file->read_errno, SG_READ_FAILED, path);
  /* Out of memory is what a damaged header asks for: more than MAX_ALLOCATION at once. */
  if (result < 0)
    return sg_error_set(error, SG_NOT_AUDIO, path, message[0] != '\0' ? message : NULL);
  discard_all_but_sound(file->format);
  return SG_OK;
}

SgStatus
sg_ffmpeg_file_open(const char *path, SgFfmpegFile **out_file, SgError *error)
{
  *out_file = NULL;
  sg_ffmpeg_catch_log();
  SgFfmpegFile *file = SG_NEW(SgFfmpegFile, 1);
  if (file == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  file->fd = -1;
  SgStatus status = open_descriptor(file, path, error);
  if (status == SG_OK)
    status = open_format(file, path, error);
  if (status != SG_OK) {
    sg_ffmpeg_file_free(file);
    return status;
  }
  *out_file = file;
  return SG_OK;
}

void
sg_ffmpeg_file_free(SgFfmpegFile *file)
{
  if (file == NULL)
    return;
  avformat_close_input(&file->format);
  if (file->io != NULL)
    av_freep(&file->io->buffer);
  avio_context_free(&file->io);
  av_packet_free(&file->packet);
  sg_free(file->moov);
  if (file->fd >= 0)
    close(file->fd);
  sg_free(file);
}

static bool
is_sound(const AVStream *stream)
{
  return stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
}

uint32_t
sg_ffmpeg_n_streams(const AVFormatContext *format)
{
  uint32_t n = 0;
  for (unsigned i = 0; i < format->nb_streams; i++)
    n += is_sound(format->streams[i]);
  return n;
}

int
sg_ffmpeg_stream(const AVFormatContext *format, int k)
{
  int first = -1, n = 0;
  for (unsigned i = 0; i < format->nb_streams; i++) {
    if (!is_sound(format->streams[i]))
      continue;
    if (k == n || (k < 0 && (format->streams[i]->disposition & AV_DISPOSITION_DEFAULT) != 0))
      return (int)i;
    if (first < 0)
      first = (int)i;
    n++;
  }
  return k < 0 ? first : -1;
}
