#include "core/session/model-library.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/nn/model-file.h"
#include "core/separate/model.h"
#include "core/session/data-folder.h"
#include "core/session/error.h"

#define ENDING ".safetensors"

enum { N_FOLDERS = 2 };

void
sg_model_entry_free(SgModelEntry *entry)
{
  if (entry == NULL)
    return;
  g_free(entry->name);
  g_free(entry->path);
  g_free(entry->fault);
  g_strfreev(entry->sources);
  g_free(entry->net);
  g_free(entry->licence);
  g_free(entry->scores);
  g_free(entry);
}

static char *
dup_folder(guint index)
{
  return index == 0 ? sg_data_dup_path("models") : sg_data_dup_user_path("models");
}

/* Objects of decibels by source: "drums 6.1 dB, bass 4.0 dB". */
static char *
dup_scores(const SgJsonValue *record)
{
  const SgJsonValue *scores = sg_json_get(record, "scores");
  double value, step;
  if (sg_json_text(scores) != NULL)
    return g_strdup(sg_json_text(scores));
  g_autoptr(GString) text = g_string_new(NULL);
  for (const char *name = sg_json_next_name(scores, NULL); name != NULL;
       name = sg_json_next_name(scores, name))
    if (sg_json_read_number(sg_json_get(scores, name), &value))
      g_string_append_printf(text, "%s%s %.2f dB", text->len > 0 ? ", " : "", name, value);
  if (text->len > 0)
    return g_string_free(g_steal_pointer(&text), FALSE);
  if (!sg_json_read_number(sg_json_get(record, "sdr/valid"), &value) ||
      !sg_json_read_number(sg_json_get(record, "step"), &step))
    return NULL;
  return g_strdup_printf(_("SDR %.2f dB on its validation songs after %.0f steps"), value, step);
}

/* The net is told by the record itself or by the settings of the training in it, which are JSON as text. */
static char *
dup_net(const SgJsonValue *record)
{
  const char *own = sg_json_text(sg_json_get(record, "net")),
             *settings = sg_json_text(sg_json_get(record, "settings"));
  SgJson *parsed = NULL;
  char *net = NULL;
  if (own != NULL)
    return g_strdup(own);
  if (settings != NULL && sg_json_parse(settings, strlen(settings), &parsed, NULL) == SG_OK)
    net = g_strdup(sg_json_text(sg_json_get(sg_json_root(parsed), "net")));
  sg_json_free(parsed);
  return net;
}

static SgStatus
read_record(SgModelEntry *entry, SgError *error)
{
  SgModel *model = NULL;
  SgStatus status = sg_model_open(entry->path, &model, error);
  if (status != SG_OK)
    return status;
  const SgJsonValue *record = sg_model_record(model);
  entry->rate_hz = sg_model_facts(model)->rate_hz;
  entry->n_channels = sg_model_facts(model)->n_channels;
  entry->net = dup_net(record);
  entry->licence = g_strdup(sg_json_text(sg_json_get(record, "licence")));
  entry->scores = dup_scores(record);
  sg_model_free(model);
  return SG_OK;
}

/* Makes the method, which looks at all that it needs of the file. */
static SgStatus
read_sources(SgModelEntry *entry, SgError *error)
{
  const SgMethodSetup setup = { .rate_hz = entry->rate_hz,
                                .n_channels = entry->n_channels,
                                .n_frames = 1,
                                .stft = sg_stft_size_for_rate(entry->rate_hz),
                                .model_path = entry->path };
  SgMethod *method = NULL;
  SgStatus status = sg_model_class.create(&setup, &method, error);
  if (status != SG_OK)
    return status;
  const SgMethodPlan *plan = sg_model_class.plan(method);
  entry->sources = g_new0(char *, plan->n_sources + 1);
  for (gsize j = 0; j < plan->n_sources; j++)
    entry->sources[j] = g_strdup(plan->sources[j]);
  sg_model_class.free(method);
  return SG_OK;
}

static SgModelEntry *
entry_new(const char *folder, const char *file)
{
  SgModelEntry *entry = g_new0(SgModelEntry, 1);
  GStatBuf facts;
  SgError error;
  entry->name = g_strndup(file, strlen(file) - strlen(ENDING));
  entry->path = g_build_filename(folder, file, NULL);
  if (g_stat(entry->path, &facts) == 0)
    entry->n_bytes = (guint64)facts.st_size;
  SgStatus status = read_record(entry, &error);
  if (status == SG_OK)
    status = read_sources(entry, &error);
  if (status != SG_OK)
    entry->fault = sg_error_dup_sentence(&error);
  return entry;
}

static void
list_folder(const char *folder, GPtrArray *entries)
{
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
  const char *file;
  while (directory != NULL && (file = g_dir_read_name(directory)) != NULL)
    if (file[0] != '.' && g_str_has_suffix(file, ENDING))
      g_ptr_array_add(entries, entry_new(folder, file));
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  const SgModelEntry *one = *(SgModelEntry *const *)a, *other = *(SgModelEntry *const *)b;
  int order = strcmp(one->name, other->name);
  return order != 0 ? order : strcmp(one->path, other->path);
}

static char *
dup_twice(const char *name, const char *one, const char *other)
{
  g_autofree char *first = g_filename_display_name(one), *second = g_filename_display_name(other);
  return g_strdup_printf(_("There are two models “%s”, “%s” and “%s”; only the file tells which is meant."),
                         name, first, second);
}

GPtrArray *
sg_model_library_new(void)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)sg_model_entry_free);
  for (guint i = 0; i < N_FOLDERS; i++) {
    g_autofree char *folder = dup_folder(i);
    list_folder(folder, entries);
  }
  g_ptr_array_sort(entries, by_name);
  for (guint i = 0; i + 1 < entries->len; i++) {
    SgModelEntry *one = entries->pdata[i], *other = entries->pdata[i + 1];
    if (!g_str_equal(one->name, other->name))
      continue;
    g_autofree char *fault = dup_twice(one->name, one->path, other->path);
    for (guint k = i; k <= i + 1; k++) {
      SgModelEntry *entry = entries->pdata[k];
      if (entry->fault == NULL)
        entry->fault = g_strdup(fault);
    }
  }
  return entries;
}

char *
sg_model_library_dup_path(const char *name, GError **error)
{
  g_autofree char *file = g_strconcat(name, ENDING, NULL), *found = NULL;
  for (guint i = 0; i < N_FOLDERS && *name != '\0' && *name != '.' && strchr(name, '/') == NULL; i++) {
    g_autofree char *folder = dup_folder(i), *path = g_build_filename(folder, file, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
      continue;
    if (found != NULL) {
      g_autofree char *sentence = dup_twice(name, found, path);
      g_set_error_literal(error, SG_ENGINE_ERROR, SG_BAD_ARGUMENT, sentence);
      return NULL;
    }
    found = g_steal_pointer(&path);
  }
  if (found == NULL)
    g_set_error(error, SG_ENGINE_ERROR, SG_UNKNOWN_METHOD, _("There is no model “%s” in the model folders."),
                name);
  return g_steal_pointer(&found);
}
