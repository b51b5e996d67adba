/* SgApplication: the program as a whole: a window for each file it is given, About and Quit. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SG_APPLICATION_ID "io.github.stemglass.Stemglass"

#define SG_TYPE_APPLICATION (sg_application_get_type())
G_DECLARE_FINAL_TYPE(SgApplication, sg_application, SG, APPLICATION, AdwApplication)

SgApplication *sg_application_new(void);

G_END_DECLS
