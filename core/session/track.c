#include "core/session/track.h"

#include <glib/gi18n-lib.h>

#include "core/session/error.h"

struct _SgTrack {
  GObject parent_instance;
  char *path;
  char *title;
  char *warning;
  SgAudioInfo info;
  SgTags *tags;
  SgPcm *pcm;
};

G_DEFINE_FINAL_TYPE(SgTrack, sg_track, G_TYPE_OBJECT)

static void
sg_track_finalize(GObject *object)
{
  SgTrack *self = SG_TRACK(object);
  g_free(self->path);
  g_free(self->title);
  g_free(self->warning);
  sg_tags_free(self->tags);
  sg_pcm_free(self->pcm);
  G_OBJECT_CLASS(sg_track_parent_class)->finalize(object);
}

static void
sg_track_class_init(SgTrackClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = sg_track_finalize;
}

static void
sg_track_init(SgTrack *self)
{
}

char *
sg_track_dup_folder_name(const char *path)
{
  char *name = g_path_get_basename(path);
  char *dot = strrchr(name, '.');
  /* What stays must not be dots alone: of "...wav" that would be the folder above. */
  if (dot != NULL && strspn(name, ".") < (gsize)(dot - name))
    *dot = '\0';
  return name;
}

/* "Artist – Title" from the tags, else the file's name. */
static char *
dup_title(const char *path, const SgAudioInfo *info)
{
  g_autofree char *title = g_utf8_make_valid(info->title, -1);
  g_autofree char *artist = g_utf8_make_valid(info->artist, -1);
  if (title[0] == '\0') {
    g_autofree char *name = sg_track_dup_folder_name(path);
    return g_filename_display_name(name);
  }
  return artist[0] == '\0' ? g_steal_pointer(&title) : g_strdup_printf("%s – %s", artist, title);
}

static char *
dup_truncation(const SgDecodeReport *report)
{
  double seconds = (double)report->info.n_samples / report->info.rate_hz;
  if (report->n_expected > 0)
    return g_strdup_printf(_("The file ends early: %" G_GINT64_FORMAT " samples (%.3f s) of the announced "
                             "%" G_GINT64_FORMAT " are there and were read."),
                           report->info.n_samples, seconds, report->n_expected);
  return g_strdup_printf(
      _("The file ends early: %" G_GINT64_FORMAT " samples (%.3f s) are there and were read."),
      report->info.n_samples, seconds);
}

static char *
dup_warning(const SgDecodeReport *report)
{
  g_autofree char *truncation = report->truncated ? dup_truncation(report) : NULL;
  if (report->n_lost == 0)
    return g_steal_pointer(&truncation);
  double seconds = (double)report->lost_at / report->info.rate_hz;
  g_autofree char *loss = g_strdup_printf(
      _("The file is damaged: %" G_GINT64_FORMAT " samples from %.3f s on could not be read and are silent."),
      report->n_lost, seconds);
  return truncation == NULL ? g_steal_pointer(&loss) : g_strdup_printf("%s %s", truncation, loss);
}

SgTrack *
sg_track_load(const char *path, gboolean strict, SgProgress progress, gpointer user, GError **error)
{
  return sg_track_load_into(path, strict, NULL, progress, user, error);
}

SgTrack *
sg_track_load_into(const char *path, gboolean strict, const char *scratch_folder, SgProgress progress,
                   gpointer user, GError **error)
{
  SgPcm *pcm;
  SgDecodeReport report;
  SgError engine_error;
  if (sg_decode_file(path, strict, scratch_folder, progress, user, &pcm, &report, &engine_error) != SG_OK) {
    sg_error_propagate(error, &engine_error);
    return NULL;
  }
  SgTrack *self = g_object_new(SG_TYPE_TRACK, NULL);
  self->path = g_strdup(path);
  self->title = dup_title(path, &report.info);
  self->warning = dup_warning(&report);
  self->info = report.info;
  self->pcm = pcm;
  sg_tags_read(path, &self->tags, NULL);
  return self;
}

const char *
sg_track_get_path(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return self->path;
}

const char *
sg_track_get_title(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return self->title;
}

static char *
dup_channels(guint n_channels)
{
  if (n_channels == 1)
    return g_strdup(_("mono"));
  if (n_channels == 2)
    return g_strdup(_("stereo"));
  return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u channel", "%u channels", n_channels), n_channels);
}

static char *
dup_duration(double seconds)
{
  if (seconds < 10.0)
    return g_strdup_printf(_("%.2f s"), seconds);
  guint whole = (guint)(seconds + 0.5);
  if (whole < 3600)
    return g_strdup_printf("%u:%02u", whole / 60, whole % 60);
  return g_strdup_printf("%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
}

char *
sg_track_dup_description(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  g_autofree char *channels = dup_channels(self->info.n_channels);
  g_autofree char *duration = dup_duration((double)self->info.n_samples / self->info.rate_hz);
  return g_strdup_printf(_("%s, %s, %g kHz, %s, %s"), self->info.container, self->info.encoding,
                         self->info.rate_hz / 1000.0, channels, duration);
}

const char *
sg_track_get_warning(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return self->warning;
}

const SgAudioInfo *
sg_track_get_info(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return &self->info;
}

const SgTags *
sg_track_get_tags(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return self->tags;
}

const SgPcm *
sg_track_get_pcm(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), NULL);
  return self->pcm;
}

gint64
sg_track_get_n_samples(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), 0);
  return self->info.n_samples;
}

guint
sg_track_get_rate(SgTrack *self)
{
  g_return_val_if_fail(SG_IS_TRACK(self), 0);
  return self->info.rate_hz;
}
