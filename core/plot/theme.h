/* Colours of figures on light and on dark ground.
 *
 * The series colours are those of M. Okabe and K. Ito, "Color Universal Design" (2002, revised 2008): they
 * stay apart for eyes without the red, the green or the blue cones. Their order differs with the ground, so
 * that those with the most contrast come first; a figure with more series than colours repeats them in
 * dashes.
 *
 * Ownership: the tables belong to the program. Threads: any. Audio callback: no.
 */
#pragma once

#include <stdbool.h>

/* Each 0 … 1, sRGB. */
typedef struct {
  double red, green, blue;
} SgColour;

typedef enum { SG_THEME_LIGHT, SG_THEME_DARK, SG_N_THEMES } SgThemeId;

enum { SG_N_SERIES_COLOURS = 7 };

typedef struct {
  SgColour background, text;
  SgColour muted; /* captions, tick labels and series that others are compared with */
  SgColour grid;
  SgColour series[SG_N_SERIES_COLOURS];
} SgTheme;

const SgTheme *sg_theme(SgThemeId id);

/* "light", "dark". */
const char *sg_theme_name(SgThemeId id);
bool sg_theme_find(const char *name, SgThemeId *out_id);
