#include "tests/app/accessible.h"

#include <string.h>

static const gulong POLL_US = 20000;

void
accessible_init(void)
{
  /* The library warns when it asks a program that is still starting; asking again is what we do. */
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  atspi_init();
}

/* Gives the bus a moment; FALSE once the time is over. */
static gboolean
wait_a_moment(gint64 until_us)
{
  g_usleep(POLL_US);
  while (g_main_context_iteration(NULL, FALSE))
    ;
  return g_get_monotonic_time() < until_us;
}

static gint64
deadline(double seconds)
{
  return g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
}

AtspiAccessible *
accessible_wait_application(const char *name, double seconds)
{
  gint64 until_us = deadline(seconds);
  do {
    g_autoptr(AtspiAccessible) desktop = atspi_get_desktop(0);
    int n = atspi_accessible_get_child_count(desktop, NULL);
    for (int i = 0; i < n; i++) {
      AtspiAccessible *application = atspi_accessible_get_child_at_index(desktop, i, NULL);
      g_autofree char *found = application != NULL ? atspi_accessible_get_name(application, NULL) : NULL;
      if (found != NULL && g_ascii_strcasecmp(found, name) == 0)
        return application;
      g_clear_object(&application);
    }
  } while (wait_a_moment(until_us));
  g_error("the program “%s” did not appear on the accessibility bus", name);
}

gboolean
accessible_has_state(AtspiAccessible *accessible, AtspiStateType state)
{
  /* Asked anew: the library's cache may be behind. */
  atspi_accessible_clear_cache(accessible);
  g_autoptr(AtspiStateSet) states = atspi_accessible_get_state_set(accessible);
  return states != NULL && atspi_state_set_contains(states, state);
}

static gboolean
is_button(AtspiAccessible *accessible)
{
  AtspiRole role = atspi_accessible_get_role(accessible, NULL);
  return role == ATSPI_ROLE_PUSH_BUTTON || role == ATSPI_ROLE_TOGGLE_BUTTON;
}

/* GTK 4.8 gives a button with a mnemonic the name twice: “_Cancel Cancel”. */
static gboolean
is_called(const char *found, const char *name)
{
  g_autofree char *doubled_end = g_strconcat(" ", name, NULL);
  return g_ascii_strcasecmp(found, name) == 0 ||
         (strchr(found, '_') != NULL && g_str_has_suffix(found, doubled_end));
}

typedef gboolean (*Matches)(AtspiAccessible *accessible, const char *name, const char *wanted);

/* A button that opens a menu is two, one in the other: the inner one can be pressed. */
static gboolean
has_action(AtspiAccessible *accessible)
{
  g_autoptr(AtspiAction) action = atspi_accessible_get_action_iface(accessible);
  return action != NULL && atspi_action_get_n_actions(action, NULL) > 0;
}

static gboolean
is_button_called(AtspiAccessible *accessible, const char *name, const char *wanted)
{
  return is_button(accessible) && is_called(name, wanted) && has_action(accessible);
}

static gboolean
is_label_with(AtspiAccessible *accessible, const char *name, const char *wanted)
{
  return atspi_accessible_get_role(accessible, NULL) == ATSPI_ROLE_LABEL && strstr(name, wanted) != NULL;
}

/* The first sensitive descendant that matches; the names of the others go into `seen`. */
static AtspiAccessible *
find(AtspiAccessible *root, Matches matches, const char *wanted, GString *seen)
{
  int n = atspi_accessible_get_child_count(root, NULL);
  for (int i = 0; i < n; i++) {
    g_autoptr(AtspiAccessible) child = atspi_accessible_get_child_at_index(root, i, NULL);
    if (child == NULL)
      continue;
    g_autofree char *name = atspi_accessible_get_name(child, NULL);
    if (name != NULL && name[0] != '\0' && accessible_has_state(child, ATSPI_STATE_SENSITIVE)) {
      if (matches(child, name, wanted))
        return g_steal_pointer(&child);
      g_string_append_printf(seen, "  “%s”\n", name);
    }
    AtspiAccessible *below = find(child, matches, wanted, seen);
    if (below != NULL)
      return below;
  }
  return NULL;
}

static AtspiAccessible *
wait_for(AtspiAccessible *root, Matches matches, const char *wanted, double seconds)
{
  gint64 until_us = deadline(seconds);
  g_autoptr(GString) seen = g_string_new(NULL);
  do {
    g_string_truncate(seen, 0);
    atspi_accessible_clear_cache(root);
    AtspiAccessible *found = find(root, matches, wanted, seen);
    if (found != NULL)
      return found;
  } while (wait_a_moment(until_us));
  g_error("“%s” did not come within %g s; there are:\n%s", wanted, seconds, seen->str);
}

AtspiAccessible *
accessible_wait_button(AtspiAccessible *root, const char *name, double seconds)
{
  return wait_for(root, is_button_called, name, seconds);
}

AtspiAccessible *
accessible_wait_label(AtspiAccessible *root, const char *text, double seconds)
{
  return wait_for(root, is_label_with, text, seconds);
}

gboolean
accessible_has_button(AtspiAccessible *root, const char *name)
{
  g_autoptr(GString) seen = g_string_new(NULL);
  atspi_accessible_clear_cache(root);
  g_autoptr(AtspiAccessible) found = find(root, is_button_called, name, seen);
  return found != NULL;
}

void
accessible_press(AtspiAccessible *accessible)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AtspiAction) action = atspi_accessible_get_action_iface(accessible);
  g_autofree char *name = atspi_accessible_get_name(accessible, NULL);
  if (action == NULL || !atspi_action_do_action(action, 0, &error))
    g_error("“%s” cannot be pressed: %s", name, error != NULL ? error->message : "it has no action");
}

static gboolean
do_action_called(AtspiAccessible *accessible, const char *name)
{
  g_autoptr(AtspiAction) action = atspi_accessible_get_action_iface(accessible);
  int n = action != NULL ? atspi_action_get_n_actions(action, NULL) : 0;
  for (int i = 0; i < n; i++) {
    g_autofree char *found = atspi_action_get_action_name(action, i, NULL);
    if (g_strcmp0(found, name) == 0)
      return atspi_action_do_action(action, i, NULL);
  }
  return FALSE;
}

void
accessible_act(AtspiAccessible *application, const char *title, const char *action, double seconds)
{
  gint64 until_us = deadline(seconds);
  do {
    atspi_accessible_clear_cache(application);
    int n = atspi_accessible_get_child_count(application, NULL);
    for (int i = 0; i < n; i++) {
      g_autoptr(AtspiAccessible) window = atspi_accessible_get_child_at_index(application, i, NULL);
      g_autofree char *name = window != NULL ? atspi_accessible_get_name(window, NULL) : NULL;
      if (g_strcmp0(name, title) == 0 && do_action_called(window, action))
        return;
    }
  } while (wait_a_moment(until_us));
  g_error("no window “%s” with the action “%s” appeared within %g s", title, action, seconds);
}

void
accessible_activate_default(AtspiAccessible *application, const char *title, double seconds)
{
  accessible_act(application, title, "default.activate", seconds);
}
