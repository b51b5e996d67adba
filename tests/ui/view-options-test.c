#include "ui/view-options.h"

#include <adwaita.h>

#include "tests/support-ui.h"
#include "ui/resources.h"
#include "ui/song-view.h"

typedef struct {
  GtkWidget *window;
  GtkWidget *song_view;
  SgSpectrogramTiles *tiles;
  GtkWidget *options;
} Fixture;

/* The options of a song view, open. */
static void
set_up(Fixture *f, gconstpointer data)
{
  f->song_view = g_object_new(SG_TYPE_SONG_VIEW, NULL);
  f->tiles = sg_song_view_get_tiles(SG_SONG_VIEW(f->song_view));
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  f->window = test_window_new(box, 400, 300);
  f->options = sg_view_options_new(f->tiles, G_OBJECT(f->song_view));
  gtk_widget_set_parent(f->options, box);
  g_object_ref_sink(f->song_view);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gtk_widget_unparent(f->options);
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->song_view);
}

static GtkWidget *
find(GtkWidget *parent, const char *id)
{
  if (g_strcmp0(gtk_buildable_get_buildable_id(GTK_BUILDABLE(parent)), id) == 0)
    return parent;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find(child, id);
  return found;
}

static void
test_axes(Fixture *f, gconstpointer data)
{
  GtkDropDown *axis = GTK_DROP_DOWN(find(f->options, "axis")),
              *window = GTK_DROP_DOWN(find(f->options, "window"));
  sg_spectrogram_tiles_set_axes(f->tiles, (SgTileAxes){ .low_hz = 100.0, .high_hz = 900.0 });
  gtk_drop_down_set_selected(window, 3);
  SgTileAxes axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpuint(axes.window, ==, 4096);
  g_assert_cmpfloat(axes.high_hz, ==, 900.0);
  gtk_drop_down_set_selected(axis, 2);
  axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpint(axes.kind, ==, SG_AXIS_MEL);
  g_assert_cmpfloat(axes.high_hz, ==, 0.0);
  sg_spectrogram_tiles_set_axes(f->tiles, (SgTileAxes){ .kind = SG_AXIS_LINEAR, .window = 16384 });
  g_assert_cmpuint(gtk_drop_down_get_selected(axis), ==, 1);
  g_assert_cmpuint(gtk_drop_down_get_selected(window), ==, 5);
  /* Every window on offer can be had: the names are those of the sizes. */
  for (guint i = 1; i < 6; i++) {
    gtk_drop_down_set_selected(window, i);
    g_autofree char *digits = g_strdup(gtk_string_object_get_string(gtk_drop_down_get_selected_item(window)));
    char *comma = strchr(digits, ',');
    memmove(comma, comma + 1, strlen(comma));
    g_assert_cmpuint(sg_spectrogram_tiles_get_axes(f->tiles).window, ==, (guint)atoi(digits));
  }
}

/* One level pushes the other before it. */
static void
test_levels(Fixture *f, gconstpointer data)
{
  GtkRange *floor = GTK_RANGE(find(f->options, "floor_scale")),
           *top = GTK_RANGE(find(f->options, "ceiling_scale"));
  gtk_range_set_value(top, -60.0);
  gtk_range_set_value(floor, -90.0);
  SgTileLook look = sg_spectrogram_tiles_get_look(f->tiles);
  g_assert_cmpfloat(look.floor_db, ==, -90.0f);
  g_assert_cmpfloat(look.ceiling_db, ==, -60.0f);
  gtk_range_set_value(floor, -40.0);
  look = sg_spectrogram_tiles_get_look(f->tiles);
  g_assert_cmpfloat(look.floor_db, ==, -40.0f);
  g_assert_cmpfloat(look.ceiling_db, ==, -30.0f);
  g_assert_cmpfloat(gtk_range_get_value(top), ==, -30.0);
  gtk_range_set_value(top, -80.0);
  g_assert_cmpfloat(sg_spectrogram_tiles_get_look(f->tiles).floor_db, ==, -90.0f);
  gtk_drop_down_set_selected(GTK_DROP_DOWN(find(f->options, "colours")), SG_COLORMAP_GREY);
  g_assert_cmpint(sg_spectrogram_tiles_get_look(f->tiles).colormap, ==, SG_COLORMAP_GREY);
  for (guint i = 0; i < SG_N_COLORMAPS; i++) {
    GListModel *names = gtk_drop_down_get_model(GTK_DROP_DOWN(find(f->options, "colours")));
    g_autofree char *name = g_ascii_strdown(gtk_string_list_get_string(GTK_STRING_LIST(names), i), -1);
    g_assert_cmpstr(name, ==, sg_colormap_name((SgColormapId)i));
  }
}

/* Every control has the label beside it as its name; levels say their unit. */
static void
test_accessible(Fixture *f, gconstpointer data)
{
  static const char *const controls[][2] = {
    { "axis", "axis_label" },         { "window", "window_label" },         { "colours", "colours_label" },
    { "floor_scale", "floor_label" }, { "ceiling_scale", "ceiling_label" }, { "follow", "follow_label" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(controls); i++) {
    GtkAccessible *control = GTK_ACCESSIBLE(find(f->options, controls[i][0]));
    g_autofree char *difference = gtk_test_accessible_check_relation(
        control, GTK_ACCESSIBLE_RELATION_LABELLED_BY, find(f->options, controls[i][1]), NULL);
    g_assert_cmpstr(difference, ==, NULL);
  }
  gtk_range_set_value(GTK_RANGE(find(f->options, "floor_scale")), -72.0);
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(find(f->options, "floor_scale")), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "−72 dB");
  g_assert_cmpstr(difference, ==, NULL);
  gtk_switch_set_active(GTK_SWITCH(find(f->options, "follow")), FALSE);
  g_assert_false(sg_song_view_get_follow(SG_SONG_VIEW(f->song_view)));
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  g_test_add("/ui/view-options/axes", Fixture, NULL, set_up, test_axes, tear_down);
  g_test_add("/ui/view-options/levels", Fixture, NULL, set_up, test_levels, tear_down);
  g_test_add("/ui/view-options/accessible", Fixture, NULL, set_up, test_accessible, tear_down);
  return g_test_run();
}
