#include "core/session/dataset-text.h"

#include <glib/gi18n-lib.h>

#include "core/session/error.h"
#include "core/session/method-text.h"

/* What an unreadable file's own error says. */
static char *
dup_file_sentence(const SgDatasetFault *fault)
{
  SgError error;
  sg_error_set(&error, fault->status, fault->path, fault->detail);
  error.position = fault->position;
  error.expected = fault->expected;
  error.actual = fault->actual;
  return sg_error_dup_sentence(&error);
}

static char *
dup_about_path(const SgDatasetFault *fault)
{
  g_autofree char *path = g_filename_display_name(fault->path);
  switch (fault->kind) {
  case SG_FAULT_NO_STEMS:
    return g_strdup_printf(_("“%s”: there are no stems in this folder."), path);
  case SG_FAULT_TWO_FILES:
    return g_strdup_printf(_("“%s”: there is another file for “%s”."), path, sg_source_name(fault->detail));
  case SG_FAULT_LENGTHS_DIFFER:
    return g_strdup_printf(_("“%s”: has %" G_GINT64_FORMAT " samples, the track %" G_GINT64_FORMAT "."), path,
                           fault->actual, fault->expected);
  case SG_FAULT_MIXED_RATES:
    return g_strdup_printf(_("“%s”: has %" G_GINT64_FORMAT " Hz, the track %" G_GINT64_FORMAT " Hz."), path,
                           fault->actual, fault->expected);
  case SG_FAULT_CHANNELS:
    return g_strdup_printf(_("“%s”: has %" G_GINT64_FORMAT " channels; more than two cannot be trained on."),
                           path, fault->actual);
  case SG_FAULT_MIXTURE_DIFFERS:
    return g_strdup_printf(_("“%s”: differs from the sum of the stems, by %.1f dB of its own level."), path,
                           fault->level_db);
  default:
    return g_strdup_printf(_("“%s”: this folder belongs to no split and is ignored."), path);
  }
}

static char *
dup_about_track(const char *track, const SgDatasetFault *fault)
{
  switch (fault->kind) {
  case SG_FAULT_EMPTY:
    return g_strdup_printf(_("“%s”: all of the track is silent."), track);
  case SG_FAULT_MISSING_STEM:
    return g_strdup_printf(_("“%s”: the track has no “%s”."), track, sg_source_name(fault->detail));
  case SG_FAULT_OTHER_RATE:
    return g_strdup_printf(_("“%s”: has %" G_GINT64_FORMAT " Hz, most tracks have %" G_GINT64_FORMAT " Hz."),
                           track, fault->actual, fault->expected);
  case SG_FAULT_IN_TRAIN_BY_NAME:
    return g_strdup_printf(_("“%s”: is for training, but “%s” has the same name and is for testing."), track,
                           fault->detail);
  case SG_FAULT_IN_TRAIN_BY_SOUND:
    return g_strdup_printf(_("“%s”: is for training, but “%s” sounds the same and is for testing."), track,
                           fault->detail);
  default:
    return g_strdup_printf(_("“%s”: the list names this song, but it is not there."), fault->detail);
  }
}

char *
sg_dataset_fault_dup_sentence(const SgDataset *dataset, const SgDatasetFault *fault)
{
  if (fault->status != SG_OK)
    return dup_file_sentence(fault);
  switch (fault->kind) {
  case SG_FAULT_NO_STEMS:
  case SG_FAULT_TWO_FILES:
  case SG_FAULT_LENGTHS_DIFFER:
  case SG_FAULT_MIXED_RATES:
  case SG_FAULT_CHANNELS:
  case SG_FAULT_MIXTURE_DIFFERS:
  case SG_FAULT_IGNORED_FOLDER:
    return dup_about_path(fault);
  default: {
    const char *name =
        fault->track < sg_dataset_n_tracks(dataset) ? sg_dataset_track(dataset, fault->track)->name : "";
    g_autofree char *track = g_filename_display_name(name);
    return dup_about_track(track, fault);
  }
  }
}
