/* Drives a program over the accessibility bus, as a screen reader would: finds what it shows by role and
 * name, and presses it. Every search waits up to a limit, because programs take their time. */
#pragma once

#include <atspi/atspi.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtspiAccessible, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtspiAction, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtspiStateSet, g_object_unref)

/* Connects to the bus; at the start of each test. */
void accessible_init(void);

/* The program's window of this application name; fails the test when it does not come within `seconds`. */
AtspiAccessible *accessible_wait_application(const char *name, double seconds);

/* The button or toggle of this name below `root` that can be pressed (GTK 4.8 marks only windows as showing,
 * so it is sensitivity that is waited for). The name matches without regard to case. The test fails, with all
 * names that there are, when it does not come within `seconds`. */
AtspiAccessible *accessible_wait_button(AtspiAccessible *root, const char *name, double seconds);

/* The same for a label that holds `text`. */
AtspiAccessible *accessible_wait_label(AtspiAccessible *root, const char *text, double seconds);

/* Whether there is such a button now. */
gboolean accessible_has_button(AtspiAccessible *root, const char *name);

gboolean accessible_has_state(AtspiAccessible *accessible, AtspiStateType state);
/* Does its first action (a press). */
void accessible_press(AtspiAccessible *accessible);

/* Waits for the window of this title and does its action of this name. */
void accessible_act(AtspiAccessible *application, const char *title, const char *action, double seconds);
/* The same for its default button, without looking at what is in it:
 * GTK 4.8's file chooser does not bear being walked through while it fills. */
void accessible_activate_default(AtspiAccessible *application, const char *title, double seconds);
