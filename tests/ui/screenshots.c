/* Makes the pictures of data/screenshots: the main states of the window with the demo song, in two sizes,
 * light and dark.
 *
 * Usage: screenshots FOLDER [--scene NAME] [--size WIDTHxHEIGHT] [--text FACTOR]
 * Built beside the tests; "ninja -C build/tests screenshots" makes them all anew. It draws widgets by
 * themselves, so it needs a display but no window manager. */
#include "core/session/error.h"
#include "tests/support.h"
#include "ui/preferences.h"
#include "ui/resources.h"
#include "ui/window-private.h"

typedef struct {
  const char *name;
  gboolean all_sizes; /* else the window has a size of its own */
  GtkWindow *(*prepare)(SgWindow *window);
} Scene;

static void
run_for(guint ms)
{
  gint64 until = g_get_monotonic_time() + (gint64)ms * 1000;
  while (g_get_monotonic_time() < until)
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(1000);
}

static void
wait_for_job(SgWindow *window)
{
  while (sg_session_get_job(window->session) != NULL)
    g_main_context_iteration(NULL, TRUE);
}

static void
wait_for_view(SgWindow *window)
{
  for (int i = 0; i < 2400 && !sg_song_view_is_complete(window->song_view); i++)
    run_for(50);
  run_for(1500); /* the overview */
}

/* Scenes */

static GtkWindow *
prepare_start(SgWindow *window)
{
  return GTK_WINDOW(window);
}

static GtkWindow *
prepare_song(SgWindow *window)
{
  sg_window_open_demo(window);
  wait_for_job(window);
  wait_for_view(window);
  return GTK_WINDOW(window);
}

static GtkWindow *
prepare_separating(SgWindow *window)
{
  prepare_song(window);
  sg_method_choice_set_wiener_iterations(window->choice, 2); /* takes long enough to be seen */
  sg_window_separate(window);
  while (sg_session_get_job(window->session) != NULL &&
         sg_job_get_fraction(sg_session_get_job(window->session)) < 0.45)
    g_main_context_iteration(NULL, TRUE);
  return GTK_WINDOW(window);
}

static GtkWindow *
prepare_window(SgWindow *window)
{
  prepare_song(window);
  sg_window_separate(window);
  wait_for_job(window);
  sg_song_view_seek(window->song_view, 12.0);
  wait_for_view(window);
  return GTK_WINDOW(window);
}

static GtkWindow *
prepare_method(SgWindow *window)
{
  prepare_window(window);
  sg_method_chooser_popup(window->chooser);
  run_for(600);
  return GTK_WINDOW(window);
}

static GtkWindow *
prepare_preferences(SgWindow *window)
{
  GtkWidget *preferences = sg_preferences_new(GTK_WINDOW(window), window->settings);
  sg_preferences_turn_to(SG_PREFERENCES(preferences), NULL, NULL);
  gtk_window_present(GTK_WINDOW(preferences));
  run_for(300);
  return GTK_WINDOW(preferences);
}

static const Scene scenes[] = {
  { "start", TRUE, prepare_start },           { "song", TRUE, prepare_song },
  { "separating", TRUE, prepare_separating }, { "window", TRUE, prepare_window },
  { "method", TRUE, prepare_method },         { "preferences", FALSE, prepare_preferences },
};

/* Pictures */

static void
add_popovers(GtkWidget *widget, GdkSurface *parent, GtkSnapshot *snapshot)
{
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    if (GTK_IS_POPOVER(child) && gtk_widget_get_mapped(child)) {
      GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(child));
      double x, y;
      gtk_native_get_surface_transform(GTK_NATIVE(child), &x, &y);
      g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(child);
      gtk_snapshot_save(snapshot);
      gtk_snapshot_translate(snapshot,
                             &GRAPHENE_POINT_INIT((float)(x + gdk_popup_get_position_x(GDK_POPUP(surface))),
                                                  (float)(y + gdk_popup_get_position_y(GDK_POPUP(surface)))));
      gdk_paintable_snapshot(paintable, snapshot, gdk_paintable_get_intrinsic_width(paintable),
                             gdk_paintable_get_intrinsic_height(paintable));
      gtk_snapshot_restore(snapshot);
    }
    add_popovers(child, parent, snapshot);
  }
}

static void
save(GtkWindow *window, const char *path)
{
  int width = gtk_widget_get_width(GTK_WIDGET(window)), height = gtk_widget_get_height(GTK_WIDGET(window));
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(GTK_WIDGET(window));
  gtk_widget_queue_draw(GTK_WIDGET(window));
  run_for(100);
  /* It is larger by the window's edges, which are cut off: drawn at another size, the tiles of a spectrogram
   * would be scaled and show their seams. */
  int whole_width = gdk_paintable_get_intrinsic_width(paintable);
  int whole_height = gdk_paintable_get_intrinsic_height(paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new();
  gdk_paintable_snapshot(paintable, snapshot, whole_width, whole_height);
  add_popovers(GTK_WIDGET(window), gtk_native_get_surface(GTK_NATIVE(window)), snapshot);
  g_autoptr(GskRenderNode) node = gtk_snapshot_free_to_node(snapshot);
  GskRenderer *renderer = gtk_native_get_renderer(GTK_NATIVE(window));
  g_autoptr(GdkTexture) texture = gsk_renderer_render_texture(
      renderer, node,
      &GRAPHENE_RECT_INIT((float)(whole_width - width) / 2.0f, (float)(whole_height - height) / 2.0f,
                          (float)width, (float)height));
  if (!gdk_texture_save_to_png(texture, path))
    g_error("%s could not be written", path);
  g_print("%s\n", path);
}

/* The next window would begin with what this one has been set to. */
static void
close_scene(SgWindow *window)
{
  sg_method_choice_set_wiener_iterations(window->choice, 0);
  g_autoptr(SgWindow) kept = g_object_ref(window);
  sg_window_cancel(window);
  wait_for_job(window);
  gtk_window_destroy(GTK_WINDOW(window));
  run_for(50);
}

static void
take(const Scene *scene, const char *folder, int width, int height, gboolean dark)
{
  const char *shade = dark ? "dark" : "light";
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                     dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  SgWindow *window = sg_window_new(NULL);
  gtk_window_set_default_size(GTK_WINDOW(window), width, height);
  gtk_window_present(GTK_WINDOW(window));
  run_for(300);
  /* The frame is drawn by the window itself and no part of the picture. */
  gtk_window_set_default_size(GTK_WINDOW(window), 2 * width - gtk_widget_get_width(GTK_WIDGET(window)),
                              2 * height - gtk_widget_get_height(GTK_WIDGET(window)));
  run_for(200);
  GtkWindow *seen = scene->prepare(window);
  gtk_window_set_focus_visible(seen, FALSE);
  run_for(50);
  g_autofree char *name = scene->all_sizes
                              ? g_strdup_printf("%s-%dx%d-%s.png", scene->name, width, height, shade)
                              : g_strdup_printf("%s-%s.png", scene->name, shade);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  save(seen, path);
  if (seen != GTK_WINDOW(window))
    gtk_window_destroy(seen);
  close_scene(window);
}

static gboolean
parse_size(const char *text, int *out_width, int *out_height)
{
  char *end;
  *out_width = (int)g_ascii_strtoll(text, &end, 10);
  *out_height = *end == 'x' ? (int)g_ascii_strtoll(end + 1, NULL, 10) : 0;
  return *out_width > 0 && *out_height > 0;
}

int
main(int argc, char **argv)
{
  g_autofree char *only = NULL, *size = NULL;
  double text = 1.0;
  const GOptionEntry options[] = {
    { "scene", 0, 0, G_OPTION_ARG_STRING, &only, "Only this one", "NAME" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &size, "Only this size", "WIDTHxHEIGHT" },
    { "text", 0, 0, G_OPTION_ARG_DOUBLE, &text, "Size of letters", "FACTOR" },
    { 0 },
  };
  g_autoptr(GOptionContext) context = g_option_context_new("FOLDER");
  g_option_context_add_main_entries(context, options, NULL);
  g_autoptr(GError) error = NULL;
  if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2)
    g_error("%s", error != NULL ? error->message : "a folder is needed");

  TestFolder *home = test_folder_new(); /* no songs opened before, no settings of somebody */
  g_setenv("XDG_DATA_HOME", home, TRUE);
  g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_init();
  adw_init();
  sg_ui_register_resources();
  sg_ui_load_style();
  if (!g_str_has_prefix(sg_method_choice_standard_id(), "model:"))
    g_error("the standard model is not found: STEMGLASS_DATA_DIR must name the folder data");
  int dpi;
  g_object_get(gtk_settings_get_default(), "gtk-xft-dpi", &dpi, NULL);
  g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", (int)(text * (dpi > 0 ? dpi : 96 * 1024)),
               "gtk-enable-animations", FALSE, NULL);

  int sizes[2][2] = { { 1000, 700 }, { 1600, 900 } };
  int n_sizes = size != NULL && parse_size(size, &sizes[0][0], &sizes[0][1]) ? 1 : 2;
  for (gsize i = 0; i < G_N_ELEMENTS(scenes); i++)
    for (int s = 0; s < n_sizes && (only == NULL || g_str_equal(only, scenes[i].name)); s++)
      for (int dark = 0; dark < 2 && (s == 0 || scenes[i].all_sizes); dark++)
        take(&scenes[i], argv[1], sizes[s][0], sizes[s][1], dark);
  test_folder_remove(home);
  return 0;
}
