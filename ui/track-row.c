#include "ui/track-row.h"

#include <glib/gi18n.h>

#include "ui/describe.h"
#include "ui/frequency-scale.h"
#include "ui/mixer-strip.h"
#include "ui/popovers.h"
#include "ui/row-drag.h"
#include "ui/source-style.h"

struct _SgTrackRow {
  GtkWidget parent_instance;

  SgStem *stem;
  SgTileMode mode;
  gboolean folded;

  GtkWidget *strip;
  GtkWidget *folded_strip;
  GtkWidget *swatch; /* of the folded strip, or NULL */
  GtkWidget *name;   /* likewise */
  GtkWidget *scale;
  GtkWidget *overlay;
  GtkWidget *view;
  GtkWidget *menu_button;
};

G_DEFINE_FINAL_TYPE(SgTrackRow, sg_track_row, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_MODE, PROP_FOLDED, PROP_COLOUR, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { MOVE, DROPPED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const char *const mode_ids[SG_N_TILE_MODES] = {
  [SG_TILE_SPECTRUM] = "spectrum", [SG_TILE_MASK] = "mask",         [SG_TILE_TINTED] = "tinted",
  [SG_TILE_SOURCES] = "sources",   [SG_TILE_WAVEFORM] = "waveform",
};

/* What it shows */

static const char *
describe_mode(SgTrackRow *self)
{
  switch (self->folded ? SG_TILE_WAVEFORM : self->mode) {
  case SG_TILE_MASK:
    return _("Mask of %s");
  case SG_TILE_TINTED:
    return _("Mixture tinted by the mask of %s");
  case SG_TILE_SOURCES:
    return _("%s coloured by source");
  case SG_TILE_WAVEFORM:
    return _("Waveform of %s");
  default:
    return _("Spectrogram of %s");
  }
}

static void
update(SgTrackRow *self)
{
  const char *name = self->stem != NULL ? sg_stem_get_name(self->stem) : _("Mixture");
  SgTileMode mode = self->folded ? SG_TILE_WAVEFORM : self->mode;
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *label = g_strdup_printf(describe_mode(self), name);
#pragma GCC diagnostic pop
  g_autofree char *menu_label = g_strdup_printf(_("View of %s"), name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, menu_label,
                                 -1);
  gtk_label_set_label(GTK_LABEL(self->name), name);
  if (self->stem != NULL) {
    const char *classes[] = { "swatch", sg_source_colour_of_stem(self->stem)->css_class, NULL };
    gtk_widget_set_css_classes(self->swatch, classes);
  }
  sg_spectrogram_view_set_mode(SG_SPECTROGRAM_VIEW(self->view), mode);
  sg_frequency_scale_set_mode(SG_FREQUENCY_SCALE(self->scale), mode);
  gtk_widget_set_visible(self->strip, !self->folded);
  gtk_widget_set_visible(self->folded_strip, self->folded);
  gtk_widget_set_vexpand(GTK_WIDGET(self), !self->folded);
  gtk_widget_set_vexpand(self->view, !self->folded);
  if (self->folded)
    gtk_widget_add_css_class(GTK_WIDGET(self), "folded");
  else
    gtk_widget_remove_css_class(GTK_WIDGET(self), "folded");
}

/* Parts */

static GtkWidget *
mixture_strip_new(void)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *name = gtk_label_new(_("Mixture"));
  GtkWidget *sentence = gtk_label_new(_("The song as it is"));
  gtk_widget_add_css_class(name, "heading");
  gtk_widget_add_css_class(sentence, "caption");
  gtk_widget_add_css_class(sentence, "dim-label");
  gtk_label_set_xalign(GTK_LABEL(name), 0.0f);
  gtk_label_set_xalign(GTK_LABEL(sentence), 0.0f);
  gtk_box_append(GTK_BOX(box), name);
  gtk_box_append(GTK_BOX(box), sentence);
  return box;
}

static void
add_toggle(GtkWidget *box, SgStem *stem, const char *label, const char *css_class, const char *property,
           const char *name)
{
  GtkWidget *button = gtk_toggle_button_new_with_label(label);
  gtk_widget_add_css_class(button, "mixer-toggle");
  gtk_widget_add_css_class(button, css_class);
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  sg_widget_set_tooltip(button, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_bind_property(stem, property, button, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_box_append(GTK_BOX(box), button);
}

/* What is left of the strip in a low row. */
static GtkWidget *
folded_strip_new(SgTrackRow *self)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *handle = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  self->name = gtk_label_new("");
  gtk_widget_add_css_class(self->name, "heading");
  gtk_label_set_xalign(GTK_LABEL(self->name), 0.0f);
  gtk_label_set_ellipsize(GTK_LABEL(self->name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(self->name, TRUE);
  if (self->stem != NULL) {
    self->swatch = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_widget_set_valign(self->swatch, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(handle), self->swatch);
    sg_row_drag_add_handle(self, handle);
  }
  gtk_box_append(GTK_BOX(handle), self->name);
  gtk_box_append(GTK_BOX(box), handle);
  if (self->stem != NULL) {
    add_toggle(box, self->stem, C_("button", "S"), "solo", "soloed", _("Solo"));
    add_toggle(box, self->stem, C_("button", "M"), "mute", "muted", _("Mute"));
  }
  return box;
}

static void
append_mode(GMenu *menu, const char *label, SgTileMode mode)
{
  g_autoptr(GMenuItem) item = g_menu_item_new(label, NULL);
  g_menu_item_set_action_and_target(item, "row.mode", "s", mode_ids[mode]);
  g_menu_append_item(menu, item);
}

static GMenu *
colour_menu_new(void)
{
  GMenu *menu = g_menu_new();
  guint n;
  const SgSourceColour *colours = sg_source_colours(&n);
  for (guint i = 0; i < n; i++) {
    g_autoptr(GMenuItem) item = g_menu_item_new(_(colours[i].name), NULL);
    g_menu_item_set_action_and_target(item, "row.colour", "s", colours[i].id);
    g_menu_append_item(menu, item);
  }
  return menu;
}

static GMenuModel *
menu_new(gboolean is_stem)
{
  GMenu *menu = g_menu_new();
  g_autoptr(GMenu) modes = g_menu_new();
  g_autoptr(GMenu) row = g_menu_new();
  if (is_stem) {
    append_mode(modes, _("_Stem"), SG_TILE_SPECTRUM);
    append_mode(modes, _("M_ask, 0–100 %"), SG_TILE_MASK);
    append_mode(modes, _("Mixture _Tinted by the Mask"), SG_TILE_TINTED);
  } else {
    append_mode(modes, _("_Levels"), SG_TILE_SPECTRUM);
    append_mode(modes, _("Coloured by _Source"), SG_TILE_SOURCES);
  }
  append_mode(modes, _("_Waveform"), SG_TILE_WAVEFORM);
  g_menu_append_section(menu, _("View"), G_MENU_MODEL(modes));
  g_menu_append(row, _("_Fold"), "row.folded");
  if (is_stem) {
    g_autoptr(GMenu) colours = colour_menu_new();
    g_menu_append(row, _("_Rename…"), "row.rename");
    g_menu_append_submenu(row, _("_Colour"), G_MENU_MODEL(colours));
    g_menu_append(row, _("Move _Up"), "row.move-up");
    g_menu_append(row, _("Move _Down"), "row.move-down");
  }
  g_menu_append_section(menu, NULL, G_MENU_MODEL(row));
  return G_MENU_MODEL(menu);
}

/* Actions */

static void
move_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit(widget, signals[MOVE], 0, g_str_equal(name, "row.move-up") ? -1 : 1);
}

static void
on_rename_activate(GtkEntry *entry, GtkWidget *popover)
{
  SgTrackRow *self = SG_TRACK_ROW(gtk_widget_get_ancestor(popover, SG_TYPE_TRACK_ROW));
  g_autofree char *name = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(entry))));
  if (name[0] != '\0')
    sg_stem_set_name(self->stem, name);
  gtk_popover_popdown(GTK_POPOVER(popover));
}

static gboolean
unparent_later(gpointer data)
{
  gtk_widget_unparent(GTK_WIDGET(data));
  return G_SOURCE_REMOVE;
}

static void
on_rename_closed(GtkWidget *popover)
{
  /* Where the row itself goes, and the popover with it, the window would keep a focus that is not in it. */
  GtkWidget *row = gtk_widget_get_ancestor(popover, SG_TYPE_TRACK_ROW);
  if (row != NULL && gtk_widget_get_mapped(row))
    gtk_widget_grab_focus(SG_TRACK_ROW(row)->view);
  g_idle_add_full(G_PRIORITY_DEFAULT, unparent_later, g_object_ref(popover), g_object_unref);
}

static void
open_rename(GtkWidget *widget)
{
  SgTrackRow *self = SG_TRACK_ROW(widget);
  GtkWidget *popover = gtk_popover_new(), *entry = gtk_entry_new();
  gtk_editable_set_text(GTK_EDITABLE(entry), sg_stem_get_name(self->stem));
  gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name"), -1);
  gtk_popover_set_child(GTK_POPOVER(popover), entry);
  gtk_widget_set_parent(popover, self->folded ? gtk_widget_get_parent(self->name)
                                              : sg_mixer_strip_get_handle(SG_MIXER_STRIP(self->strip)));
  g_signal_connect(entry, "activate", G_CALLBACK(on_rename_activate), popover);
  g_signal_connect(popover, "closed", G_CALLBACK(on_rename_closed), NULL);
  gtk_popover_popup(GTK_POPOVER(popover));
  gtk_widget_grab_focus(entry);
}

static void
rename_action(GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (SG_TRACK_ROW(widget)->stem != NULL && gtk_widget_get_mapped(widget))
    sg_popovers_open_at(widget, open_rename);
}

static void
open_menu(GtkWidget *widget)
{
  gtk_menu_button_popup(GTK_MENU_BUTTON(SG_TRACK_ROW(widget)->menu_button));
}

static void
on_menu(SgTrackRow *self)
{
  sg_popovers_open_at(GTK_WIDGET(self), open_menu);
}

/* The object */

static void
sg_track_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgTrackRow *self = SG_TRACK_ROW(object);
  switch (id) {
  case PROP_MODE:
    g_value_set_static_string(value, mode_ids[self->mode]);
    break;
  case PROP_FOLDED:
    g_value_set_boolean(value, self->folded);
    break;
  case PROP_COLOUR:
    g_value_set_static_string(value, self->stem != NULL ? sg_source_colour_of_stem(self->stem)->id : "");
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

/* A mixture has no mask of its own, a stem no sources. */
static gboolean
can_show(SgTrackRow *self, SgTileMode mode)
{
  if (self->stem == NULL)
    return mode != SG_TILE_MASK && mode != SG_TILE_TINTED;
  return mode != SG_TILE_SOURCES;
}

static void
sg_track_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgTrackRow *self = SG_TRACK_ROW(object);
  switch (id) {
  case PROP_MODE:
    for (int mode = 0; mode < SG_N_TILE_MODES; mode++)
      if (g_strcmp0(mode_ids[mode], g_value_get_string(value)) == 0 && can_show(self, (SgTileMode)mode))
        self->mode = (SgTileMode)mode;
    break;
  case PROP_FOLDED:
    self->folded = g_value_get_boolean(value);
    break;
  case PROP_COLOUR:
    if (self->stem != NULL)
      sg_stem_set_colour(self->stem, g_value_get_string(value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
  update(self);
}

static void
on_colour_changed(SgTrackRow *self)
{
  update(self);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_COLOUR]);
}

static void
sg_track_row_dispose(GObject *object)
{
  SgTrackRow *self = SG_TRACK_ROW(object);
  if (self->stem != NULL)
    g_signal_handlers_disconnect_by_data(self->stem, self);
  g_clear_pointer(&self->strip, gtk_widget_unparent);
  g_clear_pointer(&self->folded_strip, gtk_widget_unparent);
  g_clear_pointer(&self->scale, gtk_widget_unparent);
  g_clear_pointer(&self->overlay, gtk_widget_unparent);
  g_clear_object(&self->stem);
  G_OBJECT_CLASS(sg_track_row_parent_class)->dispose(object);
}

static void
sg_track_row_class_init(SgTrackRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  object_class->dispose = sg_track_row_dispose;
  object_class->get_property = sg_track_row_get_property;
  object_class->set_property = sg_track_row_set_property;
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  props[PROP_MODE] = g_param_spec_string("mode", NULL, NULL, "spectrum", flags);
  props[PROP_FOLDED] = g_param_spec_boolean("folded", NULL, NULL, FALSE, flags);
  props[PROP_COLOUR] = g_param_spec_string("colour", NULL, NULL, NULL, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
  signals[MOVE] = g_signal_new("move", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_INT);
  signals[DROPPED] = g_signal_new("dropped", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, SG_TYPE_TRACK_ROW, G_TYPE_BOOLEAN);
  gtk_widget_class_set_css_name(widget_class, "trackrow");
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_property_action(widget_class, "row.mode", "mode");
  gtk_widget_class_install_property_action(widget_class, "row.folded", "folded");
  gtk_widget_class_install_property_action(widget_class, "row.colour", "colour");
  gtk_widget_class_install_action(widget_class, "row.rename", NULL, rename_action);
  gtk_widget_class_install_action(widget_class, "row.move-up", NULL, move_action);
  gtk_widget_class_install_action(widget_class, "row.move-down", NULL, move_action);
  gtk_widget_class_add_binding_action(widget_class, GDK_KEY_F2, 0, "row.rename", NULL);
  gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Up, GDK_ALT_MASK, "row.move-up", NULL);
  gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Down, GDK_ALT_MASK, "row.move-down", NULL);
}

static void
sg_track_row_init(SgTrackRow *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager(GTK_WIDGET(self));
  gtk_box_layout_set_spacing(GTK_BOX_LAYOUT(layout), SG_TRACK_ROW_SPACING);
}

static GtkWidget *
menu_button_new(SgTrackRow *self)
{
  GtkWidget *button = gtk_menu_button_new();
  g_autoptr(GMenuModel) menu = menu_new(self->stem != NULL);
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), menu);
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "view-more-symbolic");
  gtk_widget_set_halign(button, GTK_ALIGN_END);
  gtk_widget_set_valign(button, GTK_ALIGN_START);
  sg_widget_set_tooltip(button, _("View of This Row"));
  gtk_widget_add_css_class(button, "row-menu");
  return button;
}

GtkWidget *
sg_track_row_new(SgStem *stem, SgViewRange *range, SgSpectrogramTiles *tiles, SgTimeMarks *marks)
{
  SgTrackRow *self = g_object_new(SG_TYPE_TRACK_ROW, NULL);
  g_set_object(&self->stem, stem);
  self->strip = stem != NULL ? sg_mixer_strip_new(stem) : mixture_strip_new();
  self->folded_strip = folded_strip_new(self);
  self->scale = sg_frequency_scale_new(tiles, sg_view_range_get_rate(range));
  self->view = sg_spectrogram_view_new(range, tiles, marks,
                                       stem != NULL ? (int)sg_stem_get_index(stem) : SG_TILE_MIXTURE);
  self->menu_button = menu_button_new(self);
  self->overlay = gtk_overlay_new();
  gtk_overlay_set_child(GTK_OVERLAY(self->overlay), self->view);
  gtk_overlay_add_overlay(GTK_OVERLAY(self->overlay), self->menu_button);
  GtkWidget *parts[] = { self->strip, self->folded_strip, self->scale, self->overlay };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    gtk_widget_set_parent(parts[i], GTK_WIDGET(self));
  for (gsize i = 0; i < 2; i++) {
    gtk_widget_set_size_request(parts[i], SG_TRACK_ROW_STRIP_WIDTH, -1);
    gtk_widget_set_hexpand(parts[i], FALSE);
    gtk_widget_set_valign(parts[i], GTK_ALIGN_START);
  }
  g_signal_connect_swapped(self->view, "menu", G_CALLBACK(on_menu), self);
  sg_row_drag_add_target(self);
  if (stem != NULL) {
    sg_row_drag_add_handle(self, sg_mixer_strip_get_handle(SG_MIXER_STRIP(self->strip)));
    g_signal_connect_swapped(stem, "notify::name", G_CALLBACK(update), self);
    g_signal_connect_swapped(stem, "notify::colour", G_CALLBACK(on_colour_changed), self);
  } else {
    gtk_widget_add_css_class(GTK_WIDGET(self), "mixture");
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "row.rename", FALSE);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "row.move-up", FALSE);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "row.move-down", FALSE);
  }
  update(self);
  return GTK_WIDGET(self);
}

void
sg_track_row_set_strip_group(SgTrackRow *self, GtkSizeGroup *group)
{
  g_return_if_fail(SG_IS_TRACK_ROW(self));
  gtk_size_group_add_widget(group, self->strip);
  gtk_size_group_add_widget(group, self->folded_strip);
}

SgSpectrogramView *
sg_track_row_get_view(SgTrackRow *self)
{
  return SG_SPECTROGRAM_VIEW(self->view);
}

SgStem *
sg_track_row_get_stem(SgTrackRow *self)
{
  return self->stem;
}
