/* Keeps a toast from being dismissed while toasts still slide in: libadwaita 1.2 frees what it knows of a
 * toast when that has slid out, and an animation that began earlier but is not over then writes there. So may
 * one toast that is closed just after it took the place of another. What is dismissed too early leaves a
 * moment later. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Before the toast is added to an overlay. `within` is the widget that holds it, one for all toasts of an
 * overlay (the overlay, or its window). Toasts of high priority cannot be guarded. */
void sg_toast_guard(AdwToast *toast, GtkWidget *within);

G_END_DECLS
