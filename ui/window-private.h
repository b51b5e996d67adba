/* SgWindow by concern: window.c builds it and follows the session, the other window-*.c act. */
#pragma once

#include "core/session/settings.h"
#include "ui/method-chooser.h"
#include "ui/song-view.h"
#include "ui/start-page.h"
#include "ui/window.h"

G_BEGIN_DECLS

/* What runs, or could not be done. */
typedef enum {
  SG_TASK_NONE,
  SG_TASK_OPEN,
  SG_TASK_SEPARATE,
  SG_TASK_EXPORT,
} SgTask;

struct _SgWindow {
  AdwApplicationWindow parent_instance;

  SgSession *session;
  SgSettings *settings;
  SgMethodChoice *choice;    /* what is chosen in the header */
  SgMethodChoice *separated; /* what the stems that are there were made with, or NULL */
  SgMethodChoice *trying;    /* what the separation that runs is made with, or NULL */
  SgTask task;               /* that runs */
  GFile *next_file;          /* to be opened when the running job has ended */
  gboolean closing;          /* to be closed then */
  GtkWindow *closing_dialog; /* that asks whether to close, or NULL */
  GFile *export_folder;      /* that was chosen last, or NULL */
  GtkWidget *preferences;    /* weak: hidden or shown, once they were asked for */

  AdwToastOverlay *toasts;
  AdwToast *warning;  /* weak: that the song is not complete */
  AdwToast *exported; /* weak: where the stems are */
  AdwToast *beatless; /* weak: why no beats were found */
  AdwWindowTitle *title;
  GtkWidget *open_button;
  GtkPopover *recent_popover;
  GtkStack *pages;
  GtkStack *tasks;
  GtkInfoBar *output_bar;
  GtkLabel *output_label;
  SgStartPage *start_page;
  AdwStatusPage *opening_page;
  GtkProgressBar *opening_bar;
  GtkProgressBar *job_bar;
  GtkWidget *job_box;
  GtkLabel *job_label, *job_time_label;
  SgMethodChooser *chooser;
  SgSongView *song_view;
};

/* Shows what can be done now: pages, buttons, which actions are enabled. */
void sg_window_update(SgWindow *self);
/* After a job's finish function: does what waited for its end. */
void sg_window_job_ended(SgWindow *self);
/* Shows how a job stands: what does not fit is cut from the message, never from the time left (negative: not
 * known), and is in the tooltip. */
void sg_window_show_progress(SgWindow *self, double fraction, const char *message, double seconds_left);

void sg_window_actions_class_init(GtkWidgetClass *widget_class);

/* window-dialogs.c */

/* A dialog with the error's sentence, what can be done about it, and a button for that; nothing for a
 * cancelled job. */
void sg_window_show_error(SgWindow *self, SgTask task, const GError *error);
/* A dialog of the window with a Cancel button and another; free to be added to, presented by the next. The
 * second response is "do". */
AdwMessageDialog *sg_window_ask(SgWindow *self, const char *heading, const char *body, const char *label,
                                AdwResponseAppearance appearance);
/* Presents a dialog of the window; it goes with the window. */
void sg_window_present_dialog(GtkWidget *dialog);
/* Shows a toast in the place of what `toast` has from before; takes `next`, which may be NULL. */
void sg_window_replace_toast(SgWindow *self, AdwToast **toast, AdwToast *next);
/* A toast that the file ends early, with the sentence behind a button; NULL takes it away. */
void sg_window_show_warning(SgWindow *self, const char *sentence);
/* Asks whether to stop what runs, and closes when it is answered so. */
void sg_window_ask_to_close(SgWindow *self);

/* window-open.c */
char *sg_window_dup_demo_path(void);
void sg_window_choose_song(SgWindow *self);
void sg_window_open_demo(SgWindow *self);
/* As somebody wants it who may not think of the stems that are there: asks first when they would be lost. */
void sg_window_open_asking(SgWindow *self, GFile *file);
void sg_window_add_drop_target(SgWindow *self);

/* window-separate.c */
void sg_window_separate(SgWindow *self);
void sg_window_cancel(SgWindow *self);
/* Whether separating as chosen would bring what is there already. */
gboolean sg_window_is_separated_as_chosen(SgWindow *self);
/* window-playback.c */
void sg_window_playback_class_init(GtkWidgetClass *widget_class);
/* Once, after the session is there. */
void sg_window_init_playback(SgWindow *self);
/* Which actions of playing are enabled. */
void sg_window_update_playback(SgWindow *self);

/* window-export.c */
void sg_window_choose_export(SgWindow *self);
void sg_window_export_to(SgWindow *self, GFile *folder, SgExportChoice choice);

/* window-rows.c: rows by their place, the mixture is 0; nothing happens when there is no such row. */
void sg_window_focus_row(SgWindow *self, guint row);
void sg_window_focus_next_row(SgWindow *self, int step);
void sg_window_toggle_mute(SgWindow *self, guint row);
void sg_window_toggle_solo(SgWindow *self, guint row);
/* 1 … 9 mute, with Shift solo, with Alt take the focus. */
void sg_window_add_row_keys(SgWindow *self);

/* window-preferences.c */
void sg_window_show_preferences(SgWindow *self, const char *page);
/* Follows the settings that act on the window at once. */
void sg_window_follow_settings(SgWindow *self);

G_END_DECLS
