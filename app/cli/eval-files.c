#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/eval.h"
#include "core/session/error.h"
#include "core/session/track.h"

/* What a folder holds: sound files, and folders that do in turn. */
typedef struct {
  EvalFolder *own;  /* NULL without sound files */
  GPtrArray *below; /* EvalFolder, by name */
} Listing;

static void
file_free(gpointer data)
{
  EvalFile *file = data;
  g_free(file->source);
  g_free(file->path);
  g_free(file);
}

static void
folder_free(gpointer data)
{
  EvalFolder *folder = data;
  g_free(folder->name);
  g_free(folder->path);
  g_free(folder->mixture);
  g_clear_error(&folder->error);
  g_ptr_array_unref(folder->files);
  g_free(folder);
}

static void
track_free(gpointer data)
{
  EvalTrack *track = data;
  g_free(track->name);
  g_free(track->estimates);
  g_clear_error(&track->error);
  g_ptr_array_unref(track->warnings);
  g_free(track);
}

void
eval_warn(GPtrArray *warnings, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_ptr_array_add(warnings, g_strdup_vprintf(format, arguments));
  va_end(arguments);
}

/* By the ending; what it really holds the decoder says, and a broken file must not be passed over. */
static gboolean
is_sound_file(const char *name)
{
  static const char *const endings[] = { "wav", "flac", "ogg", "oga", "opus", "mp3", "aiff",
                                         "aif", "aifc", "au",  "snd", "caf",  "w64", "rf64",
                                         "m4a", "aac",  "wma", "mka", "webm", "wave" };
  const char *dot = strrchr(name, '.');
  if (name[0] == '.' || dot == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_ascii_strcasecmp(dot + 1, endings[i]) == 0)
      return TRUE;
  return FALSE;
}

int
eval_compare_sources(const char *a, const char *b)
{
  static const char *const known[] = { "drums", "bass", "vocals", "other", "rest" };
  gsize rank_a = 0, rank_b = 0;
  while (rank_a < G_N_ELEMENTS(known) && !g_str_equal(a, known[rank_a]))
    rank_a++;
  while (rank_b < G_N_ELEMENTS(known) && !g_str_equal(b, known[rank_b]))
    rank_b++;
  return rank_a != rank_b ? (rank_a > rank_b) - (rank_a < rank_b) : strcmp(a, b);
}

static int
compare_files(gconstpointer a, gconstpointer b)
{
  return eval_compare_sources((*(EvalFile *const *)a)->source, (*(EvalFile *const *)b)->source);
}

static int
compare_folders(gconstpointer a, gconstpointer b)
{
  return strcmp((*(EvalFolder *const *)a)->name, (*(EvalFolder *const *)b)->name);
}

static EvalFolder *
folder_new(const char *path)
{
  EvalFolder *folder = g_new0(EvalFolder, 1);
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  folder->name = g_path_get_basename(whole);
  folder->path = g_strdup(path);
  folder->files = g_ptr_array_new_with_free_func(file_free);
  return folder;
}

static void
refuse_duplicate(EvalFolder *folder, const char *first, const char *second)
{
  g_autofree char *a = g_filename_display_name(first), *b = g_filename_display_name(second);
  if (folder->error == NULL)
    g_set_error(&folder->error, SG_ENGINE_ERROR, SG_EXISTS,
                _("“%s” and “%s” are the same source; one of them has to go."), a, b);
}

static void
add_file(EvalFolder *folder, char *path)
{
  g_autofree char *source = sg_track_dup_folder_name(path);
  if (g_str_equal(source, "mixture")) {
    if (folder->mixture != NULL)
      refuse_duplicate(folder, folder->mixture, path);
    g_free(folder->mixture);
    folder->mixture = path;
    return;
  }
  for (guint i = 0; i < folder->files->len; i++) {
    const EvalFile *other = folder->files->pdata[i];
    if (g_str_equal(other->source, source))
      refuse_duplicate(folder, strcmp(other->path, path) < 0 ? other->path : path,
                       strcmp(other->path, path) < 0 ? path : other->path);
  }
  EvalFile *file = g_new(EvalFile, 1);
  *file = (EvalFile){ g_steal_pointer(&source), path };
  g_ptr_array_add(folder->files, file);
}

/* NULL with `error` set when the folder cannot be read; `out_below` (may be NULL) receives the folders in it.
 */
static EvalFolder *
read_folder(const char *path, GPtrArray *out_below, GError **error)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, error);
  if (directory == NULL)
    return NULL;
  EvalFolder *folder = folder_new(path);
  for (const char *name = g_dir_read_name(directory); name != NULL; name = g_dir_read_name(directory)) {
    char *below = g_build_filename(path, name, NULL);
    if (g_file_test(below, G_FILE_TEST_IS_DIR)) {
      if (out_below != NULL && name[0] != '.')
        g_ptr_array_add(out_below, below);
      else
        g_free(below);
    } else if (is_sound_file(name))
      add_file(folder, below);
    else
      g_free(below);
  }
  g_ptr_array_sort(folder->files, compare_files);
  return folder;
}

static void
listing_clear(Listing *listing)
{
  g_clear_pointer(&listing->own, folder_free);
  g_clear_pointer(&listing->below, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, listing_clear)

/* g_dir_open's message has the name in it, but not always what was wanted. */
static gboolean
list_folder(const char *path, Listing *out_listing, GError **error)
{
  g_autoptr(GPtrArray) below = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GError) cause = NULL;
  *out_listing = (Listing){ .below = g_ptr_array_new_with_free_func(folder_free) };
  out_listing->own = read_folder(path, below, &cause);
  if (out_listing->own == NULL) {
    SgError engine_error;
    SgStatus status = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)   ? SG_NOT_FOUND
                      : g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? SG_NO_PERMISSION
                                                                                 : SG_READ_FAILED;
    sg_error_set(&engine_error, status, path, status == SG_READ_FAILED ? cause->message : NULL);
    sg_error_propagate(error, &engine_error);
    return FALSE;
  }
  for (guint i = 0; i < below->len; i++) {
    EvalFolder *folder = read_folder(below->pdata[i], NULL, NULL);
    if (folder != NULL && folder->files->len > 0)
      g_ptr_array_add(out_listing->below, folder);
    else if (folder != NULL)
      folder_free(folder);
  }
  g_ptr_array_sort(out_listing->below, compare_folders);
  if (out_listing->own->files->len == 0)
    g_clear_pointer(&out_listing->own, folder_free);
  if (out_listing->own == NULL && out_listing->below->len == 0) {
    g_autofree char *display = g_filename_display_name(path);
    g_set_error(error, SG_ENGINE_ERROR, SG_NOT_FOUND,
                _("“%s”: there are no sound files in this folder, nor in the folders in it."), display);
    return FALSE;
  }
  return TRUE;
}

/* A folder with sound files of its own is one track, whatever else is in it. */
static void
warn_of_folders_below(Eval *eval, const Listing *listing)
{
  if (listing->own == NULL || listing->below->len == 0)
    return;
  g_autofree char *display = g_filename_display_name(listing->own->path);
  eval_warn(eval->warnings,
            _("“%s” has sound files of its own and is taken as one track; the folders in it are left out."),
            display);
}

static const EvalFolder *
find_folder(const GPtrArray *folders, const char *name)
{
  for (guint i = 0; i < folders->len; i++) {
    const EvalFolder *folder = folders->pdata[i];
    if (g_str_equal(folder->name, name))
      return folder;
  }
  return NULL;
}

static gboolean
is_wanted(const EvalOptions *options, const char *track)
{
  return options->tracks == NULL || g_strv_contains((const char *const *)options->tracks, track);
}

static EvalTrack *
track_new(const EvalFolder *references, gsize n_systems)
{
  EvalTrack *track = g_new0(EvalTrack, 1);
  track->name = g_filename_display_name(references->name);
  track->references = references;
  track->estimates = g_new0(const EvalFolder *, n_systems + 1);
  track->warnings = g_ptr_array_new_with_free_func(g_free);
  if (references->error != NULL)
    track->error = g_error_copy(references->error);
  return track;
}

/* The track's estimates in a system's folder, or NULL. */
static const EvalFolder *
match(const Listing *references, const Listing *estimates, const EvalTrack *track)
{
  if (references->own != NULL && estimates->own != NULL)
    return estimates->own;
  return find_folder(estimates->below, track->references->name);
}

static void
warn_of_strangers(Eval *eval, const Listing *estimates)
{
  for (guint i = 0; i < estimates->below->len; i++) {
    const EvalFolder *folder = estimates->below->pdata[i];
    gboolean known = FALSE;
    for (guint t = 0; t < eval->tracks->len && !known; t++)
      known = g_str_equal(((EvalTrack *)eval->tracks->pdata[t])->references->name, folder->name);
    if (!known && is_wanted(eval->options, folder->name)) {
      g_autofree char *display = g_filename_display_name(folder->path);
      eval_warn(eval->warnings, _("“%s”: there are no references for this track; it is left out."), display);
    }
  }
}

/* Finds the estimates of one system for all tracks. */
static gboolean
pair_system(Eval *eval, const Listing *references, gsize s, GError **error)
{
  const EvalSystem *system = eval->options->systems->pdata[s];
  g_auto(Listing) estimates = { 0 };
  g_autofree char *display = g_filename_display_name(system->folder);
  if (!list_folder(system->folder, &estimates, error))
    return FALSE;
  warn_of_folders_below(eval, &estimates);
  if (estimates.own != NULL && references->own == NULL) {
    g_set_error(error, SG_ENGINE_ERROR, SG_BAD_ARGUMENT,
                _("“%s” holds the sound files of one track, but the references are folders of tracks."),
                display);
    return FALSE;
  }
  for (guint t = 0; t < eval->tracks->len; t++) {
    EvalTrack *track = eval->tracks->pdata[t];
    track->estimates[s] = match(references, &estimates, track);
    if (track->estimates[s] == NULL)
      eval_warn(eval->warnings, _("“%s”: there are no estimates of this track in “%s”."), track->name,
                display);
    else if (track->estimates[s]->error != NULL && track->error == NULL)
      track->error = g_error_copy(track->estimates[s]->error);
  }
  if (estimates.own == NULL && references->own == NULL)
    warn_of_strangers(eval, &estimates);
  if (estimates.own != NULL)
    g_ptr_array_add(eval->folders, g_steal_pointer(&estimates.own));
  g_ptr_array_extend_and_steal(eval->folders, g_steal_pointer(&estimates.below));
  return TRUE;
}

static gboolean
has_estimates(const EvalTrack *track, gsize n_systems)
{
  for (gsize s = 0; s < n_systems; s++)
    if (track->estimates[s] != NULL)
      return TRUE;
  return n_systems == 0;
}

static gboolean
find_references(Eval *eval, Listing *out_references, GError **error)
{
  const EvalOptions *options = eval->options;
  if (!list_folder(options->references, out_references, error))
    return FALSE;
  warn_of_folders_below(eval, out_references);
  gsize n_systems = options->systems->len;
  if (out_references->own != NULL)
    g_ptr_array_add(eval->tracks, track_new(out_references->own, n_systems));
  for (guint i = 0; out_references->own == NULL && i < out_references->below->len; i++) {
    const EvalFolder *folder = out_references->below->pdata[i];
    if (is_wanted(options, folder->name))
      g_ptr_array_add(eval->tracks, track_new(folder, n_systems));
  }
  for (char **name = options->tracks; name != NULL && *name != NULL; name++) {
    gboolean found = FALSE;
    for (guint t = 0; t < eval->tracks->len && !found; t++)
      found = g_str_equal(((EvalTrack *)eval->tracks->pdata[t])->references->name, *name);
    if (!found) {
      g_autofree char *display = g_filename_display_name(options->references);
      g_set_error(error, SG_ENGINE_ERROR, SG_NOT_FOUND, _("“%s”: there is no track “%s” in this folder."),
                  display, *name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
eval_find_tracks(Eval *eval, GError **error)
{
  const EvalOptions *options = eval->options;
  g_auto(Listing) references = { 0 };
  eval->folders = g_ptr_array_new_with_free_func(folder_free);
  eval->tracks = g_ptr_array_new_with_free_func(track_free);
  gboolean ok = find_references(eval, &references, error);
  for (gsize s = 0; ok && s < options->systems->len; s++)
    ok = pair_system(eval, &references, s, error);
  if (references.own != NULL)
    g_ptr_array_add(eval->folders, g_steal_pointer(&references.own));
  if (references.below != NULL)
    g_ptr_array_extend_and_steal(eval->folders, g_steal_pointer(&references.below));
  for (guint t = eval->tracks->len; ok && t > 0; t--)
    if (!has_estimates(eval->tracks->pdata[t - 1], options->systems->len))
      g_ptr_array_remove_index(eval->tracks, t - 1);
  if (ok && eval->tracks->len == 0) {
    g_set_error(error, SG_ENGINE_ERROR, SG_NOT_FOUND, "%s", _("No track has references and estimates."));
    ok = FALSE;
  }
  return ok;
}
