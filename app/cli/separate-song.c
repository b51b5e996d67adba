#include "app/cli/separate-song.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/cli/separate-format.h"
#include "app/cli/terminal.h"
#include "core/io/decoder.h"
#include "core/session/display-name.h"
#include "core/session/method-text.h"

static void
warn_truncated(const char *path, const SgDecodeReport *report)
{
  g_autofree char *name = sg_dup_display_name(path);
  if (report->truncated && report->n_expected > 0)
    terminal_say(_("stemglass-cli: “%s” ends early: %" G_GINT64_FORMAT
                   " samples of the announced %" G_GINT64_FORMAT " are there and were used.\n"),
                 name, report->info.n_samples, report->n_expected);
  else if (report->truncated)
    terminal_say(_("stemglass-cli: “%s” ends early: %" G_GINT64_FORMAT " samples are there and were used.\n"),
                 name, report->info.n_samples);
  if (report->n_lost > 0)
    terminal_say(_("stemglass-cli: “%s” is damaged: %" G_GINT64_FORMAT
                   " samples from sample %" G_GINT64_FORMAT " on could not be read and are silent.\n"),
                 name, report->n_lost, report->lost_at);
}

/* For people only: a pipe gets nothing. */
static void
list_written(const SgMethodPlan *plan, const SgExportOptions *export, gboolean quiet)
{
  char path[PATH_MAX];
  for (guint i = 0; i < SG_EXPORT_MAX_OUTPUTS && !quiet && isatty(STDOUT_FILENO); i++)
    if (sg_export_is_wanted(plan, export, i) && sg_export_path(plan, export, i, path, NULL) == SG_OK) {
      g_autofree char *name = sg_dup_display_name(path);
      terminal_clear();
      puts(name);
    }
}

static SgJson *
describe(const char *path, const SgPcm *pcm, const SgMethodPlan *plan, const SgExportOptions *export,
         const SgExportReport *report, double seconds)
{
  SgJson *json = sg_json_object_new(), *stems = sg_json_array_new();
  for (guint i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++) {
    char name[NAME_MAX], file[PATH_MAX];
    if (!sg_export_is_wanted(plan, export, i) || sg_export_path(plan, export, i, file, NULL) != SG_OK)
      continue;
    SgJson *stem = sg_json_object_new();
    sg_export_name(plan, export, i, name, sizeof name);
    sg_json_set_text(stem, "source", name);
    sg_json_set_text(stem, "file", file);
    sg_json_set_number(stem, "peak", report->peak[i]);
    sg_json_set_integer(stem, "samples_over_full_scale", report->n_over[i]);
    sg_json_append(stems, stem);
  }
  sg_json_set_text(json, "file", path);
  sg_json_set_integer(json, "rate", sg_pcm_rate(pcm));
  sg_json_set_integer(json, "channels", sg_pcm_n_channels(pcm));
  sg_json_set_integer(json, "samples", sg_pcm_n_samples(pcm));
  if (export->n_samples > 0) {
    sg_json_set_integer(json, "range_start", export->start);
    sg_json_set_integer(json, "range_samples", export->n_samples);
  }
  SgEncoderFormat format = sg_export_format(pcm, export);
  sg_json_set_integer(json, "written_rate", format.rate_hz);
  sg_json_set_integer(json, "written_channels", format.n_channels);
  sg_json_set_bool(json, "dither", format.dither);
  sg_json_set_number(json, "gain_db", 20.0 * log10((double)report->gain));
  sg_json_set_number(json, "seconds_taken", seconds);
  sg_json_set(json, "stems", stems);
  return json;
}

/* One song: where its stems go and what of them is wanted. */
typedef struct {
  const SeparateInput *input;
  const SeparateOrder *order;
  bool wanted[SG_MAX_SOURCES];
  const char *names[SG_MAX_SOURCES];
  SgExportOptions export;
  SgProgress progress;
  void *progress_user;
} Song;

static SgStatus
export_song(const Song *song, SgSeparation *separation, gint64 started_us, SgJson **out_json, SgError *error)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgPcm *pcm = sg_separation_pcm(separation);
  SgExportReport report;
  SgStatus status = sg_export_check(separation, &song->export, error);
  /* All that can be refused has been: now the work. */
  if (status == SG_OK)
    status =
        sg_separation_run(separation, song->export.n_threads, song->progress, song->progress_user, error);
  if (status == SG_OK)
    status = sg_export_stems(separation, &song->export, song->progress, song->progress_user, &report, error);
  if (status != SG_OK)
    return status;
  separate_format_warn(plan, &song->export, &report);
  gboolean json = song->order->json;
  list_written(plan, &song->export, json);
  double seconds = (double)(g_get_monotonic_time() - started_us) / G_USEC_PER_SEC;
  if (json)
    *out_json = describe(song->input->path, pcm, plan, &song->export, &report, seconds);
  return SG_OK;
}

/* What the format cannot hold is known from the song's header, before any work. */
static SgStatus
fit_format(Song *song, SgError *error)
{
  SgDecoder *decoder;
  SgStatus status = sg_decoder_open(song->input->path, &decoder, error);
  if (status != SG_OK)
    return status;
  const SgAudioInfo *info = sg_decoder_info(decoder);
  status = separate_format_fit(song->input->path, info->rate_hz, info->n_channels, song->order->convert,
                               &song->export, error);
  sg_decoder_free(decoder);
  return status;
}

static SgStatus
decode_and_export(Song *song, SgJson **out_json, SgError *error)
{
  const SeparateOrder *order = song->order;
  const char *path = song->input->path;
  gint64 started_us = g_get_monotonic_time();
  SgPcm *pcm = NULL;
  SgSeparation *separation = NULL;
  SgDecodeReport report;
  SgTags *tags = NULL;
  SgStatus status = fit_format(song, error);
  if (status == SG_OK)
    status =
        sg_decode_file(path, order->strict, NULL, song->progress, song->progress_user, &pcm, &report, error);
  if (status == SG_OK) {
    warn_truncated(path, &report);
    /* Without tags that can be read the stems have none. */
    if (sg_tags_read(path, &tags, NULL) == SG_OK)
      song->export.tags = tags;
    const SgSeparationSetup setup = { .method = order->method,
                                      .knobs = order->knobs,
                                      .model_path = order->model_path,
                                      .wiener_iterations = order->wiener_iterations };
    status = sg_separation_new_with(pcm, &setup, &separation, error);
    if (status == SG_NEEDS_STEREO)
      g_strlcpy(error->path, path, sizeof error->path);
  }
  if (status == SG_OK && separate_is_part(&order->range)) {
    status = separate_range_samples(&order->range, path, sg_pcm_rate(pcm), sg_pcm_n_samples(pcm),
                                    &song->export.start, &song->export.n_samples, error);
    if (status == SG_OK)
      sg_separation_set_range(separation, song->export.start, song->export.n_samples);
  }
  if (status == SG_OK)
    status = export_song(song, separation, started_us, out_json, error);
  sg_separation_free(separation);
  sg_pcm_free(pcm);
  sg_tags_free(tags);
  return status;
}

static gboolean
is_there(const Song *song, const SgMethodPlan *plan, guint output, char *out_path)
{
  return sg_export_is_wanted(plan, &song->export, output) &&
         sg_export_path(plan, &song->export, output, out_path, NULL) == SG_OK &&
         faccessat(AT_FDCWD, out_path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* With --skip-existing files that are there are not wanted. FALSE when nothing is left to write. */
static gboolean
leave_existing(Song *song, const SgMethodPlan *plan)
{
  gboolean is_any_left = FALSE;
  char path[PATH_MAX];
  for (guint i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++) {
    if (!is_there(song, plan, i, path))
      is_any_left |= sg_export_is_wanted(plan, &song->export, i);
    else if (i == SG_EXPORT_STEM_FILE)
      return FALSE;
    else if (i == SG_EXPORT_MINUS)
      song->export.minus = NULL;
    else
      song->wanted[i] = false;
  }
  return is_any_left;
}

/* What stands in the way is known before the song is read. */
static SgStatus
refuse_existing(const Song *song, const SgMethodPlan *plan, SgError *error)
{
  char path[PATH_MAX];
  for (guint i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++)
    if (is_there(song, plan, i, path))
      return sg_error_set(error, SG_EXISTS, path, NULL);
  return SG_OK;
}

static SgJson *
describe_skipped(const SeparateInput *input)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "file", input->path);
  sg_json_set_bool(json, "skipped", true);
  return json;
}

SgStatus
separate_song(const SeparateInput *input, guint n_threads, SgProgress progress, void *progress_user,
              void *user, SgJson **out_json, gboolean *out_skipped, SgError *error)
{
  const SeparateOrder *order = user;
  g_autofree char *folder = g_build_filename(order->folder, input->name, NULL);
  Song song = { .input = input,
                .order = order,
                .export = order->format,
                .progress = progress,
                .progress_user = progress_user };
  memcpy(song.wanted, order->wanted, sizeof song.wanted);
  song.export.folder = folder;
  song.export.overwrite = order->overwrite;
  song.export.settings = order->settings;
  song.export.wanted = song.wanted;
  song.export.minus = order->has_minus ? order->minus : NULL;
  song.export.n_threads = n_threads;
  song.export.names = song.names;
  SgMethod *method = NULL;
  SgStatus status = cli_make_method(order->method, order->knobs, order->model_path, &method, error);
  if (status != SG_OK)
    return status;
  const SgMethodPlan *plan = order->method->plan(method);
  for (gsize j = 0; j < plan->n_sources; j++)
    song.names[j] = sg_source_name(plan->sources[j]);
  if (order->skip_existing)
    *out_skipped = !leave_existing(&song, plan);
  else if (!order->overwrite)
    status = refuse_existing(&song, plan, error);
  if (status == SG_OK && !*out_skipped)
    status = decode_and_export(&song, out_json, error);
  /* Another run may have come first with this song. */
  if (status == SG_EXISTS && order->skip_existing && !leave_existing(&song, plan)) {
    *out_skipped = TRUE;
    status = SG_OK;
  }
  order->method->free(method);
  if (*out_skipped && order->json)
    *out_json = describe_skipped(input);
  return status;
}
