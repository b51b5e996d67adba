#include "ui/colour-legend.h"

#include <glib/gi18n.h>

#include "ui/describe.h"
#include "ui/text-format.h"

enum { BAR_WIDTH = 72, BAR_HEIGHT = 8, N_STOPS = 17, LABEL_GAP = 5 };

struct _SgColourLegend {
  GtkWidget parent_instance;

  SgSpectrogramTiles *tiles;
  SgTileMode mode;
};

G_DEFINE_FINAL_TYPE(SgColourLegend, sg_colour_legend, GTK_TYPE_WIDGET)

/* What the two ends of the colour map stand for. */
static void
dup_ends(SgColourLegend *self, char **out_from, char **out_to)
{
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  gboolean is_mask = self->mode == SG_TILE_MASK;
  *out_from = is_mask ? sg_format_share(0.0) : sg_format_level(look.floor_db);
  *out_to = is_mask ? sg_format_share(1.0) : sg_format_level(look.ceiling_db);
}

static PangoLayout *
layout_new(SgColourLegend *self, const char *text, int *out_width, int *out_height)
{
  PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
  pango_layout_get_pixel_size(layout, out_width, out_height);
  return layout;
}

static void
snapshot_bar(GtkSnapshot *snapshot, SgColormapId id, float x, float y)
{
  const guint32 *colours = sg_colormap(id);
  GskColorStop stops[N_STOPS];
  for (int i = 0; i < N_STOPS; i++) {
    guint32 colour = colours[i * 255 / (N_STOPS - 1)];
    stops[i] = (GskColorStop){ .offset = (float)i / (N_STOPS - 1),
                               .color = { (float)(colour >> 16 & 0xff) / 255.0f,
                                          (float)(colour >> 8 & 0xff) / 255.0f,
                                          (float)(colour & 0xff) / 255.0f, 1.0f } };
  }
  gtk_snapshot_append_linear_gradient(snapshot, &GRAPHENE_RECT_INIT(x, y, BAR_WIDTH, BAR_HEIGHT),
                                      &GRAPHENE_POINT_INIT(x, y), &GRAPHENE_POINT_INIT(x + BAR_WIDTH, y),
                                      stops, N_STOPS);
}

static void
snapshot_layout(GtkSnapshot *snapshot, PangoLayout *layout, float x, float y, const GdkRGBA *colour)
{
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, y));
  gtk_snapshot_append_layout(snapshot, layout, colour);
  gtk_snapshot_restore(snapshot);
}

static void
sg_colour_legend_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgColourLegend *self = SG_COLOUR_LEGEND(widget);
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  int from_width, to_width, text_height, height = gtk_widget_get_height(widget);
  g_autofree char *from = NULL, *to = NULL;
  dup_ends(self, &from, &to);
  g_autoptr(PangoLayout) from_layout = layout_new(self, from, &from_width, &text_height);
  g_autoptr(PangoLayout) to_layout = layout_new(self, to, &to_width, &text_height);
  GdkRGBA colour;
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
  float text_y = (float)((height - text_height) / 2), x = (float)(from_width + LABEL_GAP);
  snapshot_layout(snapshot, from_layout, 0, text_y, &colour);
  snapshot_bar(snapshot, look.colormap, x, (float)((height - BAR_HEIGHT) / 2));
  snapshot_layout(snapshot, to_layout, x + BAR_WIDTH + LABEL_GAP, text_y, &colour);
}

static void
sg_colour_legend_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  SgColourLegend *self = SG_COLOUR_LEGEND(widget);
  int from_width, to_width, height;
  g_autofree char *from = NULL, *to = NULL;
  dup_ends(self, &from, &to);
  g_autoptr(PangoLayout) from_layout = layout_new(self, from, &from_width, &height);
  g_autoptr(PangoLayout) to_layout = layout_new(self, to, &to_width, &height);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
                            ? from_width + BAR_WIDTH + to_width + 2 * LABEL_GAP
                            : MAX(height, BAR_HEIGHT);
}

static void
on_look_changed(SgColourLegend *self)
{
  g_autofree char *from = NULL, *to = NULL;
  dup_ends(self, &from, &to);
  g_autofree char *text = self->mode == SG_TILE_MASK
                              ? g_strdup_printf(_("Colours from %s to %s of the mixture"), from, to)
                              : g_strdup_printf(_("Colours from %s to %s"), from, to);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  sg_widget_set_tooltip(GTK_WIDGET(self), text);
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void
sg_colour_legend_dispose(GObject *object)
{
  SgColourLegend *self = SG_COLOUR_LEGEND(object);
  if (self->tiles != NULL)
    g_signal_handlers_disconnect_by_data(self->tiles, self);
  g_clear_object(&self->tiles);
  G_OBJECT_CLASS(sg_colour_legend_parent_class)->dispose(object);
}

static void
sg_colour_legend_class_init(SgColourLegendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_colour_legend_dispose;
  widget_class->snapshot = sg_colour_legend_snapshot;
  widget_class->measure = sg_colour_legend_measure;
  gtk_widget_class_set_css_name(widget_class, "colourlegend");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sg_colour_legend_init(SgColourLegend *self)
{
  gtk_widget_add_css_class(GTK_WIDGET(self), "axis");
}

GtkWidget *
sg_colour_legend_new(SgSpectrogramTiles *tiles)
{
  SgColourLegend *self = g_object_new(SG_TYPE_COLOUR_LEGEND, NULL);
  self->tiles = g_object_ref(tiles);
  g_signal_connect_swapped(tiles, "look-changed", G_CALLBACK(on_look_changed), self);
  on_look_changed(self);
  return GTK_WIDGET(self);
}

void
sg_colour_legend_set_mode(SgColourLegend *self, SgTileMode mode)
{
  g_return_if_fail(SG_IS_COLOUR_LEGEND(self));
  if (mode == self->mode)
    return;
  self->mode = mode;
  on_look_changed(self);
}
