#include "ui/output-popover.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/describe.h"
#include "ui/text-format.h"

enum { LOOK_EVERY_MS = 200 };

enum { DEVICE, RATE, LATENCY, BLOCK, UNDERRUNS, PEAK, RMS, CEILING, NULL_LEVEL, N_ROWS };

struct _SgOutputPopover {
  GtkPopover parent_instance;
  SgSession *session; /* weak */
  GtkLabel *values[N_ROWS];
  guint timer;
};

G_DEFINE_FINAL_TYPE(SgOutputPopover, sg_output_popover, GTK_TYPE_POPOVER)

static double
to_db(const float level[2])
{
  float most = MAX(level[0], level[1]);
  return most > 1e-6f ? 20.0 * log10(most) : -120.0;
}

/* Takes `text`. */
static void
set_row(SgOutputPopover *self, int row, char *text)
{
  gtk_label_set_label(self->values[row], text);
  g_free(text);
}

static void
show_output(SgOutputPopover *self, const SgTransportState *state)
{
  gboolean open = state->output_rate_hz > 0;
  const char *closed = open ? "–" : _("None open");
  set_row(self, DEVICE, g_strdup(state->output_name[0] != '\0' ? state->output_name : closed));
  set_row(self, RATE, open ? g_strdup_printf(_("%u Hz"), state->output_rate_hz) : g_strdup("–"));
  set_row(self, LATENCY, open ? g_strdup_printf(_("%.1f ms"), 1000.0 * state->latency_s) : g_strdup("–"));
  set_row(self, BLOCK, state->block > 0 ? g_strdup_printf(_("%u frames"), state->block) : g_strdup("–"));
  set_row(self, UNDERRUNS, g_strdup_printf("%" G_GUINT64_FORMAT, state->n_underruns));
  set_row(self, CEILING, g_strdup_printf("%" G_GUINT64_FORMAT, state->n_over));
}

static gboolean
look(gpointer data)
{
  SgOutputPopover *self = data;
  SgPlayer *player = self->session != NULL ? sg_session_get_player(self->session) : NULL;
  if (player == NULL)
    return G_SOURCE_CONTINUE;
  SgTransportState state;
  SgMixerMeters meters;
  sg_player_get_state(player, &state);
  sg_player_get_meters(player, &meters);
  show_output(self, &state);
  set_row(self, PEAK, sg_format_peak(to_db(meters.master.hold)));
  set_row(self, RMS, sg_format_peak(to_db(meters.master.rms)));
  SgPlayback *playback = sg_session_get_playback(self->session);
  gboolean measured = sg_session_get_mask_set(self->session) != NULL &&
                      sg_playback_get_speed(playback) == 1.0 && sg_playback_get_pitch(playback) == 0.0;
  set_row(self, NULL_LEVEL, measured ? sg_format_peak(to_db(meters.null.hold)) : g_strdup("–"));
  return G_SOURCE_CONTINUE;
}

static void
sg_output_popover_map(GtkWidget *widget)
{
  SgOutputPopover *self = SG_OUTPUT_POPOVER(widget);
  look(self);
  self->timer = g_timeout_add(LOOK_EVERY_MS, look, self);
  GTK_WIDGET_CLASS(sg_output_popover_parent_class)->map(widget);
}

static void
sg_output_popover_unmap(GtkWidget *widget)
{
  g_clear_handle_id(&SG_OUTPUT_POPOVER(widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS(sg_output_popover_parent_class)->unmap(widget);
}

static void
sg_output_popover_dispose(GObject *object)
{
  SgOutputPopover *self = SG_OUTPUT_POPOVER(object);
  g_clear_handle_id(&self->timer, g_source_remove);
  g_clear_weak_pointer(&self->session);
  G_OBJECT_CLASS(sg_output_popover_parent_class)->dispose(object);
}

static void
sg_output_popover_class_init(SgOutputPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_output_popover_dispose;
  widget_class->map = sg_output_popover_map;
  widget_class->unmap = sg_output_popover_unmap;
}

static void
sg_output_popover_init(SgOutputPopover *self)
{
  static const char *const names[N_ROWS] = { N_("Device"),
                                             N_("Rate"),
                                             N_("Latency"),
                                             N_("Block"),
                                             N_("Underruns"),
                                             N_("Peak"),
                                             N_("Loudness (RMS)"),
                                             N_("Frames over full scale"),
                                             N_("Mixture minus stems") };
  GtkWidget *grid = gtk_grid_new();
  gtk_grid_set_column_spacing(GTK_GRID(grid), 18);
  gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
  for (int i = 0; i < N_ROWS; i++) {
    GtkWidget *name = gtk_label_new(_(names[i])), *value = gtk_label_new("–");
    gtk_label_set_xalign(GTK_LABEL(name), 0.0f);
    gtk_label_set_xalign(GTK_LABEL(value), 1.0f);
    gtk_label_set_ellipsize(GTK_LABEL(value), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars(GTK_LABEL(value), 32);
    gtk_widget_set_hexpand(value, TRUE);
    gtk_widget_add_css_class(name, "dim-label");
    gtk_widget_add_css_class(value, "numeric");
    gtk_accessible_update_relation(GTK_ACCESSIBLE(value), GTK_ACCESSIBLE_RELATION_LABELLED_BY, name, NULL,
                                   -1);
    gtk_grid_attach(GTK_GRID(grid), name, 0, i, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), value, 1, i, 1, 1);
    self->values[i] = GTK_LABEL(value);
  }
  gtk_widget_set_margin_start(grid, 6);
  gtk_widget_set_margin_end(grid, 6);
  /* Something has to take the focus: GTK 4.8 looks for it in an open popover and complains where nothing has
   * it. */
  gtk_widget_set_focusable(grid, TRUE);
  sg_widget_describe(grid, _("Sound Output and Levels"), NULL);
  gtk_popover_set_child(GTK_POPOVER(self), grid);
}

void
sg_output_popover_set_session(SgOutputPopover *self, SgSession *session)
{
  g_return_if_fail(SG_IS_OUTPUT_POPOVER(self));
  g_set_weak_pointer(&self->session, session);
}
