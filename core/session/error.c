#include "core/session/error.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "core/session/display-name.h"

G_DEFINE_QUARK(sg - engine - error - quark, sg_engine_error)

static const char *const status_texts[SG_N_STATUS] = {
  [SG_OK] = N_("done"),
  [SG_CANCELLED] = N_("cancelled"),
  [SG_NO_MEMORY] = N_("there is not enough memory"),
  [SG_NOT_FOUND] = N_("there is no such file or folder"),
  [SG_IS_FOLDER] = N_("this is a folder, a sound file was expected"),
  [SG_NO_PERMISSION] = N_("permission is missing"),
  [SG_EMPTY_FILE] = N_("the file is empty, a sound file was expected"),
  [SG_NOT_AUDIO] = N_("this is not a sound file that can be read"),
  [SG_NO_SAMPLES] = N_("the file has a header of a sound file but no sound in it"),
  [SG_TRUNCATED] = N_("the file ends early"),
  [SG_BAD_SAMPLE] = N_("the file holds a sample that is not a number"),
  [SG_BAD_FORMAT] = N_("this rate, channel count or sample format is not supported"),
  [SG_NO_SPACE] = N_("there is not enough free disk space"),
  [SG_READ_FAILED] = N_("reading failed"),
  [SG_WRITE_FAILED] = N_("writing failed"),
  [SG_EXISTS] = N_("a file of this name exists already"),
  [SG_UNKNOWN_METHOD] = N_("there is no such separation method"),
  [SG_UNKNOWN_SOURCE] = N_("the method gives no such source"),
  [SG_BAD_ARGUMENT] = N_("a value is outside its range"),
  [SG_OUTSIDE_SONG] = N_("the range lies outside the song"),
  [SG_EMPTY_FOLDER] = N_("there are no files in the folder"),
  [SG_NEEDS_STEREO] = N_("this method tells sources by their place between left and right, so the song must "
                         "have two channels"),
  [SG_NO_DEVICE] = N_("no sound device could be opened"),
  [SG_NO_INDEX] = N_("the file ends before the index that tells where its sound lies, so none can be read"),
  [SG_NEEDS_FFMPEG] = N_("this format is read by the FFmpeg libraries, and this program was built without them"),
  [SG_DAMAGED] = N_("the file is damaged"),
  [SG_NO_STEMS] = N_("the file is no stem file"),
  [SG_N_STEMS] = N_("a stem file takes another number of stems"),
  [SG_NO_BEATS] = N_("no beats were found in the song; tap along to set the tempo"),
  [SG_BAD_JSON] = N_("this is not a JSON document that can be read"),
  [SG_BAD_GRAPH] = N_("the network cannot be built"),
  [SG_BAD_MODEL] = N_("this is not a model file that can be used"),
  [SG_BAD_DATASET] = N_("the dataset has faults"),
  [SG_NOT_FINITE] = N_("a computed value is not finite"),
};

const char *
sg_status_text(SgStatus status)
{
  g_return_val_if_fail((guint)status < SG_N_STATUS, NULL);
  return _(status_texts[status]);
}

/* What is wrong and at which byte. */
static char *
dup_place(const SgError *error)
{
  if (error->detail[0] == '\0')
    return NULL;
  if (error->position < 0)
    return g_strdup(error->detail);
  return g_strdup_printf(_("%s, at byte %" G_GINT64_FORMAT), error->detail, error->position);
}

/* 61500 → "1:01.500" */
static char *
dup_time(gint64 ms)
{
  return g_strdup_printf("%" G_GINT64_FORMAT ":%02d.%03d", ms / 60000, (int)(ms / 1000 % 60),
                         (int)(ms % 1000));
}

/* The numbers that belong to a status, as words, or NULL. */
static char *
dup_numbers(const SgError *error)
{
  switch (error->status) {
  case SG_TRUNCATED:
    if (error->expected > 0)
      return g_strdup_printf(
          _("%" G_GINT64_FORMAT " samples of the announced %" G_GINT64_FORMAT " are there"), error->actual,
          error->expected);
    return g_strdup_printf(_("%" G_GINT64_FORMAT " samples are there"), error->actual);
  case SG_BAD_SAMPLE:
    return g_strdup_printf(_("sample %" G_GINT64_FORMAT " of channel %" G_GINT64_FORMAT " is %s"),
                           error->position, error->actual + 1, error->detail);
  case SG_N_STEMS:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " are needed, there are %" G_GINT64_FORMAT), error->expected,
                           error->actual);
  case SG_DAMAGED:
    return g_strdup_printf(_("%" G_GINT64_FORMAT " samples from sample %" G_GINT64_FORMAT " on are lost"),
                           error->actual, error->position);
  case SG_NO_SPACE: {
    g_autofree char *needed = g_format_size((guint64)error->expected);
    g_autofree char *there = g_format_size((guint64)error->actual);
    return error->expected > 0 ? g_strdup_printf(_("%s are needed, %s are free"), needed, there) : NULL;
  }
  case SG_BAD_JSON:
  case SG_BAD_MODEL:
    return dup_place(error);
  case SG_BAD_DATASET:
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%" G_GINT64_FORMAT " fault, the first: %s",
                                       "%" G_GINT64_FORMAT " faults, the first: %s", (gulong)error->actual),
                           error->actual, error->detail);
  case SG_OUTSIDE_SONG: {
    g_autofree char *asked = dup_time(error->expected), *length = dup_time(error->actual);
    return g_strdup_printf(_("%s is asked for, the song is %s long"), asked, length);
  }
  case SG_NEEDS_STEREO:
    return g_strdup_printf(_("it has %s"), error->detail);
  case SG_NOT_FOUND:
  case SG_IS_FOLDER:
  case SG_NO_PERMISSION:
  case SG_NO_MEMORY:
    return NULL; /* the detail would say the same again */
  default:
    return error->detail[0] != '\0' ? g_strdup(error->detail) : NULL;
  }
}

char *
sg_error_dup_sentence(const SgError *error)
{
  g_autofree char *path = error->path[0] != '\0' ? sg_dup_display_name(error->path) : NULL;
  g_autofree char *numbers = dup_numbers(error);
  g_autoptr(GString) sentence = g_string_new(NULL);
  if (path != NULL)
    g_string_append_printf(sentence, _("“%s”: "), path);
  g_string_append(sentence, sg_status_text(error->status));
  if (numbers != NULL)
    g_string_append_printf(sentence, " (%s)", numbers);
  g_string_append_c(sentence, '.');
  return g_string_free(g_steal_pointer(&sentence), FALSE);
}

void
sg_error_propagate(GError **error, const SgError *engine_error)
{
  g_autofree char *sentence = sg_error_dup_sentence(engine_error);
  if (engine_error->status == SG_CANCELLED)
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, sentence);
  else
    g_set_error_literal(error, SG_ENGINE_ERROR, (int)engine_error->status, sentence);
}
