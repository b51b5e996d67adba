#include "ui/view-options.h"

#include <glib/gi18n.h>

#include "ui/describe.h"
#include "ui/text-format.h"

/* The levels keep this far apart. */
static const double MIN_RANGE_DB = 10.0;

static const guint windows[] = { 0, 1024, 2048, 4096, 8192, 16384 };

struct _SgViewOptions {
  GtkPopover parent_instance;

  SgSpectrogramTiles *tiles;
  gboolean is_updating; /* controls are being set, not moved by hand */

  GtkDropDown *axis;
  GtkWidget *whole_axis;
  GtkDropDown *window;
  GtkDropDown *colours;
  GtkAdjustment *floor;
  GtkAdjustment *ceiling;
  GtkScale *floor_scale;
  GtkScale *ceiling_scale;
  GtkLabel *floor_value;
  GtkLabel *ceiling_value;
  GtkSwitch *follow;
};

G_DEFINE_FINAL_TYPE(SgViewOptions, sg_view_options, GTK_TYPE_POPOVER)

static void
show_level(GtkScale *scale, GtkLabel *label, double level_db)
{
  g_autofree char *text = sg_format_level(level_db);
  gtk_label_set_label(label, text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

/* The controls show how it is. */
static void
update(SgViewOptions *self)
{
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(self->tiles);
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  self->is_updating = TRUE;
  gtk_drop_down_set_selected(self->axis, axes.kind);
  gtk_widget_set_sensitive(self->whole_axis, axes.high_hz > axes.low_hz);
  for (guint i = 0; i < G_N_ELEMENTS(windows); i++)
    if (windows[i] == axes.window)
      gtk_drop_down_set_selected(self->window, i);
  gtk_drop_down_set_selected(self->colours, look.colormap);
  gtk_adjustment_set_value(self->floor, look.floor_db);
  gtk_adjustment_set_value(self->ceiling, look.ceiling_db);
  show_level(self->floor_scale, self->floor_value, look.floor_db);
  show_level(self->ceiling_scale, self->ceiling_value, look.ceiling_db);
  self->is_updating = FALSE;
}

static void
on_axes_chosen(SgViewOptions *self)
{
  if (self->is_updating)
    return;
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(self->tiles);
  SgAxisKind kind = (SgAxisKind)gtk_drop_down_get_selected(self->axis);
  /* Another axis begins whole: what was zoomed into may not exist on it. */
  if (kind != axes.kind)
    axes.low_hz = axes.high_hz = 0.0;
  axes.kind = kind;
  axes.window = windows[gtk_drop_down_get_selected(self->window)];
  sg_spectrogram_tiles_set_axes(self->tiles, axes);
}

static void
on_whole_axis(SgViewOptions *self)
{
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(self->tiles);
  axes.low_hz = axes.high_hz = 0.0;
  sg_spectrogram_tiles_set_axes(self->tiles, axes);
}

static void
set_look(SgViewOptions *self, double floor_db, double ceiling_db)
{
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  look.colormap = (SgColormapId)gtk_drop_down_get_selected(self->colours);
  look.floor_db = (float)floor_db;
  look.ceiling_db = (float)ceiling_db;
  sg_spectrogram_tiles_set_look(self->tiles, look);
}

static void
on_colours_chosen(SgViewOptions *self)
{
  if (!self->is_updating)
    set_look(self, gtk_adjustment_get_value(self->floor), gtk_adjustment_get_value(self->ceiling));
}

/* One level pushes the other before it. */
static void
on_floor_moved(SgViewOptions *self)
{
  double floor_db = gtk_adjustment_get_value(self->floor),
         ceiling_db = gtk_adjustment_get_value(self->ceiling);
  if (!self->is_updating)
    set_look(self, floor_db, MAX(ceiling_db, floor_db + MIN_RANGE_DB));
}

static void
on_ceiling_moved(SgViewOptions *self)
{
  double floor_db = gtk_adjustment_get_value(self->floor),
         ceiling_db = gtk_adjustment_get_value(self->ceiling);
  if (!self->is_updating)
    set_look(self, MIN(floor_db, ceiling_db - MIN_RANGE_DB), ceiling_db);
}

static void
sg_view_options_dispose(GObject *object)
{
  SgViewOptions *self = SG_VIEW_OPTIONS(object);
  if (self->tiles != NULL)
    g_signal_handlers_disconnect_by_data(self->tiles, self);
  g_clear_object(&self->tiles);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_VIEW_OPTIONS);
  G_OBJECT_CLASS(sg_view_options_parent_class)->dispose(object);
}

static void
sg_view_options_class_init(SgViewOptionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_view_options_dispose;
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/view-options.ui");
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, axis);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, whole_axis);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, window);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, colours);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, floor);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, ceiling);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, floor_scale);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, ceiling_scale);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, floor_value);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, ceiling_value);
  gtk_widget_class_bind_template_child(widget_class, SgViewOptions, follow);
  gtk_widget_class_bind_template_callback(widget_class, on_axes_chosen);
  gtk_widget_class_bind_template_callback(widget_class, on_whole_axis);
  gtk_widget_class_bind_template_callback(widget_class, on_colours_chosen);
  gtk_widget_class_bind_template_callback(widget_class, on_floor_moved);
  gtk_widget_class_bind_template_callback(widget_class, on_ceiling_moved);
}

static void
sg_view_options_init(SgViewOptions *self)
{
  /* The template's first selections come before there is anything to act on. */
  self->is_updating = TRUE;
  gtk_widget_init_template(GTK_WIDGET(self));
  sg_widget_describe(GTK_WIDGET(self->axis), _("Frequency axis"), "");
  sg_widget_describe(GTK_WIDGET(self->window), _("Window length"), "");
  sg_widget_describe(GTK_WIDGET(self->colours), _("Colours"), "");
}

GtkWidget *
sg_view_options_new(SgSpectrogramTiles *tiles, GObject *follower)
{
  SgViewOptions *self = g_object_new(SG_TYPE_VIEW_OPTIONS, NULL);
  self->tiles = g_object_ref(tiles);
  g_signal_connect_swapped(tiles, "look-changed", G_CALLBACK(update), self);
  g_object_bind_property(follower, "follow", self->follow, "active",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  update(self);
  return GTK_WIDGET(self);
}
