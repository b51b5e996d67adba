/* SgWindow by concern: window.c builds it and follows the session, the other window-*.c act. */
#pragma once

#include "ui/song-view.h"
#include "ui/window.h"

G_BEGIN_DECLS

struct _SgWindow {
  AdwApplicationWindow parent_instance;

  SgSession *session;
  GFile *next_file;     /* to be opened when the running job has ended */
  gboolean closing;     /* to be closed then */
  guint export_format;  /* index of the last choice in window-export.c */
  GFile *export_folder; /* that was chosen last, or NULL */

  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  GtkStack *pages;
  GtkStack *tasks;
  GtkInfoBar *warning_bar;
  GtkLabel *warning_label;
  GtkInfoBar *output_bar;
  GtkLabel *output_label;
  GtkWidget *demo_button;
  AdwStatusPage *opening_page;
  GtkProgressBar *opening_bar;
  GtkProgressBar *job_bar;
  GtkLabel *job_label;
  SgSongView *song_view;
};

/* Shows what can be done now: pages, buttons, which actions are enabled. */
void sg_window_update(SgWindow *self);
/* After a job's finish function: does what waited for its end. */
void sg_window_job_ended(SgWindow *self);
/* A dialog with the error's sentence; nothing for a cancelled job. */
void sg_window_show_error(SgWindow *self, const char *heading, const GError *error);
/* Presents a dialog of the window; it goes with the window. */
void sg_window_present_dialog(GtkWidget *dialog);

void sg_window_actions_class_init(GtkWidgetClass *widget_class);

/* window-open.c */
char *sg_window_dup_demo_path(void);
void sg_window_choose_song(SgWindow *self);
void sg_window_open_demo(SgWindow *self);
void sg_window_add_drop_target(SgWindow *self);

/* window-playback.c */
void sg_window_playback_class_init(GtkWidgetClass *widget_class);
/* Once, after the session is there. */
void sg_window_init_playback(SgWindow *self);
/* Which actions of playing are enabled. */
void sg_window_update_playback(SgWindow *self);

/* window-export.c */
void sg_window_choose_export(SgWindow *self);
void sg_window_export_to(SgWindow *self, GFile *folder, SgExportChoice choice);

G_END_DECLS
