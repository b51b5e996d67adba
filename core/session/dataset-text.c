#include "core/session/dataset-text.h"

#include <glib/gi18n.h>

#include "core/session/error.h"

/* What is wrong, without the file. */
static char *
dup_reason(const SgDatasetFault *fault)
{
  switch (fault->kind) {
  case SG_FAULT_UNREADABLE: {
    SgError error = { .status = fault->status, .position = -1 };
    g_strlcpy(error.path, fault->path, sizeof error.path);
    g_strlcpy(error.detail, fault->detail, sizeof error.detail);
    return sg_error_dup_sentence(&error);
  }
  case SG_FAULT_EMPTY:
    return g_strdup(_("there is no sound in it"));
  case SG_FAULT_MISSING_STEM:
    return g_strdup_printf(_("the stem “%s” is missing"), fault->detail);
  case SG_FAULT_NO_STEMS:
    return g_strdup(_("the folder holds no stems"));
  case SG_FAULT_TWO_FILES:
    return g_strdup_printf(_("a second file for the stem “%s”"), fault->detail);
  case SG_FAULT_LENGTHS_DIFFER:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " samples, where the song has %" G_GINT64_FORMAT),
                           fault->actual, fault->expected);
  case SG_FAULT_MIXED_RATES:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " Hz, where the song has %" G_GINT64_FORMAT " Hz"),
                           fault->actual, fault->expected);
  case SG_FAULT_OTHER_RATE:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " Hz, where most songs have %" G_GINT64_FORMAT " Hz"),
                           fault->actual, fault->expected);
  case SG_FAULT_CHANNELS:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " channels, where two are the most"), fault->actual);
  case SG_FAULT_MIXTURE_DIFFERS:
    return g_strdup_printf(_("the mixture differs from the sum of the stems by %.1f dB of its level"),
                           fault->level_db);
  case SG_FAULT_IN_TRAIN_BY_NAME:
    return g_strdup_printf(_("the song is for training and, as “%s”, for testing too"), fault->detail);
  case SG_FAULT_IN_TRAIN_BY_SOUND:
    return g_strdup_printf(_("the song is for training and sounds like “%s”, which is for testing"),
                           fault->detail);
  case SG_FAULT_UNKNOWN_SONG:
    return g_strdup_printf(_("there is no song “%s”"), fault->detail);
  case SG_FAULT_IGNORED_FOLDER:
    return g_strdup(_("the folder belongs to no split and is left out"));
  default:
    return g_strdup(sg_fault_id(fault->kind));
  }
}

char *
sg_dataset_fault_dup_sentence(const SgDataset *dataset, const SgDatasetFault *fault)
{
  g_autofree char *reason = dup_reason(fault);
  const char *track =
      fault->track < sg_dataset_n_tracks(dataset) ? sg_dataset_track(dataset, fault->track)->name : NULL;
  g_autofree char *path = fault->path[0] != '\0' ? g_filename_display_name(fault->path) : NULL;
  const char *place = path != NULL ? path : track;
  return place != NULL ? g_strdup_printf("%s: %s", place, reason) : g_steal_pointer(&reason);
}

char *
sg_dataset_dup_summary(const SgDataset *dataset)
{
  GString *text = g_string_new(NULL);
  gsize n_songs[SG_N_SPLITS] = { 0 };
  double hours = 0.0;
  for (gsize t = 0; t < sg_dataset_n_tracks(dataset); t++) {
    const SgDatasetTrack *track = sg_dataset_track(dataset, t);
    if (!track->is_usable || track->rate_hz == 0)
      continue;
    n_songs[track->split]++;
    hours += (double)track->n_samples / track->rate_hz / 3600.0;
  }
  g_autofree char *folder = g_filename_display_name(sg_dataset_folder(dataset));
  g_string_append_printf(text, _("%s (%s): %zu tracks to train on, %zu to validate, %zu to test; %.2f hours"),
                         folder, sg_layout_id(sg_dataset_layout(dataset)), n_songs[SG_SPLIT_TRAIN],
                         n_songs[SG_SPLIT_VALID], n_songs[SG_SPLIT_TEST], hours);
  g_string_append_printf(text, "\n  %s", _("sources:"));
  for (gsize j = 0; j < sg_dataset_n_sources(dataset); j++) {
    gsize n = 0;
    for (gsize t = 0; t < sg_dataset_n_tracks(dataset); t++)
      n += sg_dataset_track(dataset, t)->stems[j].path != NULL;
    g_string_append_printf(text, " %s (%zu)", sg_dataset_source(dataset, j), n);
  }
  return g_string_free(text, FALSE);
}
