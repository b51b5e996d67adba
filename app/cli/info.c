#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "app/cli/json-list.h"
#include "app/cli/terminal.h"
#include "core/io/stem-mp4.h"
#include "core/io/decoder.h"
#include "core/session/display-name.h"

enum { BLOCK_SAMPLES = 16384 };

/* Highest absolute sample and root mean square over all channels, full scale 1. */
typedef struct {
  double peak, rms;
} Level;

static SgStatus
measure_level(const SgPcm *pcm, Level *out_level, SgError *error)
{
  guint n_channels = sg_pcm_n_channels(pcm);
  g_autofree float *samples = g_new(float, (gsize)n_channels *BLOCK_SAMPLES);
  float *channels[SG_MAX_CHANNELS];
  for (guint c = 0; c < n_channels; c++)
    channels[c] = samples + (gsize)c * BLOCK_SAMPLES;
  double sum = 0.0, peak = 0.0;
  for (gint64 at = 0; at < sg_pcm_n_samples(pcm); at += BLOCK_SAMPLES) {
    if (terminal_is_interrupted())
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    SgStatus status = sg_pcm_read(pcm, at, BLOCK_SAMPLES, channels, error);
    if (status != SG_OK)
      return status;
    for (gsize i = 0; i < (gsize)n_channels * BLOCK_SAMPLES; i++) {
      sum += (double)samples[i] * samples[i];
      peak = MAX(peak, fabs((double)samples[i]));
    }
  }
  *out_level = (Level){ peak, sqrt(sum / ((double)sg_pcm_n_samples(pcm) * n_channels)) };
  return SG_OK;
}

static SgJson *
describe_stems(const SgStemMp4Info *info)
{
  SgJson *stems = sg_json_array_new();
  for (guint k = 0; k < SG_STEM_MP4_STEMS; k++) {
    SgJson *stem = sg_json_object_new();
    sg_json_set_text(stem, "name", info->stems[k].name);
    sg_json_set_text(stem, "color", info->stems[k].colour);
    sg_json_append(stems, stem);
  }
  return stems;
}

static SgJson *
describe_as_json(const char *path, const SgDecodeReport *report, const Level *level)
{
  const SgAudioInfo *info = &report->info;
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "file", path);
  sg_json_set_text(json, "container", info->container);
  sg_json_set_text(json, "encoding", info->encoding);
  sg_json_set_text(json, "title", info->title);
  sg_json_set_text(json, "artist", info->artist);
  sg_json_set_integer(json, "rate", info->rate_hz);
  sg_json_set_integer(json, "channels", info->n_channels);
  sg_json_set_integer(json, "samples", info->n_samples);
  sg_json_set_number(json, "seconds", (double)info->n_samples / info->rate_hz);
  sg_json_set_number(json, "peak_dbfs", 20.0 * log10(level->peak));
  sg_json_set_number(json, "rms_dbfs", 20.0 * log10(level->rms));
  sg_json_set_integer(json, "streams", info->n_streams);
  SgStemMp4Info stems;
  if (sg_stem_mp4_read_info(path, &stems, NULL) == SG_OK)
    sg_json_set(json, "stems", describe_stems(&stems));
  sg_json_set_bool(json, "truncated", report->truncated);
  sg_json_set_integer(json, "samples_lost", report->n_lost);
  return json;
}

static void
describe_as_text(const char *path, const SgDecodeReport *report, const Level *level)
{
  const SgAudioInfo *info = &report->info;
  g_autofree char *name = sg_dup_display_name(path);
  double seconds = (double)info->n_samples / info->rate_hz;
  printf("%s\n", name);
  printf(_("  format    %s, %s\n"), info->container, info->encoding);
  g_autofree char *title = sg_dup_display_name(info->title), *artist = sg_dup_display_name(info->artist);
  if (title[0] != '\0')
    printf(_("  title     %s\n"), title);
  if (artist[0] != '\0')
    printf(_("  artist    %s\n"), artist);
  printf(_("  rate      %u Hz\n"), info->rate_hz);
  printf(_("  channels  %u\n"), info->n_channels);
  printf(_("  length    %d:%06.3f (%" G_GINT64_FORMAT " samples)\n"), (int)(seconds / 60.0),
         fmod(seconds, 60.0), info->n_samples);
  printf(_("  peak      %.2f dBFS\n"), 20.0 * log10(level->peak));
  printf(_("  RMS       %.2f dBFS\n"), 20.0 * log10(level->rms));
  SgStemMp4Info stems;
  if (sg_stem_mp4_read_info(path, &stems, NULL) == SG_OK)
    printf(_("  stems     %s, %s, %s, %s; the mix is read\n"), stems.stems[0].name, stems.stems[1].name,
           stems.stems[2].name, stems.stems[3].name);
  else if (info->n_streams > 1)
    printf(_("  streams   %u of sound; the default one is read\n"), info->n_streams);
  if (report->n_lost > 0)
    printf(_("  warning   the file is damaged: %" G_GINT64_FORMAT " samples from sample %" G_GINT64_FORMAT
             " on are lost\n"),
           report->n_lost, report->lost_at);
  if (report->truncated && report->n_expected > 0)
    printf(_("  warning   the file ends early: %" G_GINT64_FORMAT " samples were announced\n"),
           report->n_expected);
  else if (report->truncated)
    printf(_("  warning   the file ends early\n"));
}

int
cli_info(int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print a JSON document"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) files = cli_parse(argc, argv, entries, _("FILE…"),
                                  _("Tells what sound files hold: format, length, level."), &code);
  if (files == NULL)
    return code;
  if (files[0] == NULL)
    return cli_usage_error("%s", _("“info” needs a file"));

  terminal_catch_signals();
  JsonList list;
  json_list_init(&list, "{\n\"files\": [\n");
  code = CLI_DONE;
  for (char **file = files; *file != NULL && code != CLI_INTERRUPTED; file++) {
    g_autofree char *name = sg_dup_display_name(*file);
    Terminal terminal = { .title = name, .quiet = json };
    SgPcm *pcm;
    SgDecodeReport report;
    Level level = { 0 };
    SgError error;
    SgStatus status = sg_decode_file(*file, false, NULL, terminal_progress, &terminal, &pcm, &report, &error);
    terminal_clear();
    if (status == SG_OK)
      status = measure_level(pcm, &level, &error);
    if (status != SG_OK) {
      code = cli_fail(&error, FALSE);
      if (json)
        json_list_append(&list, cli_error_json(&error));
    } else if (json)
      json_list_append(&list, describe_as_json(*file, &report, &level));
    else
      describe_as_text(*file, &report, &level);
    sg_pcm_free(pcm);
  }
  if (json && !json_list_end(&list))
    code = CLI_FAILED;
  return code;
}
