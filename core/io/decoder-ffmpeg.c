#include <libswresample/swresample.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/decoder-private.h"
#include "core/io/file-ffmpeg.h"

typedef struct {
  SgDecoder decoder;
  SgFfmpegFile *file;
  AVStream *stream;
  AVCodecContext *codec;
  AVFrame *frame;
  SwrContext *converter; /* from what frames hold to interleaved floats of the shape in decoder.info */
  AVChannelLayout in_layout;
  int in_rate_hz, in_format;
  float *block; /* [n_block × n_channels], of which from block_at on was not given yet */
  int64_t n_block, block_at, block_capacity;
  int64_t n_skip; /* samples still to drop at the start */
  int64_t n_left; /* samples still to give, −1 when the end is not known */
  int64_t n_given;
  int64_t n_pending; /* samples that packets could not give since the last good one */
  bool is_drained;
} FfmpegDecoder;

static const struct {
  const char *demuxer, *name;
} containers[] = {
  { "mov", "MP4" },        { "matroska", "Matroska" }, { "asf", "ASF" }, { "aac", "ADTS" },  { "avi", "AVI" },
  { "mpegts", "MPEG-TS" }, { "mpeg", "MPEG" },         { "wav", "WAV" }, { "flac", "FLAC" }, { "ogg", "Ogg" },
  { "caf", "CAF" },        { "aiff", "AIFF" },         { "w64", "W64" }, { "mp3", "MP3" },   { "au", "AU" },
  { "wv", "WavPack" },     { "tta", "TTA" },           { "ape", "APE" }, { "ac3", "AC-3" },
};

/* Short names: ours, or the library's up to its bracket ("AAC (Advanced Audio Coding)"). */
static void
name_format(const FfmpegDecoder *self, SgAudioInfo *info)
{
  const AVInputFormat *format = self->file->format->iformat;
  const AVCodecDescriptor *codec = avcodec_descriptor_get(self->codec->codec_id);
  const char *container = format->long_name != NULL ? format->long_name : format->name;
  const char *encoding = codec == NULL ? "" : codec->long_name != NULL ? codec->long_name : codec->name;
  for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
    size_t n = strlen(containers[i].demuxer);
    if (strncmp(format->name, containers[i].demuxer, n) == 0 && strchr(",", format->name[n]) != NULL)
      container = containers[i].name;
  }
  const char *bracket = strstr(encoding, " (");
  int n_encoding = bracket != NULL ? (int)(bracket - encoding) : (int)strlen(encoding);
  snprintf(info->container, sizeof info->container, "%s", container);
  snprintf(info->encoding, sizeof info->encoding, "%.*s", n_encoding, encoding);
}

/* Bits of the integers that a lossless codec keeps, else 0. */
static uint32_t
integer_bits(const AVCodecContext *codec)
{
  const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec->codec_id);
  enum AVSampleFormat format = av_get_packed_sample_fmt(codec->sample_fmt);
  if (descriptor == NULL || (descriptor->props & AV_CODEC_PROP_LOSSY) != 0)
    return 0;
  if (format != AV_SAMPLE_FMT_U8 && format != AV_SAMPLE_FMT_S16 && format != AV_SAMPLE_FMT_S32)
    return 0;
  uint32_t most = 8 * (uint32_t)av_get_bytes_per_sample(format), bits = (uint32_t)codec->bits_per_raw_sample;
  return bits > 0 && bits <= most ? bits : most;
}

static void
read_tag(const FfmpegDecoder *self, const char *key, char *out, size_t size)
{
  const AVDictionaryEntry *entry = av_dict_get(self->file->format->metadata, key, NULL, 0);
  if (entry == NULL)
    entry = av_dict_get(self->stream->metadata, key, NULL, 0);
  snprintf(out, size, "%s", entry != NULL ? entry->value : "");
}

/* Containers whose header tells the number of samples exactly. */
static int64_t
exact_length(const FfmpegDecoder *self)
{
  static const char *const names[] = { "wv", "tta", "ape", "tak", "flac", "wav", "w64", "aiff" };
  const AVStream *stream = self->stream;
  if (self->file->format->duration_estimation_method != AVFMT_DURATION_FROM_STREAM || stream->duration <= 0)
    return 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(self->file->format->iformat->name, names[i]) == 0)
      return av_rescale_q(stream->duration, stream->time_base, (AVRational){ 1, self->codec->sample_rate });
  return 0;
}

/* Where the sound begins and ends in what the decoder gives, where we are the ones to cut (see header). */
static void
find_span(FfmpegDecoder *self)
{
  SgMp4Span span;
  const AVDictionaryEntry *smpb = av_dict_get(self->file->format->metadata, "iTunSMPB", NULL, 0);
  int64_t rate_hz = self->codec->sample_rate;
  self->n_left = -1;
  if (self->file->edits_ignored &&
      sg_mp4_track_span(self->file->moov, self->file->n_moov, (uint32_t)self->stream->id, &span)) {
    int64_t start = span.start, length = span.length;
    bool is_from_itunes = smpb != NULL && sg_mp4_parse_smpb(smpb->value, &start, &length);
    int64_t ticks = is_from_itunes ? rate_hz : span.timescale;
    self->codec->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
    self->n_skip = av_rescale(start, rate_hz, ticks);
    self->decoder.info.n_samples = av_rescale(length, rate_hz, ticks);
  } else {
    self->decoder.info.n_samples = exact_length(self);
  }
  if (self->decoder.info.n_samples > 0)
    self->n_left = self->decoder.info.n_samples;
}

static SgStatus
open_codec(FfmpegDecoder *self, SgError *error)
{
  const char *path = self->decoder.path;
  const AVCodec *codec = avcodec_find_decoder(self->stream->codecpar->codec_id);
  self->codec = avcodec_alloc_context3(codec);
  self->frame = av_frame_alloc();
  if (self->codec == NULL || self->frame == NULL ||
      avcodec_parameters_to_context(self->codec, self->stream->codecpar) < 0)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  self->codec->pkt_timebase = self->stream->time_base;
  self->codec->thread_count = 1; /* errors are told on this thread, and bytes do not depend on others */
  find_span(self);
  int result = codec != NULL ? avcodec_open2(self->codec, codec, NULL) : AVERROR_DECODER_NOT_FOUND;
  if (result == AVERROR(ENOMEM))
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  if (result < 0)
    return sg_error_set(error, SG_NOT_AUDIO, path,
                        codec == NULL ? avcodec_get_name(self->stream->codecpar->codec_id)
                                      : sg_ffmpeg_message());
  /* The rate is in each frame's header, and there was no whole frame. */
  if (self->codec->sample_rate == 0)
    return sg_error_set(error, SG_NO_SAMPLES, path, NULL);
  return sg_decoder_check_shape(path, self->codec->sample_rate, self->codec->ch_layout.nb_channels, error);
}

/* Makes room for `n` samples behind those in the block; those given already go. */
static bool
reserve(FfmpegDecoder *self, int64_t n)
{
  size_t n_channels = self->decoder.info.n_channels;
  int64_t n_kept = self->n_block - self->block_at;
  if (n_kept > 0 && self->block_at > 0)
    memmove(self->block, self->block + self->block_at * n_channels,
            (size_t)n_kept * n_channels * sizeof *self->block);
  self->n_block = n_kept;
  self->block_at = 0;
  if (n_kept + n <= self->block_capacity)
    return true;
  float *bigger = SG_NEW(float, (size_t)(n_kept + n) * n_channels);
  if (bigger == NULL)
    return false;
  if (n_kept > 0)
    memcpy(bigger, self->block, (size_t)n_kept * n_channels * sizeof *bigger);
  sg_free(self->block);
  self->block = bigger;
  self->block_capacity = n_kept + n;
  return true;
}

/* Adds what the converter makes of `n_in` samples, or what it holds back when `in` is NULL. */
static bool
convert(FfmpegDecoder *self, const uint8_t **in, int n_in)
{
  int n_most = swr_get_out_samples(self->converter, n_in);
  if (n_most < 0 || !reserve(self, n_most))
    return false;
  uint8_t *out = (uint8_t *)(self->block + self->n_block * self->decoder.info.n_channels);
  int n = swr_convert(self->converter, &out, n_most, in, n_in);
  if (n > 0)
    self->n_block += n;
  return n >= 0;
}

/* A converter for what the frame holds; kept while that stays the same. */
static bool
prepare_converter(FfmpegDecoder *self)
{
  AVFrame *frame = self->frame;
  if (self->converter != NULL && frame->sample_rate == self->in_rate_hz && frame->format == self->in_format &&
      av_channel_layout_compare(&frame->ch_layout, &self->in_layout) == 0)
    return true;
  if (self->converter != NULL && !convert(self, NULL, 0))
    return false;
  /* The song's shape stays what its header said, whatever comes later. */
  AVChannelLayout standard = { 0 }, *out_layout = &frame->ch_layout;
  if (out_layout->nb_channels != (int)self->decoder.info.n_channels) {
    av_channel_layout_default(&standard, (int)self->decoder.info.n_channels);
    out_layout = &standard;
  }
  swr_free(&self->converter);
  self->in_rate_hz = frame->sample_rate;
  self->in_format = frame->format;
  return av_channel_layout_copy(&self->in_layout, &frame->ch_layout) >= 0 &&
         swr_alloc_set_opts2(&self->converter, out_layout, AV_SAMPLE_FMT_FLT, (int)self->decoder.info.rate_hz,
                             &frame->ch_layout, frame->format, frame->sample_rate, 0, NULL) >= 0 &&
         swr_init(self->converter) >= 0;
}

/* Takes out of the block what lies before the song and behind it. */
static void
cut_block(FfmpegDecoder *self)
{
  int64_t n = self->n_block - self->block_at;
  int64_t n_dropped = n < self->n_skip ? n : self->n_skip;
  self->n_skip -= n_dropped;
  self->block_at += n_dropped;
  if (self->n_left >= 0 && self->n_block - self->block_at > self->n_left)
    self->n_block = self->block_at + self->n_left;
}

/* What damaged packets did not give becomes silence, so that what follows stays in its place. */
static bool
fill_lost(FfmpegDecoder *self)
{
  SgDecoder *decoder = &self->decoder;
  if (self->n_pending == 0)
    return true;
  if (!reserve(self, self->n_pending))
    return false;
  if (decoder->n_lost == 0)
    decoder->lost_at = self->n_given + self->n_block;
  decoder->n_lost += self->n_pending;
  memset(self->block + self->n_block * decoder->info.n_channels, 0,
         (size_t)self->n_pending * decoder->info.n_channels * sizeof *self->block);
  self->n_block += self->n_pending;
  self->n_pending = 0;
  return true;
}

/* A packet that could not be decoded; how long it would have been its container may tell. */
static void
note_lost(FfmpegDecoder *self, const AVPacket *packet)
{
  int64_t rate_hz = self->decoder.info.rate_hz, n = self->codec->frame_size;
  if (packet->duration > 0)
    n = av_rescale_q(packet->duration, self->stream->time_base, (AVRational){ 1, (int)rate_hz });
  if (self->n_given + self->n_block > 0 && n > 0 && self->n_pending < rate_hz)
    self->n_pending += n < rate_hz ? n : rate_hz;
}

/* Feeds the codec with the next packet of the stream, or at the end with the sign of it. */
static SgStatus
send_packet(FfmpegDecoder *self, SgError *error)
{
  AVPacket *packet = self->file->packet;
  for (;;) {
    av_packet_unref(packet);
    int result = av_read_frame(self->file->format, packet);
    if (self->file->read_errno != 0)
      return sg_error_set_errno(error, self->file->read_errno, SG_READ_FAILED, self->decoder.path);
    if (result < 0) {
      self->is_drained = true;
      avcodec_send_packet(self->codec, NULL);
      return SG_OK;
    }
    if (packet->stream_index == self->stream->index)
      break;
  }
  int64_t at = avio_tell(self->file->io);
  double fraction = self->file->n_bytes > 0 ? (double)at / (double)self->file->n_bytes : 0.0;
  if (fraction > self->decoder.fraction)
    self->decoder.fraction = fraction;
  /* The file ended in the middle of this one: noise at best. */
  bool is_partial = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
  int result = is_partial ? AVERROR_INVALIDDATA : avcodec_send_packet(self->codec, packet);
  if (result == AVERROR(ENOMEM))
    return sg_error_set(error, SG_NO_MEMORY, self->decoder.path, NULL);
  if (result < 0 && result != AVERROR(EAGAIN))
    note_lost(self, packet);
  return SG_OK;
}

/* Adds the next frame to the block; at the end adds nothing. */
static SgStatus
decode_frame(FfmpegDecoder *self, SgError *error)
{
  const char *path = self->decoder.path;
  int result;
  while ((result = avcodec_receive_frame(self->codec, self->frame)) < 0) {
    if (result == AVERROR(ENOMEM))
      return sg_error_set(error, SG_NO_MEMORY, path, NULL);
    if (result == AVERROR_EOF || self->is_drained)
      return SG_OK;
    if (result != AVERROR(EAGAIN))
      note_lost(self, self->file->packet);
    SgStatus status = send_packet(self, error);
    if (status != SG_OK)
      return status;
  }
  SgStatus status =
      sg_decoder_check_shape(path, self->frame->sample_rate, self->frame->ch_layout.nb_channels, error);
  sg_ffmpeg_catch_log();
  bool is_converted = status == SG_OK && fill_lost(self) && prepare_converter(self) &&
                      convert(self, (const uint8_t **)self->frame->extended_data, self->frame->nb_samples);
  if (status == SG_OK && !is_converted) /* without a word from the converter it was memory */
    status = sg_ffmpeg_message()[0] != '\0' ? sg_error_set(error, SG_BAD_FORMAT, path, sg_ffmpeg_message())
                                            : sg_error_set(error, SG_NO_MEMORY, path, NULL);
  av_frame_unref(self->frame);
  cut_block(self);
  return status;
}

static SgStatus
ffmpeg_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error)
{
  FfmpegDecoder *self = (FfmpegDecoder *)decoder;
  size_t n_channels = decoder->info.n_channels;
  *out_n = 0;
  while (*out_n < n && self->n_left != 0) {
    if (self->block_at == self->n_block) {
      bool was_drained = self->is_drained;
      self->n_block = self->block_at = 0;
      SgStatus status = decode_frame(self, error);
      if (status != SG_OK)
        return status;
      if (self->block_at == self->n_block && was_drained)
        break;
      continue;
    }
    int64_t n_there = self->n_block - self->block_at, n_now = n - *out_n < n_there ? n - *out_n : n_there;
    memcpy(out_interleaved + *out_n * (int64_t)n_channels, self->block + self->block_at * (int64_t)n_channels,
           (size_t)n_now * n_channels * sizeof *out_interleaved);
    self->block_at += n_now;
    self->n_given += n_now;
    *out_n += n_now;
    if (self->n_left > 0)
      self->n_left -= n_now;
  }
  return SG_OK;
}

static void
ffmpeg_free(SgDecoder *decoder)
{
  FfmpegDecoder *self = (FfmpegDecoder *)decoder;
  swr_free(&self->converter);
  av_channel_layout_uninit(&self->in_layout);
  av_frame_free(&self->frame);
  avcodec_free_context(&self->codec);
  sg_ffmpeg_file_free(self->file);
  sg_free(self->block);
  sg_free(self);
}

SgStatus
sg_decoder_ffmpeg_open(const char *path, int stream, SgDecoder **out_decoder, SgError *error)
{
  static const SgDecoderClass class = { .read = ffmpeg_read, .free = ffmpeg_free };
  *out_decoder = NULL;
  FfmpegDecoder *self = SG_NEW(FfmpegDecoder, 1);
  if (self == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  self->decoder.class = &class;
  snprintf(self->decoder.path, sizeof self->decoder.path, "%s", path);
  SgStatus status = sg_ffmpeg_file_open(path, &self->file, error);
  int index = status == SG_OK ? sg_ffmpeg_stream(self->file->format, stream) : -1;
  if (status == SG_OK && index < 0)
    status = sg_error_set(error, SG_NO_SAMPLES, path, NULL);
  if (status == SG_OK) {
    for (unsigned i = 0; i < self->file->format->nb_streams; i++)
      self->file->format->streams[i]->discard = (int)i == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    self->stream = self->file->format->streams[index];
    status = open_codec(self, error);
  }
  if (status != SG_OK) {
    ffmpeg_free(&self->decoder);
    return status;
  }
  SgAudioInfo *info = &self->decoder.info;
  info->rate_hz = (uint32_t)self->codec->sample_rate;
  info->n_channels = (uint32_t)self->codec->ch_layout.nb_channels;
  info->n_streams = sg_ffmpeg_n_streams(self->file->format);
  info->n_bits = integer_bits(self->codec);
  name_format(self, info);
  read_tag(self, "title", info->title, sizeof info->title);
  read_tag(self, "artist", info->artist, sizeof info->artist);
  *out_decoder = &self->decoder;
  return SG_OK;
}
