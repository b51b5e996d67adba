/* The program's interface descriptions, style and icons, compiled in. */
#pragma once

/* Once, before the first widget is made. */
void sg_ui_register_resources(void);
