#include "ui/recent-songs.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "core/session/display-name.h"
#include "ui/describe.h"

void
sg_recent_song_free(SgRecentSong *song)
{
  if (song == NULL)
    return;
  g_free(song->uri);
  g_free(song->name);
  g_free(song->folder);
  g_free(song);
}

static char *
dup_folder_name(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  const char *home = g_get_home_dir();
  gsize length = strlen(home);
  if (strncmp(folder, home, length) == 0 && (folder[length] == '/' || folder[length] == '\0')) {
    g_autofree char *below = g_strconcat("~", folder + length, NULL);
    return sg_dup_display_name(below);
  }
  return sg_dup_display_name(folder);
}

static gint
compare_visits(gconstpointer a, gconstpointer b)
{
  return g_date_time_compare(gtk_recent_info_get_visited((GtkRecentInfo *)b),
                             gtk_recent_info_get_visited((GtkRecentInfo *)a));
}

static SgRecentSong *
song_of(GtkRecentInfo *info)
{
  const char *uri = gtk_recent_info_get_uri(info);
  g_autofree char *path = g_filename_from_uri(uri, NULL, NULL);
  if (path == NULL || !gtk_recent_info_has_application(info, g_get_application_name()) ||
      !g_file_test(path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  g_autofree char *base = g_path_get_basename(path);
  SgRecentSong *song = g_new(SgRecentSong, 1);
  *song = (SgRecentSong){ .uri = g_strdup(uri),
                          .name = sg_dup_display_name(base),
                          .folder = dup_folder_name(path) };
  return song;
}

GPtrArray *
sg_recent_songs_new(guint n_most)
{
  GPtrArray *songs = g_ptr_array_new_with_free_func((GDestroyNotify)sg_recent_song_free);
  GList *infos = g_list_sort(gtk_recent_manager_get_items(gtk_recent_manager_get_default()), compare_visits);
  for (GList *link = infos; link != NULL && songs->len < n_most; link = link->next) {
    SgRecentSong *song = song_of(link->data);
    if (song != NULL)
      g_ptr_array_add(songs, song);
  }
  g_list_free_full(infos, (GDestroyNotify)gtk_recent_info_unref);
  return songs;
}

/* The kind of file is not asked of its content: that would read it in the main thread. */
void
sg_recent_songs_add(GFile *file)
{
  g_autofree char *uri = g_file_get_uri(file);
  g_autofree char *name = g_file_get_basename(file);
  g_autofree char *type = g_content_type_guess(name, NULL, 0, NULL);
  g_autofree char *mime_type = g_content_type_get_mime_type(type);
  GtkRecentData data = { .mime_type = mime_type != NULL ? mime_type : (char *)"application/octet-stream",
                         .app_name = (char *)g_get_application_name(),
                         .app_exec = (char *)"stemglass %u" };
  gtk_recent_manager_add_full(gtk_recent_manager_get_default(), uri, &data);
}

void
sg_recent_songs_forget(const char *uri)
{
  gtk_recent_manager_remove_item(gtk_recent_manager_get_default(), uri, NULL);
}

/* As a list */

static void
add_row(GtkListBox *list)
{
  GtkWidget *row = g_object_new(ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title-lines", 1, "subtitle-lines",
                                1, "activatable", TRUE, "action-target", g_variant_new_string(""),
                                "action-name", "win.open-recent", NULL);
  gtk_list_box_append(list, row);
}

/* Rows that are there are used again: to make one takes a millisecond, and the lists of every window are
 * filled whenever a song is opened. */
static void
fill(GtkListBox *list)
{
  guint n_most = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(list), "n-most"));
  g_autoptr(GPtrArray) songs = sg_recent_songs_new(n_most);
  for (guint i = 0; i < songs->len; i++) {
    const SgRecentSong *song = songs->pdata[i];
    if (gtk_list_box_get_row_at_index(list, (int)i) == NULL)
      add_row(list);
    GtkWidget *row = GTK_WIDGET(gtk_list_box_get_row_at_index(list, (int)i));
    g_object_set(row, "title", song->name, "subtitle", song->folder, NULL);
    gtk_actionable_set_action_target(GTK_ACTIONABLE(row), "s", song->uri);
    sg_widget_describe(row, song->name, song->folder);
  }
  for (GtkListBoxRow *row; (row = gtk_list_box_get_row_at_index(list, (int)songs->len)) != NULL;)
    gtk_list_box_remove(list, GTK_WIDGET(row));
  gtk_widget_set_visible(GTK_WIDGET(list), songs->len > 0);
}

GtkWidget *
sg_recent_list_new(guint n_most)
{
  GtkWidget *list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  g_object_set_data(G_OBJECT(list), "n-most", GUINT_TO_POINTER(n_most));
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Recent songs"), -1);
  g_signal_connect_object(gtk_recent_manager_get_default(), "changed", G_CALLBACK(fill), list,
                          G_CONNECT_SWAPPED);
  fill(GTK_LIST_BOX(list));
  return list;
}
