#include <stdio.h>
#include <string.h>

#include "core/io/encoder.h"
#include "core/io/pcm.h"

static const char *const container_ids[SG_N_CONTAINERS] = {
  [SG_CONTAINER_WAV] = "wav",   [SG_CONTAINER_FLAC] = "flac", [SG_CONTAINER_OGG] = "ogg",
  [SG_CONTAINER_OPUS] = "opus", [SG_CONTAINER_MP3] = "mp3",   [SG_CONTAINER_STEM_MP4] = "stem.mp4",
};
static const char *const bits_ids[SG_N_BITS] = {
  [SG_BITS_16] = "16", [SG_BITS_24] = "24", [SG_BITS_32F] = "32f", [SG_BITS_LOSSY] = "lossy"
};

static const uint32_t opus_rates[] = { 8000, 12000, 16000, 24000, 48000, 0 };
static const uint32_t mp3_rates[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 0 };
/* What players of stem files take. */
static const uint32_t stem_mp4_rates[] = { 44100, 48000, 0 };

/* FLAC keeps its rate in 20 bits, of which libFLAC takes those that its frames can tell, and its length in
 * 36; libvorbis and LAME have settings up to their rates only. sf_format_check says yes to more than sf_open
 * and the first block then take. */
static const SgEncoderLimits limits[SG_N_CONTAINERS] = {
  [SG_CONTAINER_WAV] = { .min_rate_hz = 1,
                         .max_rate_hz = SG_MAX_RATE_HZ,
                         .max_channels = SG_MAX_CHANNELS,
                         .bits = 1 << SG_BITS_16 | 1 << SG_BITS_24 | 1 << SG_BITS_32F },
  [SG_CONTAINER_FLAC] = { .min_rate_hz = 1,
                          .max_rate_hz = 655350,
                          .coarse_rate_hz = 65536,
                          .max_channels = 8,
                          .bits = 1 << SG_BITS_16 | 1 << SG_BITS_24,
                          .max_samples = (1ll << 36) - 1,
                          .has_cover = true },
  [SG_CONTAINER_OGG] = { .min_rate_hz = 1,
                         .max_rate_hz = 200000,
                         .max_channels = SG_MAX_CHANNELS,
                         .bits = 1 << SG_BITS_LOSSY },
  [SG_CONTAINER_OPUS] = { .rates_hz = opus_rates,
                          .min_rate_hz = 8000,
                          .max_rate_hz = 48000,
                          .max_channels = SG_MAX_CHANNELS,
                          .bits = 1 << SG_BITS_LOSSY },
  [SG_CONTAINER_MP3] = { .rates_hz = mp3_rates,
                         .min_rate_hz = 8000,
                         .max_rate_hz = 48000,
                         .max_channels = 2,
                         .bits = 1 << SG_BITS_LOSSY,
                         .has_cover = true },
  [SG_CONTAINER_STEM_MP4] = { .rates_hz = stem_mp4_rates,
                              .min_rate_hz = 44100,
                              .max_rate_hz = 48000,
                              .max_channels = 2,
                              .bits = 1 << SG_BITS_LOSSY,
                              .has_cover = true,
                              .needs_ffmpeg = true },
};

const char *
sg_container_id(SgContainer container)
{
  return container_ids[container];
}

bool
sg_container_find(const char *id, SgContainer *out_container)
{
  for (unsigned i = 0; i < SG_N_CONTAINERS; i++)
    if (strcmp(container_ids[i], id) == 0) {
      *out_container = (SgContainer)i;
      return true;
    }
  return false;
}

bool
sg_bits_find(const char *id, SgBits *out_bits)
{
  for (unsigned i = 0; i < SG_BITS_LOSSY; i++)
    if (strcmp(bits_ids[i], id) == 0) {
      *out_bits = (SgBits)i;
      return true;
    }
  return false;
}

SgBits
sg_bits_standard(SgContainer container)
{
  unsigned bits = limits[container].bits;
  return (bits & 1 << SG_BITS_LOSSY) != 0 ? SG_BITS_LOSSY
         : (bits & 1 << SG_BITS_32F) != 0 ? SG_BITS_32F
                                          : SG_BITS_24;
}

const SgEncoderLimits *
sg_encoder_limits(SgContainer container)
{
  return &limits[container];
}

static bool
has_rate(const SgEncoderLimits *limit, uint32_t rate_hz)
{
  for (const uint32_t *rate = limit->rates_hz; rate != NULL && *rate != 0; rate++)
    if (*rate == rate_hz)
      return true;
  if (limit->coarse_rate_hz > 0 && rate_hz >= limit->coarse_rate_hz && rate_hz % 10 != 0)
    return false;
  return limit->rates_hz == NULL && rate_hz >= limit->min_rate_hz && rate_hz <= limit->max_rate_hz;
}

SgMisfit
sg_encoder_misfit(SgEncoderFormat format)
{
  const SgEncoderLimits *limit = &limits[format.container];
  if ((limit->bits & 1u << format.bits) == 0)
    return SG_MISFIT_BITS;
  if (format.n_channels < 1 || format.n_channels > limit->max_channels)
    return SG_MISFIT_CHANNELS;
  if (!has_rate(limit, format.rate_hz))
    return SG_MISFIT_RATE;
  if (limit->max_samples > 0 && format.n_samples > limit->max_samples)
    return SG_MISFIT_LENGTH;
  return SG_FITS;
}

uint32_t
sg_encoder_nearest_rate(SgContainer container, uint32_t rate_hz)
{
  const SgEncoderLimits *limit = &limits[container];
  for (const uint32_t *rate = limit->rates_hz; rate != NULL && *rate != 0; rate++)
    if (*rate >= rate_hz)
      return *rate;
  if (limit->coarse_rate_hz > 0 && rate_hz >= limit->coarse_rate_hz)
    rate_hz = (rate_hz + 9) / 10 * 10;
  return rate_hz > limit->max_rate_hz   ? limit->max_rate_hz
         : rate_hz < limit->min_rate_hz ? limit->min_rate_hz
                                        : rate_hz;
}

SgNulling
sg_format_nulling(SgBits bits)
{
  return bits == SG_BITS_32F ? SG_NULLS : bits == SG_BITS_24 ? SG_NULLS_UNLIMITED : SG_NULLS_NOT;
}

SgStatus
sg_encoder_check(SgEncoderFormat format, SgError *error)
{
  if (sg_encoder_misfit(format) == SG_FITS)
    return SG_OK;
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail, "%s, %s bits, %u Hz, %u channels", container_ids[format.container],
           bits_ids[format.bits], format.rate_hz, format.n_channels);
  return sg_error_set(error, SG_BAD_FORMAT, NULL, detail);
}
