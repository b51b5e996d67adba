#include "app/cli/separate-inputs.h"

#include <dirent.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>

#include "app/cli/cli.h"
#include "core/io/decoder.h"
#include "core/session/display-name.h"
#include "core/session/track.h"

/* Where the listing is. */
typedef struct {
  GPtrArray *inputs;
  gboolean recursive;
  dev_t output_device; /* 0 with inode 0 when there is no such folder yet */
  ino_t output_inode;
} Listing;

static void
input_free(gpointer data)
{
  SeparateInput *input = data;
  g_free(input->path);
  g_free(input->name);
  g_free(input);
}

/* `below`: the folders between the one given and the file, "" for none. */
static SeparateInput *
add_input(GPtrArray *inputs, const char *path, const char *below)
{
  SeparateInput *input = g_new0(SeparateInput, 1);
  g_autofree char *track = sg_track_dup_folder_name(path);
  struct stat status;
  input->path = g_strdup(path);
  input->name = below[0] != '\0' ? g_build_filename(below, track, NULL) : g_steal_pointer(&track);
  input->n_bytes = stat(path, &status) == 0 ? status.st_size : 0;
  g_ptr_array_add(inputs, input);
  return input;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of what is in the folder, sorted; NULL with errno set when it cannot be read. */
static GPtrArray *
list_names(const char *path)
{
  DIR *folder = opendir(path);
  if (folder == NULL)
    return NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL)
    if (entry->d_name[0] != '.')
      g_ptr_array_add(names, g_strdup(entry->d_name));
  closedir(folder);
  g_ptr_array_sort(names, compare_names);
  return names;
}

static void list_folder(Listing *listing, const char *path, const char *below);

static void
list_entry(Listing *listing, const char *folder, const char *below, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  struct stat status, link;
  gboolean is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
  if (!is_folder) {
    add_input(listing->inputs, path, below)->was_found = TRUE;
    return;
  }
  gboolean is_link = lstat(path, &link) == 0 && S_ISLNK(link.st_mode);
  gboolean is_output = status.st_dev == listing->output_device && status.st_ino == listing->output_inode;
  if (!listing->recursive || is_link || is_output)
    return;
  g_autofree char *deeper = below[0] != '\0' ? g_build_filename(below, name, NULL) : g_strdup(name);
  list_folder(listing, path, deeper);
}

static void
list_folder(Listing *listing, const char *path, const char *below)
{
  g_autoptr(GPtrArray) names = list_names(path);
  if (names == NULL) {
    int reason = errno;
    SeparateInput *input = add_input(listing->inputs, path, below);
    sg_error_set_errno(&input->error, reason, SG_READ_FAILED, path);
    return;
  }
  for (guint i = 0; i < names->len; i++)
    list_entry(listing, path, below, names->pdata[i]);
}

GPtrArray *
separate_inputs_new(char **arguments, gboolean recursive, const char *output)
{
  Listing listing = { .inputs = g_ptr_array_new_with_free_func(input_free), .recursive = recursive };
  struct stat status;
  if (stat(output, &status) == 0) {
    listing.output_device = status.st_dev;
    listing.output_inode = status.st_ino;
  }
  for (char **argument = arguments; *argument != NULL; argument++) {
    guint n_before = listing.inputs->len;
    if (stat(*argument, &status) != 0 || !S_ISDIR(status.st_mode)) {
      add_input(listing.inputs, *argument, "");
      continue;
    }
    list_folder(&listing, *argument, "");
    if (listing.inputs->len == n_before)
      sg_error_set(&add_input(listing.inputs, *argument, "")->error, SG_EMPTY_FOLDER, *argument,
                   recursive ? NULL : _("--recursive looks into the folders below it"));
  }
  return listing.inputs;
}

gboolean
separate_inputs_hold_output(char **arguments, const char *output)
{
  struct stat folder, status;
  if (stat(output, &folder) != 0)
    return FALSE;
  for (char **argument = arguments; *argument != NULL; argument++)
    if (stat(*argument, &status) == 0 && status.st_dev == folder.st_dev && status.st_ino == folder.st_ino) {
      g_autofree char *name = sg_dup_display_name(output);
      cli_usage_error(
          _("with --recursive stems cannot go to “%s” itself, where a later run would take them for "
            "songs; a folder in it can be given"),
          name);
      return TRUE;
    }
  return FALSE;
}

static gint
compare_paths(gconstpointer a, gconstpointer b)
{
  const SeparateInput *first = *(SeparateInput *const *)a, *second = *(SeparateInput *const *)b;
  return strcmp(first->path, second->path);
}

void
separate_inputs_keep_shard(GPtrArray *inputs, guint index, guint count)
{
  g_ptr_array_sort(inputs, compare_paths);
  guint n_kept = 0;
  for (guint i = 0; i < inputs->len; i++)
    if (i % count == index - 1) {
      gpointer kept = inputs->pdata[i];
      inputs->pdata[i] = inputs->pdata[n_kept];
      inputs->pdata[n_kept++] = kept;
    }
  g_ptr_array_set_size(inputs, (gint)n_kept);
}

/* A picture beside the song of the same name writes nothing. */
static gboolean
writes_nothing(const SeparateInput *input)
{
  SgDecoder *decoder = NULL;
  if (!input->was_found || sg_decoder_open(input->path, &decoder, NULL) == SG_OK) {
    sg_decoder_free(decoder);
    return FALSE;
  }
  return TRUE;
}

gboolean
separate_inputs_differ(GPtrArray *inputs)
{
  g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < inputs->len; i++) {
    SeparateInput *input = inputs->pdata[i], *other = g_hash_table_lookup(by_name, input->name);
    if (input->error.status != SG_OK || (other != NULL && writes_nothing(input)))
      continue;
    if (other != NULL && !writes_nothing(other)) {
      g_autofree char *path = sg_dup_display_name(input->path),
                      *other_path = sg_dup_display_name(other->path);
      g_autofree char *name = sg_dup_display_name(input->name);
      cli_usage_error(_("“%s” and “%s” would both write their stems to “%s”"), other_path, path, name);
      return FALSE;
    }
    g_hash_table_insert(by_name, input->name, input);
  }
  return TRUE;
}
