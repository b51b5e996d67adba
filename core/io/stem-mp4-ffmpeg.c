#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/io/file-ffmpeg.h"
#include "core/io/stem-mp4.h"

enum { IO_BYTES = 65536 };

typedef struct {
  AVCodecContext *codec;
  AVStream *stream;
  AVFrame *frame;
  int n_filled; /* samples in the frame so far */
  int64_t n_sent;
} Stream;

struct SgStemMp4Writer {
  SgEncoderFormat format;
  SgStemMp4Info info;
  SgAtomicFile *file;
  int64_t at;
  int write_errno;
  AVIOContext *io;
  AVFormatContext *muxer;
  AVPacket *packet;
  Stream streams[SG_STEM_MP4_STREAMS];
  bool is_begun; /* the muxer's header is written */
};

static int
write_bytes(void *user, uint8_t *bytes, int n)
{
  SgStemMp4Writer *writer = user;
  int done = 0;
  while (done < n) {
    ssize_t count = pwrite(sg_atomic_file_fd(writer->file), bytes + done, (size_t)(n - done), writer->at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      if (writer->write_errno == 0)
        writer->write_errno = count < 0 ? errno : EIO;
      return AVERROR(writer->write_errno);
    }
    writer->at += count;
    done += (int)count;
  }
  return n;
}

static int64_t
seek_bytes(void *user, int64_t offset, int whence)
{
  SgStemMp4Writer *writer = user;
  if (whence != SEEK_SET || offset < 0)
    return AVERROR(EINVAL);
  writer->at = offset;
  return offset;
}

static SgStatus
failed(const SgStemMp4Writer *writer, int result, SgError *error)
{
  const char *path = sg_atomic_file_path(writer->file);
  if (writer->write_errno != 0)
    return sg_error_set_errno(error, writer->write_errno, SG_WRITE_FAILED, path);
  if (result == AVERROR(ENOMEM))
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  return sg_error_set(error, SG_WRITE_FAILED, path, sg_ffmpeg_message());
}

/* 64 to 352 kbit/s for each of the five; the format's own recommendation, 256, at the standard quality. */
static int64_t
bits_per_second(const SgEncoderFormat *format)
{
  double quality = format->quality > 0.0 ? format->quality : SG_QUALITY_STANDARD;
  return (int64_t)(1000.0 * (64.0 + 32.0 * (quality - SG_QUALITY_MIN)));
}

static int
open_codec(SgStemMp4Writer *writer, Stream *stream)
{
  const AVCodec *aac = avcodec_find_encoder(AV_CODEC_ID_AAC);
  AVCodecContext *codec = stream->codec = avcodec_alloc_context3(aac);
  stream->frame = av_frame_alloc();
  if (codec == NULL || stream->frame == NULL)
    return AVERROR(ENOMEM);
  av_channel_layout_default(&codec->ch_layout, 2);
  codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
  codec->sample_rate = (int)writer->format.rate_hz;
  codec->time_base = (AVRational){ 1, codec->sample_rate };
  codec->bit_rate = bits_per_second(&writer->format);
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
  int result = avcodec_open2(codec, aac, NULL);
  if (result < 0)
    return result;
  stream->frame->format = codec->sample_fmt;
  stream->frame->nb_samples = codec->frame_size;
  stream->frame->sample_rate = codec->sample_rate;
  result = av_channel_layout_copy(&stream->frame->ch_layout, &codec->ch_layout);
  return result < 0 ? result : av_frame_get_buffer(stream->frame, 0);
}

static int
add_stream(SgStemMp4Writer *writer, int k)
{
  Stream *stream = &writer->streams[k];
  int result = open_codec(writer, stream);
  if (result < 0)
    return result;
  stream->stream = avformat_new_stream(writer->muxer, NULL);
  if (stream->stream == NULL)
    return AVERROR(ENOMEM);
  stream->stream->time_base = stream->codec->time_base;
  stream->stream->disposition = k == 0 ? AV_DISPOSITION_DEFAULT : 0;
  return avcodec_parameters_from_context(stream->stream->codecpar, stream->codec);
}

static int
set_texts(AVFormatContext *muxer, const SgTags *tags)
{
  if (tags == NULL)
    return 0;
  const char *texts[][2] = { { "title", tags->title },    { "artist", tags->artist },
                             { "album", tags->album },    { "date", tags->date },
                             { "track", tags->track },    { "genre", tags->genre },
                             { "comment", tags->comment } };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i][1][0] != '\0' && av_dict_set(&muxer->metadata, texts[i][0], texts[i][1], 0) < 0)
      return AVERROR(ENOMEM);
  return 0;
}

/* The muxer takes a cover as a stream of one picture, whose size it does not write. */
static AVStream *
add_cover(SgStemMp4Writer *writer)
{
  AVStream *stream = avformat_new_stream(writer->muxer, NULL);
  if (stream == NULL)
    return NULL;
  bool is_png = strcmp(writer->format.tags->cover_type, "image/png") == 0;
  stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
  stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  stream->codecpar->codec_id = is_png ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG;
  stream->codecpar->width = stream->codecpar->height = 1;
  return stream;
}

static int
write_cover(SgStemMp4Writer *writer, const AVStream *stream)
{
  const SgTags *tags = writer->format.tags;
  int result = av_new_packet(writer->packet, (int)tags->n_cover);
  if (result < 0)
    return result;
  memcpy(writer->packet->data, tags->cover, tags->n_cover);
  writer->packet->stream_index = stream->index;
  writer->packet->pts = writer->packet->dts = 0;
  result = av_write_frame(writer->muxer, writer->packet);
  av_packet_unref(writer->packet);
  return result;
}

static int
begin(SgStemMp4Writer *writer)
{
  const SgTags *tags = writer->format.tags;
  AVDictionary *options = NULL;
  AVStream *cover = NULL;
  char timescale[16];
  unsigned char *buffer = av_malloc(IO_BYTES);
  writer->io = avio_alloc_context(buffer, IO_BYTES, 1, writer, NULL, write_bytes, seek_bytes);
  if (writer->io == NULL)
    av_free(buffer);
  writer->packet = av_packet_alloc();
  int result = avformat_alloc_output_context2(&writer->muxer, NULL, "mp4", NULL);
  if (result < 0)
    return result;
  if (writer->io == NULL || writer->packet == NULL)
    return AVERROR(ENOMEM);
  writer->muxer->pb = writer->io;
  writer->muxer->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  for (int k = 0; k < SG_STEM_MP4_STREAMS && result >= 0; k++)
    result = add_stream(writer, k);
  if (result >= 0 && tags != NULL && tags->n_cover > 0 && (cover = add_cover(writer)) == NULL)
    result = AVERROR(ENOMEM);
  if (result >= 0)
    result = set_texts(writer->muxer, tags);
  /* In ticks of a sample the edit lists are exact. */
  snprintf(timescale, sizeof timescale, "%u", writer->format.rate_hz);
  if (result >= 0)
    result = av_dict_set(&options, "movie_timescale", timescale, 0);
  if (result >= 0)
    result = avformat_write_header(writer->muxer, &options);
  writer->is_begun = result >= 0;
  if (result >= 0 && cover != NULL)
    result = write_cover(writer, cover);
  av_dict_free(&options);
  return result;
}

SgStatus
sg_stem_mp4_writer_new(const char *path, SgEncoderFormat format, const SgStemMp4Info *info, bool overwrite,
                       SgStemMp4Writer **out_writer, SgError *error)
{
  *out_writer = NULL;
  sg_ffmpeg_catch_log();
  SgStatus status = sg_encoder_check(format, error);
  if (status != SG_OK)
    return status;
  if (format.container != SG_CONTAINER_STEM_MP4 || format.n_channels != 2)
    return sg_error_set(error, SG_BAD_ARGUMENT, path, "format");
  SgStemMp4Writer *writer = SG_NEW(SgStemMp4Writer, 1);
  if (writer == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  writer->format = format;
  writer->info = *info;
  status = sg_atomic_file_new(path, overwrite, &writer->file, error);
  int result = status == SG_OK ? begin(writer) : 0;
  if (result < 0)
    status = failed(writer, result, error);
  if (status != SG_OK) {
    sg_stem_mp4_writer_free(writer);
    return status;
  }
  writer->format.tags = NULL;
  *out_writer = writer;
  return SG_OK;
}

void
sg_stem_mp4_writer_free(SgStemMp4Writer *writer)
{
  if (writer == NULL)
    return;
  for (int k = 0; k < SG_STEM_MP4_STREAMS; k++) {
    avcodec_free_context(&writer->streams[k].codec);
    av_frame_free(&writer->streams[k].frame);
  }
  avformat_free_context(writer->muxer);
  if (writer->io != NULL)
    av_freep(&writer->io->buffer);
  avio_context_free(&writer->io);
  av_packet_free(&writer->packet);
  sg_atomic_file_free(writer->file);
  sg_free(writer);
}

/* Sends the stream's frame, or at the end NULL, and writes what comes of it. */
static int
encode(SgStemMp4Writer *writer, Stream *stream, AVFrame *frame)
{
  int result = avcodec_send_frame(stream->codec, frame);
  while (result >= 0) {
    result = avcodec_receive_packet(stream->codec, writer->packet);
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
      return 0;
    if (result < 0)
      break;
    writer->packet->stream_index = stream->stream->index;
    av_packet_rescale_ts(writer->packet, stream->codec->time_base, stream->stream->time_base);
    result = av_interleaved_write_frame(writer->muxer, writer->packet);
  }
  return result;
}

static int
send_frame(SgStemMp4Writer *writer, Stream *stream)
{
  stream->frame->nb_samples = stream->n_filled;
  stream->frame->pts = stream->n_sent;
  stream->n_sent += stream->n_filled;
  stream->n_filled = 0;
  int result = encode(writer, stream, stream->frame);
  stream->frame->nb_samples = stream->codec->frame_size;
  return result;
}

/* Adds samples to the stream's frame from `at` on; *out_n tells how many. */
static int
fill_frame(SgStemMp4Writer *writer, Stream *stream, const float *interleaved, int64_t n, int64_t *out_n)
{
  int result = stream->n_filled == 0 ? av_frame_make_writable(stream->frame) : 0;
  int64_t n_room = stream->codec->frame_size - stream->n_filled;
  *out_n = n < n_room ? n : n_room;
  for (int c = 0; c < 2 && result >= 0; c++) {
    float *plane = (float *)stream->frame->data[c] + stream->n_filled;
    for (int64_t i = 0; i < *out_n; i++)
      plane[i] = interleaved[2 * i + c];
  }
  stream->n_filled += (int)*out_n;
  return result;
}

SgStatus
sg_stem_mp4_writer_write(SgStemMp4Writer *writer, const float *const streams[SG_STEM_MP4_STREAMS], int64_t n,
                         SgError *error)
{
  int result = 0;
  int64_t n_taken = 0;
  for (int64_t at = 0; at < n && result >= 0; at += n_taken)
    for (int k = 0; k < SG_STEM_MP4_STREAMS && result >= 0; k++) {
      Stream *stream = &writer->streams[k];
      result = fill_frame(writer, stream, streams[k] + 2 * at, n - at, &n_taken);
      if (result >= 0 && stream->n_filled == stream->codec->frame_size)
        result = send_frame(writer, stream);
    }
  return result >= 0 && writer->write_errno == 0 ? SG_OK : failed(writer, result, error);
}

/* Puts the stems' atom into the index, which is the last atom of the file. */
static SgStatus
append_stems(SgStemMp4Writer *writer, SgError *error)
{
  int fd = sg_atomic_file_fd(writer->file);
  SgMp4Map map = sg_mp4_map(fd);
  size_t n_old, n_new;
  uint8_t *old = sg_mp4_read_moov(fd, &map, &n_old);
  char *text = sg_stem_mp4_dup_json(&writer->info);
  uint8_t *new = NULL;
  if (old != NULL && text != NULL)
    new = sg_stem_mp4_dup_moov(old, n_old, text, &n_new);
  SgStatus status = SG_OK;
  if (new == NULL || lseek(fd, 0, SEEK_END) != map.moov_at + map.moov_bytes)
    status = sg_error_set(error, SG_NO_MEMORY, sg_atomic_file_path(writer->file), NULL);
  for (size_t done = 0; status == SG_OK && done < n_new;) {
    writer->at = map.moov_at + (int64_t)done;
    int n_now = (int)(n_new - done < IO_BYTES ? n_new - done : IO_BYTES);
    if (write_bytes(writer, new + done, n_now) < 0)
      status = failed(writer, 0, error);
    done += (size_t)n_now;
  }
  free(text);
  sg_free(old);
  sg_free(new);
  return status;
}

SgStatus
sg_stem_mp4_writer_complete(SgStemMp4Writer *writer, SgError *error)
{
  int result = 0;
  for (int k = 0; k < SG_STEM_MP4_STREAMS && result >= 0; k++) {
    if (writer->streams[k].n_filled > 0)
      result = send_frame(writer, &writer->streams[k]);
    if (result >= 0)
      result = encode(writer, &writer->streams[k], NULL);
  }
  if (result >= 0)
    result = av_write_trailer(writer->muxer);
  if (result < 0 || writer->write_errno != 0)
    return failed(writer, result, error);
  SgStatus status = append_stems(writer, error);
  if (status == SG_OK && fsync(sg_atomic_file_fd(writer->file)) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, sg_atomic_file_path(writer->file));
  return status;
}

SgStatus
sg_stem_mp4_writer_publish(SgStemMp4Writer *writer, SgError *error)
{
  return sg_atomic_file_publish(writer->file, error);
}
