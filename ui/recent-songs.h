/* The songs that were opened last, of the desktop's list of recent files. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One of them. */
typedef struct {
  char *uri;
  char *name;   /* for people */
  char *folder; /* for people, "~" for the home folder */
} SgRecentSong;

void sg_recent_song_free(SgRecentSong *song);

/* At most `n_most` SgRecentSong, the last one first: files on this computer that this program opened and that
 * are still there. Free with g_ptr_array_unref. */
GPtrArray *sg_recent_songs_new(guint n_most);
void sg_recent_songs_add(GFile *file);
void sg_recent_songs_forget(const char *uri);

/* A list box with a row for each, which activates win.open-recent; hidden while there are none. It follows
 * the desktop's list. */
GtkWidget *sg_recent_list_new(guint n_most);

G_END_DECLS
