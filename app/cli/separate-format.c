#include "app/cli/separate-format.h"

#include <glib/gi18n.h>
#include <limits.h>
#include <math.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"

void
separate_format_options_clear(SeparateFormatOptions *options)
{
  g_free(options->format);
  g_free(options->bits);
}

static gboolean
choose_bits(const char *bits, SgContainer container, SgBits *out_bits)
{
  *out_bits = sg_bits_standard(container);
  if (bits == NULL)
    return TRUE;
  if (!sg_bits_find(bits, out_bits)) {
    cli_usage_error(_("--bits %s: expected 16, 24 or 32f"), bits);
    return FALSE;
  }
  if ((sg_encoder_limits(container)->bits & 1u << *out_bits) != 0)
    return TRUE;
  if (container == SG_CONTAINER_FLAC)
    cli_usage_error("%s", _("FLAC holds 16 or 24 bits; take WAV for 32f"));
  else
    cli_usage_error(_("--bits %s: %s has no bits to choose, it has --quality"), bits,
                    sg_container_id(container));
  return FALSE;
}

static gboolean
choose_rate(int rate_hz, SgContainer container, SgBits bits)
{
  SgEncoderFormat format = {
    .container = container, .bits = bits, .rate_hz = (uint32_t)rate_hz, .n_channels = 2
  };
  if (rate_hz == 0 || (rate_hz > 0 && sg_encoder_misfit(format) == SG_FITS))
    return TRUE;
  cli_usage_error(_("--rate %d: %s cannot hold this rate"), rate_hz, sg_container_id(container));
  return FALSE;
}

gboolean
separate_format_choose(const SeparateFormatOptions *options, SgExportOptions *out_export)
{
  SgContainer container;
  const char *id = options->format != NULL ? options->format : "wav";
  if (!sg_container_find(id, &container)) {
    cli_usage_error(_("--format %s: expected wav, flac, ogg, opus, mp3 or stem.mp4"), id);
    return FALSE;
  }
  if (options->quality != 0.0 &&
      !(options->quality >= SG_QUALITY_MIN && options->quality <= SG_QUALITY_MAX)) {
    cli_usage_error(_("--quality %g: expected %d (small) to %d (best)"), options->quality, SG_QUALITY_MIN,
                    SG_QUALITY_MAX);
    return FALSE;
  }
  out_export->container = container;
  out_export->quality = options->quality;
  out_export->rate_hz = (uint32_t)MAX(options->rate_hz, 0);
  out_export->common_gain = options->common_gain;
  out_export->no_dither = options->no_dither;
  return choose_bits(options->bits, container, &out_export->bits) &&
         choose_rate(options->rate_hz, container, out_export->bits);
}

/* "8000, 12000, 16000, 24000, 48000 Hz", or "1 to 200000 Hz" */
static char *
dup_rates(const SgEncoderLimits *limits)
{
  if (limits->rates_hz == NULL)
    return g_strdup_printf(_("%u to %u Hz"), limits->min_rate_hz, limits->max_rate_hz);
  g_autoptr(GString) rates = g_string_new(NULL);
  for (const uint32_t *rate = limits->rates_hz; *rate != 0; rate++)
    g_string_append_printf(rates, "%s%u", rates->len > 0 ? ", " : "", *rate);
  return g_strdup_printf(_("%s Hz"), rates->str);
}

SgStatus
separate_format_fit(const char *path, uint32_t rate_hz, uint32_t n_channels, gboolean convert,
                    SgExportOptions *export, SgError *error)
{
  const SgEncoderLimits *limits = sg_encoder_limits(export->container);
  const char *id = sg_container_id(export->container);
  if (n_channels > limits->max_channels) {
    if (!convert) {
      g_autofree char *detail =
          g_strdup_printf(_("%s takes %u channels, there are %u; --convert folds them down"), id,
                          limits->max_channels, n_channels);
      return sg_error_set(error, SG_BAD_FORMAT, path, detail);
    }
    export->fold_to_stereo = true;
  }
  SgEncoderFormat format = { .container = export->container,
                             .bits = export->bits,
                             .rate_hz = export->rate_hz > 0 ? export->rate_hz : rate_hz,
                             .n_channels = MIN(n_channels, 2) };
  if (sg_encoder_misfit(format) != SG_MISFIT_RATE)
    return SG_OK;
  uint32_t nearest_hz = sg_encoder_nearest_rate(export->container, rate_hz);
  if (!convert) {
    g_autofree char *rates = dup_rates(limits);
    g_autofree char *detail = g_strdup_printf(_("%s takes %s, this is %u Hz; --convert makes it %u Hz"), id,
                                              rates, rate_hz, nearest_hz);
    return sg_error_set(error, SG_BAD_FORMAT, path, detail);
  }
  export->rate_hz = nearest_hz;
  return SG_OK;
}

void
separate_format_warn(const SgMethodPlan *plan, const SgExportOptions *export, const SgExportReport *report)
{
  gboolean is_integer = export->bits == SG_BITS_16 || export->bits == SG_BITS_24;
  for (guint i = 0; i < SG_EXPORT_MAX_OUTPUTS && export->bits != SG_BITS_32F; i++) {
    char name[NAME_MAX];
    if (report->n_over[i] == 0)
      continue;
    if (i < plan->n_sources)
      g_strlcpy(name, plan->sources[i], sizeof name);
    else
      sg_export_name(plan, export, i, name, sizeof name);
    double peak_dbfs = 20.0 * log10((double)report->peak[i]);
    if (is_integer)
      terminal_say(
          _("stemglass-cli: %s: %" G_GINT64_FORMAT
            " samples over full scale were limited (peak %+.2f dBFS); --common-gain lowers all stems "
            "alike, --bits 32f keeps them.\n"),
          name, report->n_over[i], peak_dbfs);
    else
      terminal_say(
          _("stemglass-cli: %s: %" G_GINT64_FORMAT
            " samples over full scale (peak %+.2f dBFS) will be limited in playing; --common-gain lowers all "
            "stems alike.\n"),
          name, report->n_over[i], peak_dbfs);
  }
  if (report->gain != 1.0f)
    terminal_say(_("stemglass-cli: all stems have a gain of %.2f dB, so that none is over full scale.\n"),
                 20.0 * log10((double)report->gain));
  if (export->bits == SG_BITS_16 && export->no_dither)
    terminal_say("%s", _("stemglass-cli: dither is off.\n"));
}
