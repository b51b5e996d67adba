/* The program's interface descriptions, style and icons, compiled in. */
#pragma once

/* Once, before the first widget is made. */
void sg_ui_register_resources(void);
/* Style and icons for whoever has no GtkApplication to load them, as tests have not; after gtk_init. */
void sg_ui_load_style(void);
